package ports

import (
	"context"

	"github.com/adiuva/cloud/domain/chat"
)

// LLM is a language model.
type LLM interface {
	// Complete runs one completion. Text arrives at onText piece by piece as the model writes it, in order, each piece
	// non-empty and never a tool call's JSON; put together they are LLMReply.Text. onText may be nil. An error from
	// onText stops the upstream call and is returned.
	//
	// It fails with UpstreamFailed when the provider answers nonsense, refuses, or stops in the middle; with
	// UpstreamTimeout when it is silent for too long; with Unavailable when it cannot be reached or is overloaded; with
	// ValidationFailed when the model does not exist. A reply that was cut off is always an error, whatever came before.
	// When ctx ends, the upstream call is closed within a second and the error is the context's cause.
	//
	// With an error the reply has no text and no calls, but Model and Usage tell what was spent all the same, as far as
	// that is known.
	//
	// Tool calls in a reply have ids that are not empty and unique within it, and names as the model wrote them.
	Complete(ctx context.Context, req LLMRequest, onText func(string) error) (LLMReply, error)
}

// LLMRequest is one call of a model.
type LLMRequest struct {
	Model     string // empty for the adapter's default
	Light     bool   // if Model is empty, the adapter's small and cheap one will do
	Messages  []chat.Message
	Tools     []chat.ToolSpec // none: the model can only answer with text
	MaxTokens int             // of the answer; 0 for the adapter's default
}

// LLMReply is what the model said.
type LLMReply struct {
	Text      string
	ToolCalls []chat.ToolCall
	Usage     chat.Usage // zero for a call that was never made
	Estimated bool       // the provider did not tell the usage: it is counted from what was sent and written
	Model     string     // as the provider names it
}
