package steadyllm_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/adiuva/cloud/adapters/llm/steadyllm"
	"github.com/adiuva/cloud/adapters/memory"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/ports"
	"github.com/adiuva/cloud/ports/porttest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestASteadyModelKeepsTheContractOfTheOneItWraps(t *testing.T) {
	t.Parallel()
	porttest.LLM(t, func(t porttest.T) porttest.LLMWire {
		var next memory.Turn
		inner := memory.LLMFunc(func(context.Context, ports.LLMRequest) (memory.Turn, error) { return next, nil })
		llm, err := steadyllm.New([]steadyllm.Provider{{Name: "a", LLM: inner}}, steadyllm.Config{Backoff: time.Millisecond}, steadyllm.Hooks{})
		require.NoError(t, err)
		return porttest.LLMWire{
			LLM: llm,
			Say: func(turn porttest.LLMTurn) {
				next = memory.Turn{Pieces: turn.Pieces, ToolCalls: turn.Calls, Usage: turn.Usage, Untold: turn.Untold, Model: turn.Model}
			},
			Break:  func(f porttest.LLMFailure) { next = failing(f) },
			Closed: func(time.Duration) bool { return true },
		}
	})
}

func failing(f porttest.LLMFailure) memory.Turn {
	half := []string{porttest.LLMHalf}
	switch f {
	case porttest.LLMHanging:
		return memory.Turn{Pieces: half, Hang: true}
	case porttest.LLMCut:
		return memory.Turn{Pieces: half, Err: failed}
	case porttest.LLMSilent:
		return memory.Turn{Err: silent}
	case porttest.LLMUnreachable, porttest.LLMOverloaded:
		return memory.Turn{Err: away}
	case porttest.LLMUnknownModel:
		return memory.Turn{Err: unknown}
	default:
		return memory.Turn{Err: failed}
	}
}

// What providers of these tests fail with.
var (
	away    = fault.New(fault.Unavailable, "away")
	silent  = fault.New(fault.UpstreamTimeout, "silent")
	failed  = fault.New(fault.UpstreamFailed, "failed")
	unknown = fault.New(fault.ValidationFailed, "unknown model")
)

// house is a steady model over scripted ones, and what its hooks were told.
type house struct {
	*steadyllm.LLM
	asked  []string // one per attempt: provider and code
	waits  []time.Duration
	states []string
}

func build(t *testing.T, config steadyllm.Config, models ...ports.LLM) *house {
	t.Helper()
	h := &house{}
	var providers []steadyllm.Provider
	for i, m := range models {
		providers = append(providers, steadyllm.Provider{Name: string(rune('a' + i)), LLM: m})
	}
	llm, err := steadyllm.New(providers, config, steadyllm.Hooks{
		Attempted: func(_ context.Context, a steadyllm.Attempt) {
			h.asked = append(h.asked, a.Provider+" "+string(a.Code))
		},
		Waiting:        func(_ context.Context, _ string, d time.Duration) { h.waits = append(h.waits, d) },
		FellBack:       func(_ context.Context, from, to string) { h.asked = append(h.asked, from+">"+to) },
		BreakerChanged: func(provider, state string) { h.states = append(h.states, provider+" "+state) },
	})
	require.NoError(t, err)
	h.LLM = llm
	return h
}

// ask makes a call and returns the text that was streamed with the outcome.
func (h *house) ask(ctx context.Context) (string, ports.LLMReply, error) {
	text := ""
	reply, err := h.Complete(ctx, ports.LLMRequest{Model: "m"}, func(s string) error { text += s; return nil })
	return text, reply, err
}

func script(turns ...memory.Turn) *memory.LLM { return memory.NewLLM(turns...) }
func say(text string) memory.Turn             { return memory.Turn{Text: text} }
func fail(err error) memory.Turn              { return memory.Turn{Err: err} }

func TestWhoIsAskedAndWhatComesOfIt(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		a, b  []memory.Turn
		asked []string
		text  string
		err   error
	}{
		"an answer at once":                       {[]memory.Turn{say("hi")}, nil, []string{"a "}, "hi", nil},
		"away, then there":                        {[]memory.Turn{fail(away), say("hi")}, nil, []string{"a unavailable", "a "}, "hi", nil},
		"away for good: the next":                 {[]memory.Turn{fail(away), fail(away), fail(away)}, []memory.Turn{say("hi")}, []string{"a unavailable", "a unavailable", "a unavailable", "a>b", "b "}, "hi", nil},
		"a timeout is not repeated: the next":     {[]memory.Turn{fail(silent)}, []memory.Turn{say("hi")}, []string{"a upstream_timeout", "a>b", "b "}, "hi", nil},
		"a failure is not repeated: the next":     {[]memory.Turn{fail(failed)}, []memory.Turn{say("hi")}, []string{"a upstream_failed", "a>b", "b "}, "hi", nil},
		"a model that only the next has":          {[]memory.Turn{fail(unknown)}, []memory.Turn{say("hi")}, []string{"a validation_failed", "a>b", "b "}, "hi", nil},
		"a model that nobody has":                 {[]memory.Turn{fail(unknown)}, []memory.Turn{fail(unknown)}, []string{"a validation_failed", "a>b", "b validation_failed"}, "", unknown},
		"the only one that has the model failed":  {[]memory.Turn{fail(failed)}, []memory.Turn{fail(unknown)}, []string{"a upstream_failed", "a>b", "b validation_failed"}, "", failed},
		"the second, which has the model, failed": {[]memory.Turn{fail(unknown)}, []memory.Turn{fail(failed)}, []string{"a validation_failed", "a>b", "b upstream_failed"}, "", failed},
		"both failed: the first one's error":      {[]memory.Turn{fail(silent)}, []memory.Turn{fail(failed)}, []string{"a upstream_timeout", "a>b", "b upstream_failed"}, "", silent},
		"a fault of ours ends it":                 {nil, []memory.Turn{say("hi")}, []string{"a internal"}, "", fault.New(fault.Internal, "")},
		"away after the first word":               {[]memory.Turn{{Text: "one ", Err: away}}, []memory.Turn{say("hi")}, []string{"a unavailable"}, "one ", away},
		"cut after the first word":                {[]memory.Turn{{Text: "one ", Err: failed}}, []memory.Turn{say("hi")}, []string{"a upstream_failed"}, "one ", failed},
		"silent after the first word":             {[]memory.Turn{{Text: "one ", Err: silent}}, []memory.Turn{say("hi")}, []string{"a upstream_timeout"}, "one ", silent},
		"cut after the first word of the second":  {[]memory.Turn{fail(silent)}, []memory.Turn{{Text: "one ", Err: failed}}, []string{"a upstream_timeout", "a>b", "b upstream_failed"}, "one ", failed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := script(row.a...), script(row.b...)
			synctest.Test(t, func(t *testing.T) {
				h := build(t, steadyllm.Config{}, a, b)
				text, reply, err := h.ask(t.Context())
				assert.Equal(t, row.asked, h.asked)
				assert.Equal(t, row.text, text)
				if row.err == nil {
					require.NoError(t, err)
					assert.Equal(t, row.text, reply.Text)
				} else {
					assert.Equal(t, fault.CodeOf(row.err), fault.CodeOf(err), "%v", err)
					assert.Empty(t, reply.Text)
				}
			})
		})
	}
}

func TestTextThatNobodyListenedToIsSaidAgainByTheNext(t *testing.T) {
	t.Parallel()
	h := build(t, steadyllm.Config{}, script(memory.Turn{Text: "half", Err: failed}), script(say("whole")))
	reply, err := h.Complete(t.Context(), ports.LLMRequest{}, nil)
	require.NoError(t, err)
	assert.Equal(t, "whole", reply.Text)
}

func TestAListenerThatFailsIsNoReasonToAskAnother(t *testing.T) {
	t.Parallel()
	spare, gone := script(say("no")), fault.New(fault.Unavailable, "the client has gone")
	h := build(t, steadyllm.Config{BreakerFailures: 1}, script(say("one two")), spare)
	_, err := h.Complete(t.Context(), ports.LLMRequest{}, func(string) error { return gone })
	require.ErrorIs(t, err, gone)
	assert.Equal(t, 1, spare.Left())
	assert.Equal(t, []string{"a "}, h.asked)
}

func TestWaitsGrowWithChanceAndHonourWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		failure error
		config  steadyllm.Config
		bounds  [][2]int64 // milliseconds, least and most of each wait
	}{
		"backoff":                {away, steadyllm.Config{Attempts: 4, BreakerFailures: 9}, [][2]int64{{187, 250}, {375, 500}, {750, 1000}}},
		"no longer than MaxWait": {away, steadyllm.Config{Attempts: 4, BreakerFailures: 9, MaxWait: 300 * time.Millisecond}, [][2]int64{{187, 250}, {225, 300}, {225, 300}}},
		"retry_after":            {away.RetryAfter(2 * time.Second), steadyllm.Config{}, [][2]int64{{2000, 2500}, {2000, 2500}}},
		"retry_after = MaxWait":  {away.RetryAfter(5 * time.Second), steadyllm.Config{}, [][2]int64{{5000, 5000}, {5000, 5000}}},
		"retry_after > MaxWait":  {away.RetryAfter(6 * time.Second), steadyllm.Config{}, nil},
		"one attempt":            {away, steadyllm.Config{Attempts: 1}, nil},
		"the breaker opens":      {away, steadyllm.Config{BreakerFailures: 2}, [][2]int64{{187, 250}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h := build(t, row.config, script(fail(row.failure), fail(row.failure), fail(row.failure), fail(row.failure)))
				start := time.Now()
				_, _, err := h.ask(t.Context())
				assert.Equal(t, fault.Unavailable, fault.CodeOf(err), "%v", err)
				assert.NotEmpty(t, fault.From(err).Details["retry_after"], "who is told to come back is told when")
				require.Len(t, h.waits, len(row.bounds))
				var sum time.Duration
				for i, b := range row.bounds {
					assert.GreaterOrEqual(t, h.waits[i].Milliseconds(), b[0])
					assert.LessOrEqual(t, h.waits[i].Milliseconds(), b[1])
					sum += h.waits[i]
				}
				assert.Equal(t, sum, time.Since(start))
			})
		})
	}
}

func TestAWaitThatTheCallerCannotAffordIsNotMade(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := build(t, steadyllm.Config{}, script(fail(away.RetryAfter(3*time.Second))), script(say("hi")))
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		start := time.Now()
		text, _, err := h.ask(ctx)
		require.NoError(t, err)
		assert.Equal(t, "hi", text)
		assert.Zero(t, time.Since(start))
	})
}

func TestACallThatEndsWhileWaitingEndsWithTheCauseAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		spare := script(say("no"))
		h := build(t, steadyllm.Config{}, script(fail(away.RetryAfter(4*time.Second))), spare)
		ctx, cancel := context.WithCancelCause(t.Context())
		gone := errors.New("the client has gone")
		time.AfterFunc(time.Second, func() { cancel(gone) })
		start := time.Now()
		_, _, err := h.ask(ctx)
		require.ErrorIs(t, err, gone)
		assert.Equal(t, time.Second, time.Since(start))
		assert.Equal(t, 1, spare.Left())
	})
}

func TestBrokenSettingsAreRefusedAtStartUp(t *testing.T) {
	t.Parallel()
	one := steadyllm.Provider{Name: "a", LLM: memory.NewLLM()}
	for name, row := range map[string]struct {
		providers []steadyllm.Provider
		config    steadyllm.Config
	}{
		"nobody":            {nil, steadyllm.Config{}},
		"no name":           {[]steadyllm.Provider{{LLM: one.LLM}}, steadyllm.Config{}},
		"no model":          {[]steadyllm.Provider{{Name: "a"}}, steadyllm.Config{}},
		"a name twice":      {[]steadyllm.Provider{one, one}, steadyllm.Config{}},
		"negative attempts": {[]steadyllm.Provider{one}, steadyllm.Config{Attempts: -1}},
		"a negative pause":  {[]steadyllm.Provider{one}, steadyllm.Config{BreakerPause: -1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := steadyllm.New(row.providers, row.config, steadyllm.Hooks{})
			assert.Equal(t, fault.NotConfigured, fault.CodeOf(err), "%v", err)
		})
	}
}
