package chainllm_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/llm/chainllm"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/ports"
	"github.com/adiuva/cloud/test/fakes/anthropic"
	"github.com/adiuva/cloud/test/fakes/openai"
	"github.com/adiuva/cloud/test/fakes/provider"
)

// Two hundred calls of an answer that takes about 40 ms are cancelled at random moments within it. Whatever the moment,
// the call fails with the cause and the provider sees the connection close within a second.
func TestACancelledCallNeverPassesForAShortAnswer(t *testing.T) {
	t.Parallel()
	pieces := strings.SplitAfter(strings.Repeat("word ", 40), " ")
	for name, start := range map[string]func(*testing.T) (*provider.Server, *chainllm.LLM){
		"OpenAI": func(t *testing.T) (*provider.Server, *chainllm.LLM) {
			t.Helper()
			server := openai.Start(t)
			server.Always(openai.Completion{Pieces: pieces, Pause: time.Millisecond}.Reply())
			return server, open(t, server.URL)
		},
		"Anthropic": func(t *testing.T) (*provider.Server, *chainllm.LLM) {
			t.Helper()
			server := anthropic.Start(t)
			server.Always(anthropic.Message{Pieces: pieces, Pause: time.Millisecond}.Reply())
			return server, openAnthropic(t, server.URL)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, llm := start(t)
			cancelAtRandom(t, llm, strings.Join(pieces, ""))
			limit := time.After(time.Second)
			for _, r := range server.Requests() {
				select {
				case <-r.Done():
				case <-limit:
					t.Fatal("an upstream call goes on a second after its end")
				}
			}
		})
	}
}

func cancelAtRandom(t *testing.T, llm *chainllm.LLM, whole string) {
	t.Helper()
	const n = 200
	random := rand.New(rand.NewPCG(1, 2))
	gate := make(chan struct{}, 20)
	outcomes := make([]struct {
		reply      ports.LLMReply
		err, cause error
	}, n)
	var all sync.WaitGroup
	for i := range outcomes {
		o := &outcomes[i]
		o.cause = fmt.Errorf("stop %d", i)
		after := time.Duration(random.Int64N(int64(40 * time.Millisecond)))
		gate <- struct{}{}
		all.Go(func() {
			defer func() { <-gate }()
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			defer time.AfterFunc(after, func() { cancel(o.cause) }).Stop()
			o.reply, o.err = llm.Complete(ctx, ask("hi"), func(string) error { return nil })
		})
	}
	all.Wait()
	cancelled := 0
	for _, o := range outcomes {
		if o.err == nil {
			// The cancellation came too late, or in the instant between the answer and our look at the context.
			assert.Equal(t, whole, o.reply.Text, "a short answer has passed for a whole one")
			continue
		}
		cancelled++
		require.ErrorIs(t, o.err, o.cause)
		assert.Empty(t, o.reply.Text)
	}
	assert.Greater(t, cancelled, n*9/10, "so few were cancelled that nothing is shown")
}

func TestACallThatHangsIsClosedAtTheProviderWhenTheClientGoes(t *testing.T) {
	t.Parallel()
	for name, reply := range map[string]openai.Reply{
		"before the status": provider.Silent(), "in the stream": openai.Stalling("Half"), "with comments": openai.Muttering("Half"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := openai.Start(t, reply)
			gone := errors.New("the client has gone")
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(50*time.Millisecond, func() { cancel(gone) })
			_, err := open(t, server.URL).Complete(ctx, ask("hi"), nil)
			require.ErrorIs(t, err, gone)
			select {
			case <-server.Last(t).Gone():
			case <-time.After(time.Second):
				t.Fatal("the provider still writes for nobody")
			}
		})
	}
}

// inProcess answers without a network, from a pipe that knows nothing of contexts.
type inProcess struct{ write func(w *io.PipeWriter) }

func (p inProcess) RoundTrip(req *http.Request) (*http.Response, error) {
	_, _ = io.Copy(io.Discard, req.Body)
	r, w := io.Pipe()
	go p.write(w)
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"text/event-stream"}}, Body: r, Request: req}, nil
}

func TestATransportInThisProcessIsEnoughOfANetwork(t *testing.T) {
	t.Parallel()
	llm := open(t, "http://offline.invalid/v1", func(c *chainllm.Config) {
		c.Transport = inProcess{func(w *io.PipeWriter) {
			_, _ = io.WriteString(w, openai.Delta(`{"content":"Hello"}`)+openai.Finish("stop")+openai.Done)
			_ = w.Close()
		}}
	})
	reply, err := llm.Complete(t.Context(), ask("hi"), nil)
	require.NoError(t, err)
	assert.Equal(t, "Hello", reply.Text)
}

func TestATransportThatKnowsNothingOfContextsIsStillCancelled(t *testing.T) {
	t.Parallel()
	ended := make(chan error, 1)
	llm := open(t, "http://offline.invalid/v1", func(c *chainllm.Config) {
		c.Transport = inProcess{func(w *io.PipeWriter) {
			_, _ = io.WriteString(w, openai.Delta(`{"content":"Half"}`))
			<-t.Context().Done() // nothing more: the reader hangs in a Read until its body is closed
			_, err := io.WriteString(w, ":\n")
			ended <- err
		}}
	})
	ctx, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("the client has gone")
	defer time.AfterFunc(50*time.Millisecond, func() { cancel(gone) }).Stop()
	start := time.Now()
	_, err := llm.Complete(ctx, ask("hi"), nil)
	require.ErrorIs(t, err, gone)
	assert.Less(t, time.Since(start), time.Second)
	t.Cleanup(func() { assert.ErrorIs(t, <-ended, io.ErrClosedPipe, "the body was not closed") })
}

func TestAPanicInACallEndsTheCallAlone(t *testing.T) {
	t.Parallel()
	server := openai.Start(t, openai.Stalling("Half"))
	llm := open(t, server.URL)
	_, err := llm.Complete(t.Context(), ask("hi"), func(string) error { panic("SECRET") })
	assert.Equal(t, fault.Internal, fault.CodeOf(err))
	assert.NotContains(t, err.Error(), "SECRET")
	<-server.Last(t).Done()
	_, err = llm.Complete(t.Context(), ask("hi"), nil)
	require.NoError(t, err)
}

func TestCallsAtOnceDoNotMixTheirText(t *testing.T) {
	t.Parallel()
	server := openai.Start(t)
	server.Always(func(x *openai.Exchange) {
		var asked struct{ Messages []struct{ Content string } }
		x.Decode(t, &asked)
		openai.Completion{Pieces: strings.SplitAfter(asked.Messages[0].Content, "-")}.Reply()(x)
	})
	llm := open(t, server.URL)
	var all sync.WaitGroup
	var got [50]strings.Builder
	var replies [50]ports.LLMReply
	var errs [50]error
	said := func(i int) string { return strings.Repeat(fmt.Sprintf("%d-", i), 20) }
	for i := range got {
		all.Go(func() {
			replies[i], errs[i] = llm.Complete(t.Context(), ask(said(i)), func(s string) error { got[i].WriteString(s); return nil })
		})
	}
	all.Wait()
	for i := range got {
		require.NoError(t, errs[i])
		assert.Equal(t, said(i), got[i].String())
		assert.Equal(t, said(i), replies[i].Text)
	}
}

func TestAConnectionServesTheNextCallToo(t *testing.T) {
	t.Parallel()
	server := openai.Start(t)
	// The end of the stream comes a moment after its last event, as it does on a real network.
	server.Always(openai.Completion{Pieces: []string{"Hi"}}.Reply().Then(func(x *openai.Exchange) { x.Wait(10 * time.Millisecond) }))
	llm := open(t, server.URL)
	const n = 10
	for range n {
		_, err := llm.Complete(t.Context(), ask("hi"), nil)
		require.NoError(t, err)
	}
	peers := map[string]bool{}
	for _, r := range server.Requests() {
		peers[r.Peer] = true
	}
	assert.Less(t, len(peers), n/2, "a busy machine may miss the end now and then, and no more")
}
