package httpapi

import (
	"encoding/json"
	"unicode"
	"unicode/utf8"

	"github.com/adiuva/cloud/adapters/httpapi/contract"
	"github.com/adiuva/cloud/application/orchestration"
	"github.com/adiuva/cloud/domain/chat"
)

// plain is the original protocol: pieces of the answer as they are, then one frame of JSON.
type plain struct{}

func (plain) name() string         { return "" }
func (plain) maxBytes() int64      { return chatBody.maxBytes }
func (plain) asks() bool           { return false }
func (plain) script(string) script { return plainScript{} }

func (plain) read(a *API, text string) (said, error) {
	value, err := parseJSON(text, chatBody.maxValues)
	if err != nil {
		return said{}, err
	}
	return a.readRequest(value)
}

func (plain) refused(p contract.Problem, _ string) json.RawMessage {
	return asJSON(contract.StreamFailure{Done: true, Error: p})
}

type plainScript struct{}

func (plainScript) begun() []any            { return nil }
func (plainScript) event(chat.Event) []any  { return nil }
func (plainScript) asked(chat.ToolCall) any { return nil }
func (plainScript) token(text string) []any { return unforgeable(text) }
func (plainScript) failed(p contract.Problem) any {
	return contract.StreamFailure{Done: true, Error: p}
}
func (plainScript) ended(out orchestration.Answer) []any { return []any{streamEnd(out)} }

// unforgeable parts a piece of an answer so that no part can be read as a JSON object, which is what a client takes for
// the last frame: a model could be talked into writing one. A part that begins with a brace, whatever white space comes
// before, ends with it.
func unforgeable(text string) []any {
	var parts []any
	for text != "" {
		end := len(text)
		for i, r := range text {
			if r == '{' {
				end = i + 1
				break
			}
			if !skipped(r) {
				break
			}
		}
		parts = append(parts, text[:end])
		text = text[end:]
	}
	return parts
}

// skipped are the characters that one reader or another passes over before it parses.
func skipped(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == utf8.RuneError
}
