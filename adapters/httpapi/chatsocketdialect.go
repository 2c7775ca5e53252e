package httpapi

import (
	"encoding/json"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/adiuva/cloud/adapters/httpapi/contract"
	"github.com/adiuva/cloud/application/orchestration"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/danielgtaylor/huma/v2"
)

// dialect is how client and server write to each other on one socket: the original protocol, or adiuva.v1.
type dialect interface {
	name() string                                            // of the subprotocol; empty for the original
	maxBytes() int64                                         // of a client's frame
	read(a *API, text string) (said, error)                  // what a client's frame says
	asks() bool                                              // whether a client can be asked to look something up
	script(runID string) script                              // for one run
	refused(p contract.Problem, kind string) json.RawMessage // answers a frame of a kind that was not taken
}

// script writes the frames of one run, in order. A string leaves as it is, anything else as JSON.
type script interface {
	begun() []any
	token(text string) []any // text is whole characters, and not empty
	event(e chat.Event) []any
	asked(call chat.ToolCall) any
	ended(out orchestration.Answer) []any
	failed(p contract.Problem) any
}

// said is what a client's frame says: one of these.
type said struct {
	ask    *chat.Request
	found  *chat.Finding
	cancel bool
	kind   string // the type that the frame names, whatever is wrong with it; empty where there are none
}

// readRequest reads a ChatRequest, held to the same rules as the body of POST /chat.
func (a *API) readRequest(value any) (said, error) {
	var body contract.ChatRequest
	if err := a.readShape(a.frames.request, value, &body); err != nil {
		return said{}, err
	}
	return said{ask: new(chatRequest(body))}, nil
}

// readShape validates a value by the schema of what into points to, and fills it.
func (a *API) readShape(schema *huma.Schema, value, into any) error {
	v := a.validator
	v.check("body", schema, value)
	if err := v.err(); err != nil {
		return err
	}
	bind(reflect.ValueOf(into).Elem(), value)
	return nil
}

// runes hands on whole characters only: a frame must be valid UTF-8, and a model's pieces may end anywhere. What is no
// character at all becomes U+FFFD, byte by byte, as encoding/json writes it.
type runes struct{ held string }

// next is what can leave, now that text has come.
func (r *runes) next(text string) string {
	text = r.held + text
	cut := len(text)
	for i := max(0, len(text)-utf8.UTFMax+1); i < len(text); i++ {
		if utf8.RuneStart(text[i]) && !utf8.FullRuneInString(text[i:]) {
			cut = i
			break
		}
	}
	r.held = text[cut:]
	return whole(text[:cut])
}

// rest is what is left when nothing more comes.
func (r *runes) rest() string {
	text := r.held
	r.held = ""
	return whole(text)
}

func whole(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	var b strings.Builder
	for _, r := range text { // an invalid byte is U+FFFD
		b.WriteRune(r)
	}
	return b.String()
}

// streamEnd is the last frame of an answer.
func streamEnd(out orchestration.Answer) contract.StreamEnd {
	end := contract.StreamEnd{Done: true, ChatResponse: chatResponse(out.Reply)}
	if out.Plan != nil {
		end.Plan = new(planResponse(*out.Plan))
	}
	return end
}

// asJSON is v as a frame; what the API writes can always be written.
func asJSON(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic("httpapi: a frame cannot be written: " + reflect.TypeOf(v).String())
	}
	return b
}
