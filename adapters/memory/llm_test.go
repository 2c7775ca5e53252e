package memory_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/memory"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/ports"
	"github.com/adiuva/cloud/ports/porttest"
)

func TestTheScriptedModelKeepsTheContract(t *testing.T) {
	t.Parallel()
	porttest.LLM(t, func(porttest.T) porttest.LLMWire { return scripted() })
}

// scripted is a model whose other end of the wire is its own script. Nothing is open once a call has returned.
func scripted() porttest.LLMWire {
	var next *memory.Turn
	return porttest.LLMWire{
		LLM: memory.LLMFunc(func(context.Context, ports.LLMRequest) (memory.Turn, error) { return *next, nil }),
		Say: func(turn porttest.LLMTurn) {
			next = &memory.Turn{Pieces: turn.Pieces, ToolCalls: turn.Calls, Usage: turn.Usage, Untold: turn.Untold, Model: turn.Model}
		},
		Break:  func(f porttest.LLMFailure) { next = new(failing(f)) },
		Closed: func(time.Duration) bool { return true },
	}
}

func failing(f porttest.LLMFailure) memory.Turn {
	switch f {
	case porttest.LLMHanging:
		return memory.Turn{Pieces: []string{porttest.LLMHalf}, Hang: true}
	case porttest.LLMCut:
		return memory.Turn{Pieces: []string{porttest.LLMHalf}, Err: fault.New(fault.UpstreamFailed, "The model stopped.")}
	case porttest.LLMSilent:
		return memory.Turn{Err: fault.New(fault.UpstreamTimeout, "The model is silent.")}
	case porttest.LLMUnreachable, porttest.LLMOverloaded:
		return memory.Turn{Err: fault.New(fault.Unavailable, "The model is away.")}
	case porttest.LLMUnknownModel:
		return memory.Turn{Err: fault.Invalid("body.model", "must be a model that exists")}
	default:
		return memory.Turn{Err: fault.New(fault.UpstreamFailed, "The model makes no sense.")}
	}
}

// broken makes a model that breaks one sentence of the contract.
type broken func(ctx context.Context, inner ports.LLM, req ports.LLMRequest, onText func(string) error) (ports.LLMReply, error)

type brokenLLM struct {
	ports.LLM
	how broken
}

func (b brokenLLM) Complete(ctx context.Context, req ports.LLMRequest, onText func(string) error) (ports.LLMReply, error) {
	return b.how(ctx, b.LLM, req, onText)
}

func TestTheSuiteNoticesModelsThatBreakTheContract(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		how  broken
		want string
	}{
		"takes what was said before an error for the answer": {
			func(ctx context.Context, inner ports.LLM, req ports.LLMRequest, onText func(string) error) (ports.LLMReply, error) {
				reply, err := inner.Complete(ctx, req, onText)
				if fault.Is(err, fault.UpstreamFailed) {
					return ports.LLMReply{Text: porttest.LLMHalf}, nil
				}
				return reply, err
			}, "a reply that was cut off is UpstreamFailed, whatever came before",
		},
		"streams the JSON of tool calls": {
			func(ctx context.Context, inner ports.LLM, req ports.LLMRequest, onText func(string) error) (ports.LLMReply, error) {
				reply, err := inner.Complete(ctx, req, onText)
				if len(reply.ToolCalls) > 0 && onText != nil {
					err = onText(reply.ToolCalls[0].Arguments)
				}
				return reply, err
			}, "the JSON of tool calls never arrives as text",
		},
		"gives calls no ids": {
			func(ctx context.Context, inner ports.LLM, req ports.LLMRequest, onText func(string) error) (ports.LLMReply, error) {
				reply, err := inner.Complete(ctx, req, onText)
				for i := range reply.ToolCalls {
					reply.ToolCalls[i].ID = ""
				}
				return reply, err
			}, "tool calls have ids that are not empty and unique within the reply",
		},
		"hides why it was cancelled": {
			func(ctx context.Context, inner ports.LLM, req ports.LLMRequest, onText func(string) error) (ports.LLMReply, error) {
				reply, err := inner.Complete(ctx, req, onText)
				if ctx.Err() != nil {
					return reply, ctx.Err()
				}
				return reply, err
			}, "when ctx ends in the middle, the upstream call is closed within a second and the error is the cause",
		},
		"goes on when the listener has gone": {
			func(ctx context.Context, inner ports.LLM, req ports.LLMRequest, onText func(string) error) (ports.LLMReply, error) {
				ctx, cancel := context.WithTimeout(ctx, time.Second)
				defer cancel()
				return inner.Complete(ctx, req, func(s string) error {
					if onText != nil {
						_ = onText(s)
					}
					return nil
				})
			}, "an error from onText stops the upstream call and is returned",
		},
		"forgets what a failed call cost": {
			func(ctx context.Context, inner ports.LLM, req ports.LLMRequest, onText func(string) error) (ports.LLMReply, error) {
				reply, err := inner.Complete(ctx, req, onText)
				if err != nil {
					return ports.LLMReply{}, err
				}
				return reply, nil
			}, "a reply that was cut off tells what it cost all the same, and nothing else",
		},
		"leaves what was said in the reply of a failed call": {
			func(ctx context.Context, inner ports.LLM, req ports.LLMRequest, onText func(string) error) (ports.LLMReply, error) {
				reply, err := inner.Complete(ctx, req, onText)
				if fault.Is(err, fault.UpstreamFailed) {
					reply.Text = porttest.LLMHalf
				}
				return reply, err
			}, "a reply that was cut off is UpstreamFailed, whatever came before",
		},
		"charges for calls that were never made": {
			func(ctx context.Context, inner ports.LLM, req ports.LLMRequest, onText func(string) error) (ports.LLMReply, error) {
				reply, err := inner.Complete(ctx, req, onText)
				reply.Usage.PromptTokens = max(reply.Usage.PromptTokens, 1)
				return reply, err
			}, "a call that was never made costs nothing",
		},
		"takes a usage of nothing for a missing one": {
			func(ctx context.Context, inner ports.LLM, req ports.LLMRequest, onText func(string) error) (ports.LLMReply, error) {
				reply, err := inner.Complete(ctx, req, onText)
				if err == nil && reply.Usage.PromptTokens == 0 {
					reply.Usage, reply.Estimated = chat.Usage{PromptTokens: 9, CompletionTokens: 1}, true
				}
				return reply, err
			}, "a usage of nothing is the provider's word like any other",
		},
		"passes an estimate off as the provider's word": {
			func(ctx context.Context, inner ports.LLM, req ports.LLMRequest, onText func(string) error) (ports.LLMReply, error) {
				reply, err := inner.Complete(ctx, req, onText)
				reply.Estimated = false
				return reply, err
			}, "usage that the provider does not tell is counted from what was sent and written",
		},
		"gives the small model to everybody to whom it would do": {
			func(ctx context.Context, inner ports.LLM, req ports.LLMRequest, onText func(string) error) (ports.LLMReply, error) {
				if req.Light {
					req.Model = "small"
				}
				return inner.Complete(ctx, req, onText)
			}, "a model that is named is the one that is asked, even if a small one would do",
		},
		"answers only who names a model": {
			func(ctx context.Context, inner ports.LLM, req ports.LLMRequest, onText func(string) error) (ports.LLMReply, error) {
				if req.Model == "" {
					return ports.LLMReply{}, fault.Invalid("body.model", "must be set")
				}
				return inner.Complete(ctx, req, onText)
			}, "a request that names no model is answered by one of the adapter's",
		},
		"says everything at the end, joined": {
			func(ctx context.Context, inner ports.LLM, req ports.LLMRequest, onText func(string) error) (ports.LLMReply, error) {
				reply, err := inner.Complete(ctx, req, nil)
				if err == nil && onText != nil {
					err = onText(reply.Text)
				}
				return reply, err
			}, "text arrives piece by piece, in order, and put together is the reply",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			failed := porttest.Failing(porttest.LLMCases, func(porttest.T) porttest.LLMWire {
				w := scripted()
				w.LLM = brokenLLM{w.LLM, c.how}
				return w
			})
			assert.Contains(t, failed, c.want)
			assert.Less(t, len(failed), len(porttest.LLMCases)/2, "the suite fails for everything: %v", failed)
		})
	}
}

func TestTheScriptedModelPlaysItsTurnsInOrderAndThenHasNothingToSay(t *testing.T) {
	t.Parallel()
	failure := errors.New("no")
	llm := memory.NewLLM(memory.Turn{Text: "one two"}, memory.Turn{Err: failure})
	llm.Say(memory.Turn{ToolCalls: []chat.ToolCall{{Name: "x"}}})

	var pieces []string
	reply, err := llm.Complete(t.Context(), ports.LLMRequest{}, func(s string) error { pieces = append(pieces, s); return nil })
	require.NoError(t, err)
	assert.Equal(t, ports.LLMReply{Text: "one two", Model: "memory"}, reply)
	assert.Equal(t, []string{"one ", "two"}, pieces)

	_, err = llm.Complete(t.Context(), ports.LLMRequest{}, nil)
	require.ErrorIs(t, err, failure)
	assert.Equal(t, 1, llm.Left())

	reply, err = llm.Complete(t.Context(), ports.LLMRequest{Model: "m"}, nil)
	require.NoError(t, err)
	assert.Equal(t, ports.LLMReply{ToolCalls: []chat.ToolCall{{ID: "call_1", Name: "x"}}, Model: "m"}, reply)

	_, err = llm.Complete(t.Context(), ports.LLMRequest{}, nil)
	assert.True(t, fault.Is(err, fault.Internal), "%v", err)
}

func TestAFunctionalModelIsToldACopyOfTheRequest(t *testing.T) {
	t.Parallel()
	req := ports.LLMRequest{Messages: []chat.Message{{Role: chat.User, Content: "hi"}}, Tools: []chat.ToolSpec{{Name: "x", Schema: []byte(`{}`)}}}
	llm := memory.LLMFunc(func(_ context.Context, told ports.LLMRequest) (memory.Turn, error) {
		assert.Equal(t, req, told)
		told.Messages[0].Content, told.Tools[0].Schema[0] = "changed", 'x'
		return memory.Turn{Text: "ok"}, nil
	})
	_, err := llm.Complete(t.Context(), req, nil)
	require.NoError(t, err)
	assert.Equal(t, "hi", req.Messages[0].Content)
	assert.Equal(t, "{}", string(req.Tools[0].Schema))
}
