package chat

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/adiuva/cloud/domain/fault"
)

// The names of the blocks in which a model is given data, each one JSON value.
const (
	ContextBlock = "context" // an agent: what the client sent along, with `now` (RFC 3339, in the user's zone) and `timezone`
	ShapeBlock   = "shape"   // the classifier: titles by kind, no contents
	AgentsBlock  = "agents"  // the classifier: [{name, description, available}]
	StepBlock    = "step"    // an agent that runs a step of a plan: {template, variables}
	ResultsBlock = "results" // a later agent and the synthesis: [{agent, response}] of those before
)

// Block wraps v for a model as <data name="...">JSON</data>. JSON's own escaping of < and > means that nothing inside
// can end the block: whatever stands in a note or a document stays data.
func Block(name string, v any) (string, error) {
	var b bytes.Buffer
	b.WriteString(`<data name="` + name + "\">\n")
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(true)
	if err := enc.Encode(v); err != nil {
		return "", fault.Wrap(err, fault.Internal, "The context could not be prepared.")
	}
	b.WriteString("</data>")
	return b.String(), nil
}

// ParseBlock finds the first block of that name in text.
func ParseBlock(text, name string) (json.RawMessage, bool) {
	_, rest, ok := strings.Cut(text, `<data name="`+name+"\">\n")
	if !ok {
		return nil, false
	}
	body, _, ok := strings.Cut(rest, "</data>")
	if !ok || !json.Valid([]byte(body)) {
		return nil, false
	}
	return json.RawMessage(strings.TrimSpace(body)), true
}
