package memory

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/ports"
)

// Turn is what the model does with one call: it writes its text, then fails, hangs, or is done.
type Turn struct {
	Text      string          // written word by word
	Pieces    []string        // instead of Text, where it matters how the text is cut
	ToolCalls []chat.ToolCall // an id that is empty or repeated is replaced by a fresh one
	Usage     chat.Usage      // what the call is said to cost; zero for one that fails with text leaves it to be estimated
	Untold    bool            // the cost is not said, but estimated
	Model     string          // empty for the one that was asked for, or "memory"
	Err       error           // what the call fails with, after the text
	Hang      bool            // after the text, say nothing more until the context ends
}

var (
	_ ports.LLM = (*LLM)(nil)
	_ ports.LLM = LLMFunc(nil)
)

// LLM is a model with a script: each call plays the next turn, and a call beyond the last is Internal. It may be shared;
// then calls take turns in the order in which they arrive.
type LLM struct {
	mu     sync.Mutex
	script []Turn // guarded by mu: what is still to be played
}

// NewLLM is a model that plays the turns in order.
func NewLLM(script ...Turn) *LLM {
	return &LLM{script: slices.Clone(script)}
}

// Say appends turns to the script.
func (l *LLM) Say(turns ...Turn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.script = append(l.script, turns...)
}

// Left is how many turns have not been played.
func (l *LLM) Left() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.script)
}

// Complete implements ports.LLM.
func (l *LLM) Complete(ctx context.Context, req ports.LLMRequest, onText func(string) error) (ports.LLMReply, error) {
	if ctx.Err() != nil {
		return ports.LLMReply{}, context.Cause(ctx)
	}
	turn, ok := l.next()
	if !ok {
		return ports.LLMReply{}, fault.New(fault.Internal, "The scripted model has nothing more to say.")
	}
	return turn.play(ctx, req, onText)
}

func (l *LLM) next() (Turn, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.script) == 0 {
		return Turn{}, false
	}
	turn := l.script[0]
	l.script = l.script[1:]
	return turn, true
}

// LLMFunc is a model that makes up each turn from what it was told. The request is a copy that belongs to the function.
// An error from it is the call's.
type LLMFunc func(ctx context.Context, req ports.LLMRequest) (Turn, error)

// Complete implements ports.LLM.
func (f LLMFunc) Complete(ctx context.Context, req ports.LLMRequest, onText func(string) error) (ports.LLMReply, error) {
	if ctx.Err() != nil {
		return ports.LLMReply{}, context.Cause(ctx)
	}
	turn, err := f(ctx, copyRequest(req))
	if ctx.Err() != nil {
		return ports.LLMReply{}, context.Cause(ctx)
	}
	if err != nil {
		return ports.LLMReply{}, err
	}
	return turn.play(ctx, req, onText)
}

func (t Turn) play(ctx context.Context, req ports.LLMRequest, onText func(string) error) (ports.LLMReply, error) {
	reply := ports.LLMReply{Model: firstOf(t.Model, req.Model, "memory"), Usage: t.Usage, Estimated: t.Untold}
	text, err := t.write(ctx, onText)
	if err == nil && t.Hang {
		<-ctx.Done()
	}
	switch {
	case err != nil:
	case ctx.Err() != nil:
		err = context.Cause(ctx)
	default:
		err = t.Err
	}
	if err != nil && t.Usage == (chat.Usage{}) {
		if text == "" {
			return ports.LLMReply{}, err
		}
		reply.Estimated = true
	}
	if reply.Estimated {
		reply.Usage = chat.Usage{PromptTokens: tokens(sent(req)), CompletionTokens: tokens(len(text))}
	}
	if err != nil {
		return reply, err
	}
	reply.Text, reply.ToolCalls = text, uniqueCalls(t.ToolCalls)
	return reply, nil
}

// write hands out the text piece by piece and returns what of it was written, with the error that stopped it.
func (t Turn) write(ctx context.Context, onText func(string) error) (string, error) {
	pieces := t.Pieces
	if pieces == nil {
		pieces = strings.SplitAfter(t.Text, " ")
	}
	var text strings.Builder
	for _, p := range pieces {
		if ctx.Err() != nil {
			return text.String(), context.Cause(ctx)
		}
		text.WriteString(p)
		if p == "" || onText == nil {
			continue
		}
		if err := onText(p); err != nil {
			return text.String(), err
		}
	}
	return text.String(), nil
}

// sent is roughly how many bytes a request has.
func sent(req ports.LLMRequest) int {
	n := 0
	for _, m := range req.Messages {
		n += len(m.Content)
	}
	for _, s := range req.Tools {
		n += len(s.Name) + len(s.Description) + len(s.Schema)
	}
	return n
}

// tokens is roughly how many tokens so many bytes of text are.
func tokens(size int) int { return (size + 3) / 4 }

// uniqueCalls copies the calls and gives an id to those that have none of their own.
func uniqueCalls(calls []chat.ToolCall) []chat.ToolCall {
	taken := map[string]bool{"": true}
	for _, c := range calls {
		taken[c.ID] = true
	}
	used := map[string]bool{"": true}
	out := slices.Clone(calls)
	for i := range out {
		for n := 1; used[out[i].ID]; n++ {
			if id := fmt.Sprintf("call_%d", n); !taken[id] {
				out[i].ID, taken[id] = id, true
			}
		}
		used[out[i].ID] = true
	}
	return out
}

func copyRequest(req ports.LLMRequest) ports.LLMRequest {
	req.Messages = slices.Clone(req.Messages)
	for i, m := range req.Messages {
		req.Messages[i].ToolCalls = slices.Clone(m.ToolCalls)
	}
	req.Tools = slices.Clone(req.Tools)
	for i, s := range req.Tools {
		req.Tools[i].Schema = slices.Clone(s.Schema)
	}
	return req
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
