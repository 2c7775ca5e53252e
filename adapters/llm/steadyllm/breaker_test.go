package steadyllm_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/llm/steadyllm"
	"github.com/adiuva/cloud/adapters/memory"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/ports"
)

func TestAProviderThatKeepsFailingIsLeftAloneAndTriedAgainLater(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		down := true
		sick := memory.LLMFunc(func(context.Context, ports.LLMRequest) (memory.Turn, error) {
			if down {
				return memory.Turn{}, silent
			}
			return say("well again"), nil
		})
		spare := memory.LLMFunc(func(context.Context, ports.LLMRequest) (memory.Turn, error) { return say("spare"), nil })
		h := build(t, steadyllm.Config{BreakerFailures: 3, BreakerPause: 10 * time.Second}, sick, spare)
		for range 5 {
			text, _, err := h.ask(t.Context())
			require.NoError(t, err)
			require.Equal(t, "spare", text)
		}
		assert.Equal(t, []string{"a open"}, h.states)
		assert.Equal(t, 3, count(h.asked, "a upstream_timeout"), "the sick one is asked until the breaker opens")

		time.Sleep(10 * time.Second) // of the bubble's clock
		_, _, err := h.ask(t.Context())
		require.NoError(t, err)
		assert.Equal(t, []string{"a open", "a half-open", "a open"}, h.states)

		down = false
		time.Sleep(10 * time.Second)
		text, _, err := h.ask(t.Context())
		require.NoError(t, err)
		assert.Equal(t, "well again", text)
		assert.Equal(t, []string{"a open", "a half-open", "a open", "a half-open", "a closed"}, h.states)
	})
}

func TestWhenEverybodyIsLeftAloneTheCallerIsToldWhenToComeBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := build(t, steadyllm.Config{BreakerFailures: 1, BreakerPause: 20 * time.Second}, script(fail(silent)))
		_, _, err := h.ask(t.Context())
		require.Equal(t, fault.UpstreamTimeout, fault.CodeOf(err))
		time.Sleep(5 * time.Second)
		_, _, err = h.ask(t.Context())
		require.Equal(t, fault.Unavailable, fault.CodeOf(err))
		assert.Equal(t, int64(15), fault.From(err).Details["retry_after"])
	})
}

func TestWhatOneUserCanBringAboutOpensNoBreaker(t *testing.T) {
	t.Parallel()
	for name, turn := range map[string]memory.Turn{
		"refusals": fail(failed), "unknown models": fail(unknown), "calls cut in the middle": {Text: "one ", Err: failed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := build(t, steadyllm.Config{BreakerFailures: 2}, memory.LLMFunc(func(context.Context, ports.LLMRequest) (memory.Turn, error) { return turn, nil }))
			for range 5 {
				_, _, err := h.ask(t.Context())
				require.Error(t, err)
			}
			assert.Empty(t, h.states)
			assert.Len(t, h.asked, 5)
		})
	}
}

// A probe that tells nothing, because its caller went away or panicked, must not keep the breaker half open for ever.
func TestAProbeThatTellsNothingIsFollowedByAnother(t *testing.T) {
	t.Parallel()
	for name, probe := range map[string]func(h *house, cancel func()){
		"cancelled": func(h *house, cancel func()) { cancel() },
		"panicking": func(*house, func()) { panic("no") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				calls := 0
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				var h *house
				h = build(t, steadyllm.Config{BreakerFailures: 1, BreakerPause: time.Minute}, memory.LLMFunc(func(context.Context, ports.LLMRequest) (memory.Turn, error) {
					calls++
					switch calls {
					case 1:
						return fail(silent), nil
					case 2:
						probe(h, cancel)
					}
					return say("hi"), nil
				}))
				_, _, err := h.ask(t.Context())
				require.Error(t, err)
				time.Sleep(time.Minute)
				func() {
					defer func() { _ = recover() }()
					_, _, err = h.ask(ctx)
					assert.ErrorIs(t, err, context.Canceled)
				}()
				time.Sleep(time.Minute)
				text, _, err := h.ask(t.Context())
				require.NoError(t, err)
				assert.Equal(t, "hi", text)
				assert.Equal(t, []string{"a open", "a half-open", "a open", "a half-open", "a closed"}, h.states)
			})
		})
	}
}

func count(list []string, want string) int {
	n := 0
	for _, s := range list {
		if s == want {
			n++
		}
	}
	return n
}
