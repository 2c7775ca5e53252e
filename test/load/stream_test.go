package load

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/test/fakes/openai"
	"github.com/adiuva/cloud/test/fakes/provider"
	"github.com/adiuva/cloud/test/harness"
)

// words are an ordinary answer, which nothing needs to be held back of.
var words = strings.Fields("lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore et dolore magna aliqua")

// dripping answers with one word for each token that is asked of it.
func dripping(next <-chan struct{}) openai.Reply {
	return func(x *openai.Exchange) {
		provider.OpenStream(x)
		for i := 0; ; i++ {
			if _, more := <-next; !more {
				x.Write(openai.Finish("stop") + openai.Done)
				return
			}
			if !x.Write(openai.Delta(fmt.Sprintf(`{"content":"%s "}`, words[i%len(words)]))) {
				return
			}
		}
	}
}

// BenchmarkToken is the way of one token: from the moment that a provider is told to write it until a client has it. The
// first row is the provider read directly; what the second takes longer is what the server adds, with two sockets, the
// guard of the stream, the sanitizer and the frame.
func BenchmarkToken(b *testing.B) {
	b.Run("from the provider itself", func(b *testing.B) {
		next := make(chan struct{})
		p := openai.Start(b)
		p.Always(dripping(next))
		res, err := http.Post(p.URL+"/chat/completions", "application/json", strings.NewReader(`{"stream":true}`))
		require.NoError(b, err)
		b.Cleanup(func() { _ = res.Body.Close() })
		lines := bufio.NewScanner(res.Body)
		for b.Loop() {
			next <- struct{}{}
			for lines.Scan() {
				if strings.Contains(lines.Text(), "content") {
					break
				}
			}
		}
		close(next)
	})
	b.Run("through the server", func(b *testing.B) {
		next := make(chan struct{})
		p := openai.Start(b)
		drip := dripping(next)
		p.Always(func(x *openai.Exchange) {
			if !bytes.Contains(x.Body, []byte(`"tools"`)) {
				openai.Completion{Pieces: []string{`{"agents":["task_agent"],"asks":true,"sure":true}`}}.Reply()(x)
				return
			}
			drip(x)
		})
		settings := harness.InMemory()
		settings["OPENAI_BASE_URL"], settings["OPENAI_API_KEY"] = p.URL, "sk-test"
		s := harness.SignUp(b, serve(b, settings).URL).Socket(b, "adiuva.v1")
		s.Say(map[string]any{"type": "chat", "message": "tell me a story"})
		for _, want := range []string{"run.started", "step.started"} {
			require.Equal(b, want, s.Next().Type)
		}
		for b.Loop() {
			next <- struct{}{}
			s.Hear()
		}
		close(next)
	})
}

// BenchmarkProvider is the provider's part of BenchmarkChat: the same three calls, made by nobody but this loop. What
// BenchmarkChat takes longer, in the same run, is the server's own cost.
func BenchmarkProvider(b *testing.B) {
	p := openai.Start(b)
	p.Always(scripted)
	bodies := []string{`{"stream":true}`, `{"stream":true,"tools":[]}`, `{"stream":true,"tools":[],"messages":[{"role":"tool"}]}`}
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			for _, body := range bodies {
				res, err := http.Post(p.URL+"/chat/completions", "application/json", strings.NewReader(body))
				if err != nil {
					b.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, res.Body)
				_ = res.Body.Close()
			}
		}
	})
}
