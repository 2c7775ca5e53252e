package chainllm

import (
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/ports"
)

// told is what a provider says that a call cost, in tokens; nil for what it does not say. Nothing is an answer too.
type told struct{ prompt, completion *int }

// take remembers what is said last. A number that cannot be is as good as none.
func (t *told) take(prompt, completion *int) {
	if prompt != nil && *prompt >= 0 {
		t.prompt = prompt
	}
	if completion != nil && *completion >= 0 {
		t.completion = completion
	}
}

// usage is what a call cost: the provider's word where there is one, else an estimate, and whether there is one in it.
// What was told before the end says too little of what was written.
func (c *call) usage() (u chat.Usage, estimated bool) {
	a := c.said
	if a.told.prompt != nil {
		u.PromptTokens = *a.told.prompt
	} else {
		u.PromptTokens, estimated = tokens(sentBytes(c.request)), true
	}
	if a.told.completion != nil {
		u.CompletionTokens = *a.told.completion
	}
	if a.told.completion == nil || a.finish == "" {
		u.CompletionTokens, estimated = max(u.CompletionTokens, tokens(a.text.Len()+a.hidden+a.calls.bytes)), true
	}
	return u, estimated
}

// spent is the reply of a call that failed: what it cost, as far as that is known. A provider that did not work for us
// costs nothing. One that was given up while it may have worked has read what was sent.
func (c *call) spent() ports.LLMReply {
	a := c.said
	worked := a.begun || a.hidden > 0 || a.told != told{}
	if !worked && (c.free || !c.abandoned || !c.sent.Load()) {
		return ports.LLMReply{}
	}
	u, estimated := c.usage()
	return ports.LLMReply{Model: a.model, Usage: u, Estimated: estimated}
}

// bytesPerToken is how much text one token is, in bytes of UTF-8: about right for English and code, and too many tokens
// rather than too few for scripts whose letters are longer.
const bytesPerToken = 4

func tokens(size int) int { return (size + bytesPerToken - 1) / bytesPerToken }

// sentBytes is the size of what a request tells the model.
func sentBytes(req ports.LLMRequest) int {
	n := 0
	for _, m := range req.Messages {
		n += len(m.Content) + len(m.ToolCallID)
		for _, c := range m.ToolCalls {
			n += len(c.ID) + len(c.Name) + len(c.Arguments)
		}
	}
	for _, t := range req.Tools {
		n += len(t.Name) + len(t.Description) + len(t.Schema)
	}
	return n
}
