package httpapi

import (
	"bytes"
	"encoding/json"
	"maps"
	"strings"

	"github.com/adiuva/cloud/adapters/httpapi/contract"
	"github.com/adiuva/cloud/application/orchestration"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/fault"
)

// typedProtocol is the subprotocol of typed frames.
const typedProtocol = "adiuva.v1"

// maxResult bounds what a client may answer to one request of a tool, in bytes.
const maxResult = 256 << 10

// typed is adiuva.v1: JSON with a type, in both directions.
type typed struct{}

func (typed) name() string               { return typedProtocol }
func (typed) maxBytes() int64            { return chatBody.maxBytes + 1<<10 } // the type comes on top of a request
func (typed) asks() bool                 { return true }
func (typed) script(runID string) script { return &typedScript{run: runID} }

func (typed) refused(p contract.Problem, kind string) json.RawMessage {
	return asJSON(contract.ErrorFrame{Type: "error", Refused: kind, Error: p})
}

func (typed) read(a *API, text string) (said, error) {
	value, err := parseJSON(text, chatBody.maxValues)
	if err != nil {
		return said{}, err
	}
	m, ok := value.(map[string]any)
	if !ok {
		return said{}, fault.Invalid("body", "must be an object")
	}
	kind, _ := m["type"].(string)
	var says said
	switch kind {
	case "chat":
		request := maps.Clone(m)
		delete(request, "type")
		says, err = a.readRequest(request)
	case "cancel":
		says, err = said{cancel: true}, a.readShape(a.frames.cancel, value, &contract.CancelFrame{})
	case "tool_result":
		says, err = a.readFinding(m)
	default:
		return said{}, fault.Invalid("body.type", "must be one of chat, cancel, tool_result")
	}
	says.kind = kind
	return says, err
}

// readFinding reads a tool_result. A result that is too large is one that failed: the agent that waits should not wait
// longer.
func (a *API) readFinding(m map[string]any) (said, error) {
	result, has := m["result"]
	rest := maps.Clone(m)
	delete(rest, "result")
	var shape contract.ToolResultFrame
	if err := a.readShape(a.frames.result, rest, &shape); err != nil {
		return said{}, err
	}
	if result == nil && shape.Error != "" {
		has = false
	}
	if has == (shape.Error != "") {
		return said{}, fault.Invalid("body.result", "must be there, or an error in its place")
	}
	found := &chat.Finding{CallID: shape.ID, Failed: shape.Error}
	if !has {
		return said{found: found}, nil
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(result); err != nil {
		return said{}, fault.Wrap(err, fault.Internal, "Something went wrong on our side.")
	}
	found.Result = bytes.TrimSuffix(b.Bytes(), []byte("\n"))
	if len(found.Result) > maxResult {
		found.Result, found.Failed = nil, "what was found is too large to be read"
		return said{found: found}, tooLarge(maxResult)
	}
	return said{found: found}, nil
}

// typedScript writes the frames of one run.
type typedScript struct {
	run string
	seq int
}

func (s *typedScript) begun() []any {
	return []any{contract.RunStarted{Type: "run.started", RunID: s.run}}
}

func (s *typedScript) token(text string) []any {
	s.seq++
	return []any{contract.TokenFrame{Type: "token", RunID: s.run, Seq: s.seq, Delta: text}}
}

func (s *typedScript) event(e chat.Event) []any {
	switch e := e.(type) {
	case chat.StepStarted:
		return []any{contract.StepFrame{Type: "step.started", RunID: s.run, Agent: e.Agent}}
	case chat.StepFinished:
		return []any{contract.StepFrame{Type: "step.finished", RunID: s.run, Agent: e.Agent}}
	case chat.Proposed:
		return []any{contract.ActionFrame{Type: "action", RunID: s.run, Action: chatResponse(chat.Reply{Actions: []chat.Action{e.Action}}).Actions[0]}}
	}
	return nil
}

func (s *typedScript) asked(call chat.ToolCall) any {
	arguments := map[string]any{}
	dec := json.NewDecoder(strings.NewReader(call.Arguments))
	dec.UseNumber()                                // as they are spelled
	if err := dec.Decode(&arguments); err != nil { // they were checked: an object, or nothing at all
		arguments = map[string]any{}
	}
	return contract.ToolRequestFrame{Type: "tool_request", RunID: s.run, ID: call.ID, Name: call.Name, Arguments: arguments}
}

func (s *typedScript) ended(out orchestration.Answer) []any {
	end := streamEnd(out)
	return []any{
		contract.UsageFrame{Type: "usage", RunID: s.run, ChatUsage: end.Usage, Model: end.Model},
		contract.DoneFrame{Type: "done", RunID: s.run, StreamEnd: end},
	}
}

func (s *typedScript) failed(p contract.Problem) any {
	return contract.ErrorFrame{Type: "error", RunID: s.run, Done: true, Error: p}
}
