package chainllm_test

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/llm/chainllm"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/ports"
	"github.com/adiuva/cloud/test/fakes/anthropic"
	"github.com/adiuva/cloud/test/fakes/openai"
)

// bodies answers each request with the next body.
type bodies struct{ next chan io.Reader }

func (b bodies) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(<-b.next), Request: req}, nil
}

// torn reads at most a few bytes at a time, by the seed.
type torn struct {
	r      io.Reader
	random *rand.Rand
}

func (t torn) Read(p []byte) (int, error) { return t.r.Read(p[:min(len(p), 1+t.random.IntN(9))]) }

// outcome is everything that a caller sees of a call.
type outcome struct {
	reply ports.LLMReply
	text  string
	code  fault.Code
	log   string
}

func read(t *testing.T, llm *chainllm.LLM, b bodies, body io.Reader) outcome {
	t.Helper()
	b.next <- body
	var text strings.Builder
	reply, err := llm.Complete(context.Background(), ask("hi"), func(s string) error {
		assert.NotEmpty(t, s)
		text.WriteString(s)
		return nil
	})
	o := outcome{reply: reply, text: text.String(), code: fault.CodeOf(err)}
	if err != nil {
		o.log = err.Error()
	}
	return o
}

func FuzzAnyStreamIsAnAnswerOrAFailureHoweverItIsCut(f *testing.F) {
	for _, s := range []string{
		"", "\n", ":", "data", "data:\r\r\n\n", "data: [DONE]\n\n", "\ufeffdata: {}\n\n", "{", `{"error":{"code":429}}`, "<html>",
		openai.Delta(`{"content":"è 🙂"}`) + openai.Finish("stop") + openai.Done,
		openai.Delta(`{"content":"\ud83d"}`) + openai.Delta(`{"content":"\ude42\u0000"}`) + openai.Finish("stop"),
		openai.Delta(`{"tool_calls":[{"index":0,"id":"a","function":{"name":"x","arguments":"{"}},{"index":1,"function":{"name":"y"}}]}`) +
			openai.Delta(`{"tool_calls":[{"index":0,"id":"a","function":{"name":"x","arguments":"}"}}]}`) + openai.Finish("tool_calls"),
		openai.Delta(`{"function_call":{"name":"x","arguments":{"a":1}}}`) + openai.Finish("function_call"),
		strings.ReplaceAll(openai.Delta(`{"content":"a"}`)+openai.Finish("stop"), "\n", "\r"),
		"data: {\"choices\":[{\"delta\":\ndata: {\"content\":\"a\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":-1}}\n\n",
		"event: error\ndata: {}\n\n", `{"choices":[{"message":{"content":[{"type":"text","text":"a"}]},"finish_reason":"stop"}]}`,
	} {
		f.Add([]byte(s), uint64(len(s)))
	}
	fuzz(f, chainllm.New)
}

func FuzzAnyStreamOfAnthropicIsAnAnswerOrAFailureHoweverItIsCut(f *testing.F) {
	stream := func(events ...string) string { return "data: " + strings.Join(events, "\n\ndata: ") + "\n\n" }
	call := anthropic.Block("1", `{"type":"tool_use","id":"a","name":"x","input":{"a":1}}`)
	for _, s := range []string{
		"", "{", "data: {}\n\n", "data: null\n\n", "event: error\ndata: {}\n\n", "event: ping\n\n", anthropic.Problem("overloaded_error"),
		stream(anthropic.Begin, anthropic.Text("è 🙂"), anthropic.Stop("end_turn"), anthropic.End),
		stream(anthropic.Begin, call, anthropic.Delta("1", `{"type":"input_json_delta","partial_json":"{\"a"}`), call, anthropic.Stop("tool_use")),
		stream(anthropic.Begin, anthropic.Block("-1", `{"type":"tool_use"}`), anthropic.Delta("9", `{"partial_json":"x"}`), anthropic.Stop("tool_use")),
		stream(`{"type":"message_start","message":null}`, `{"type":"message_start","message":{"message":{},"usage":{"input_tokens":-1,"cache_read_input_tokens":-5}}}`, anthropic.Stop("end_turn")),
		`{"type":"message","content":[{"type":"text","text":"a"},{"type":"tool_use","name":"x","input":null},{"type":"tool_use","name":"x","input":"{"}],"stop_reason":"tool_use"}`,
	} {
		f.Add([]byte(s), uint64(len(s)))
	}
	fuzz(f, chainllm.NewAnthropic)
}

// fuzz reads streams whole and in pieces.
func fuzz(f *testing.F, prepare func(chainllm.Config) (*chainllm.LLM, error)) {
	f.Helper()
	b := bodies{make(chan io.Reader, 1)}
	llm, err := prepare(chainllm.Config{BaseURL: "http://offline.invalid/v1", Model: "m", Transport: b})
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, stream []byte, seed uint64) {
		whole := read(t, llm, b, bytes.NewReader(stream))
		assert.Equal(t, whole, read(t, llm, b, iotest.OneByteReader(bytes.NewReader(stream))), "byte by byte")
		assert.Equal(t, whole, read(t, llm, b, torn{bytes.NewReader(stream), rand.New(rand.NewPCG(seed, 1))}), "torn")

		assert.NotEqual(t, fault.Internal, whole.code, whole.log)
		if whole.code != "" {
			assert.Empty(t, whole.reply.Text)
			assert.Empty(t, whole.reply.ToolCalls)
			return
		}
		assert.Equal(t, whole.reply.Text, whole.text)
		ids := map[string]bool{"": true}
		for _, c := range whole.reply.ToolCalls {
			assert.False(t, ids[c.ID], "the id %q", c.ID)
			ids[c.ID] = true
			assert.NotEmpty(t, c.Name)
		}
	})
}
