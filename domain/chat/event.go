package chat

import (
	"context"
	"encoding/json"
)

// Event is one thing that happens while an answer is made: StepStarted, StepFinished, Token or Proposed. What begins and
// ends a run is not among them: whoever starts it knows, and has the Reply at its end.
type Event interface{ event() }

// StepStarted says that an agent begins to work.
type StepStarted struct{ Agent string }

// StepFinished says that the agent of the last StepStarted is done.
type StepFinished struct{ Agent string }

// Token is a piece of the answer. All of them put together are Reply.Text.
type Token struct{ Text string }

// Proposed is an action of the answer. All of them in order are Reply.Actions; they come after the last Token.
type Proposed struct{ Action Action }

func (StepStarted) event()  {}
func (StepFinished) event() {}
func (Token) event()        {}
func (Proposed) event()     {}

// Sink takes the events of one run, in order, from one goroutine at a time. Send may block, and so slows the run down to
// what its reader takes. After an error the run ends with that error and sends nothing more.
type Sink interface {
	Send(ctx context.Context, e Event) error
}

// Finding is what a client found when it was asked to look something up.
type Finding struct {
	CallID string
	Result json.RawMessage // any JSON, usually a record or a list of records; nil if Failed
	Failed string          // why there is none, in the client's words; empty for success
}

// Lookup asks the client for what the context does not say: the calls of tools that read, checked against their schemas,
// each with an id that is unique in the run. Findings may come in any order; a call without one has failed.
//
// It answers ErrLater if the client can only look things up between two runs; the run then ends with Reply.Pending.
type Lookup interface {
	Lookup(ctx context.Context, calls []ToolCall) ([]Finding, error)
}
