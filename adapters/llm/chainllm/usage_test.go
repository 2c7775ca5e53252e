package chainllm_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/llm/chainllm"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/ports"
	"github.com/adiuva/cloud/test/fakes/anthropic"
	"github.com/adiuva/cloud/test/fakes/openai"
	"github.com/adiuva/cloud/test/fakes/provider"
)

// short is a request of 40 bytes of text: ten tokens by our count.
var short = ports.LLMRequest{Messages: []chat.Message{{Role: chat.User, Content: strings.Repeat("word ", 8)}}}

// usageLine is an event of OpenAI's protocol that tells usage, from its JSON.
func usageLine(usage string) string { return `data: {"choices":[],"usage":` + usage + "}\n\n" }

func TestWhatACallCostIsTheProvidersWordWhereThereIsOne(t *testing.T) {
	t.Parallel()
	hello, stop := openai.Delta(`{"content":"`+strings.Repeat("hello ", 4)+`"}`), openai.Finish("stop") // 24 bytes: six tokens
	told := func(start, last string) provider.Reply {
		return anthropic.Events(
			`{"type":"message_start","message":{"model":"m","usage":`+start+`}}`, anthropic.Text(strings.Repeat("hello ", 4)),
			`{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":`+last+`}`)
	}
	for name, row := range map[string]struct {
		openAI, anthropic provider.Reply
		want              chat.Usage
		estimated         bool
	}{
		"told":                     {openAI: provider.Stream(hello, stop, usageLine(`{"prompt_tokens":17,"completion_tokens":4}`)), want: chat.Usage{PromptTokens: 17, CompletionTokens: 4}},
		"nothing, and told":        {openAI: provider.Stream(hello, stop, usageLine(`{"prompt_tokens":0,"completion_tokens":0}`))},
		"null":                     {openAI: provider.Stream(hello, stop, usageLine(`null`)), want: chat.Usage{PromptTokens: 10, CompletionTokens: 6}, estimated: true},
		"not told":                 {openAI: provider.Stream(hello, stop, openai.Done), want: chat.Usage{PromptTokens: 10, CompletionTokens: 6}, estimated: true},
		"half told":                {openAI: provider.Stream(hello, stop, usageLine(`{"prompt_tokens":17}`)), want: chat.Usage{PromptTokens: 17, CompletionTokens: 6}, estimated: true},
		"impossible":               {openAI: provider.Stream(hello, stop, usageLine(`{"prompt_tokens":-3,"completion_tokens":-1}`)), want: chat.Usage{PromptTokens: 10, CompletionTokens: 6}, estimated: true},
		"told again and again":     {openAI: provider.Stream(usageLine(`{"prompt_tokens":17,"completion_tokens":0}`), hello, usageLine(`{"prompt_tokens":17,"completion_tokens":5}`), stop, openai.Done), want: chat.Usage{PromptTokens: 17, CompletionTokens: 5}},
		"with thoughts":            {openAI: provider.Stream(openai.Delta(`{"reasoning":"`+strings.Repeat("hm, ", 4)+`"}`), openai.Delta(`{"reasoning_content":"hm, "}`), hello, stop), want: chat.Usage{PromptTokens: 10, CompletionTokens: 11}, estimated: true},
		"thoughts of another kind": {openAI: provider.Stream(openai.Delta(`{"reasoning":{"effort":1}}`), hello, stop), want: chat.Usage{PromptTokens: 10, CompletionTokens: 6}, estimated: true},
		"by a document":            {openAI: provider.Body(200, "application/json", `{"choices":[{"message":{"content":"Hello"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2}}`), want: chat.Usage{PromptTokens: 3, CompletionTokens: 2}},

		"Anthropic: told":              {anthropic: told(`{"input_tokens":17,"output_tokens":1}`, `{"output_tokens":4}`), want: chat.Usage{PromptTokens: 17, CompletionTokens: 4}},
		"Anthropic: with a cache":      {anthropic: told(`{"input_tokens":17,"cache_creation_input_tokens":100,"cache_read_input_tokens":1000,"output_tokens":1}`, `{"output_tokens":4}`), want: chat.Usage{PromptTokens: 1117, CompletionTokens: 4}},
		"Anthropic: input told later":  {anthropic: told(`{"input_tokens":0,"output_tokens":0}`, `{"input_tokens":17,"cache_read_input_tokens":3,"output_tokens":4}`), want: chat.Usage{PromptTokens: 20, CompletionTokens: 4}},
		"Anthropic: nothing, and told": {anthropic: told(`{"input_tokens":0,"output_tokens":0}`, `{"output_tokens":0}`)},
		"Anthropic: not told":          {anthropic: told(`{}`, `{}`), want: chat.Usage{PromptTokens: 10, CompletionTokens: 6}, estimated: true},
		"Anthropic: with thoughts":     {anthropic: anthropic.Message{Thoughts: []string{strings.Repeat("hm, ", 4)}, Pieces: []string{"hello hello hello hello "}, Untold: true}.Reply(), want: chat.Usage{PromptTokens: 10, CompletionTokens: 13}, estimated: true},
		"Anthropic: by a document":     {anthropic: provider.Body(200, "application/json", `{"type":"message","content":[],"stop_reason":"end_turn","usage":{"input_tokens":3,"output_tokens":2}}`), want: chat.Usage{PromptTokens: 3, CompletionTokens: 2}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reply, err := opened(t, row.openAI, row.anthropic).Complete(t.Context(), short, nil)
			require.NoError(t, err)
			assert.Equal(t, row.want, reply.Usage)
			assert.Equal(t, row.estimated, reply.Estimated)
		})
	}
}

// opened is an adapter in front of the one server that has a reply.
func opened(t *testing.T, openAI, anthropics provider.Reply, change ...func(*chainllm.Config)) *chainllm.LLM {
	t.Helper()
	if anthropics != nil {
		return openAnthropic(t, anthropic.Start(t, anthropics).URL, change...)
	}
	return open(t, openai.Start(t, openAI).URL, change...)
}

func TestWhatAFailedCallCostIsNotLost(t *testing.T) {
	t.Parallel()
	spent := func(model string, prompt, written int) ports.LLMReply {
		return ports.LLMReply{Model: model, Usage: chat.Usage{PromptTokens: prompt, CompletionTokens: written}, Estimated: true}
	}
	half := strings.Repeat("hello ", 4)
	begun := `{"type":"message_start","message":{"model":"m-1","usage":{"input_tokens":17,"output_tokens":2}}}`
	for name, row := range map[string]struct {
		openAI, anthropic provider.Reply
		want              ports.LLMReply
	}{
		"cut in the text":               {openAI: openai.Cutting(half), want: spent("test", 10, 6)},
		"cut in a call":                 {openAI: openai.Deltas("", `{"tool_calls":[{"index":0,"id":"1234","function":{"name":"12345678","arguments":"1234"}}]}`).Then(provider.Cut()), want: spent("test", 10, 4)},
		"cut after some usage was told": {openAI: provider.Stream(usageLine(`{"prompt_tokens":17,"completion_tokens":1}`), openai.Delta(`{"content":"`+half+`"}`)).Then(provider.Cut()), want: spent("test", 17, 6)},
		"more was told than we read":    {openAI: provider.Stream(usageLine(`{"prompt_tokens":17,"completion_tokens":90}`), openai.Delta(`{"content":"`+half+`"}`)).Then(provider.Cut()), want: spent("test", 17, 90)},
		"an answer that is too long":    {openAI: provider.Stream(openai.Delta(`{"content":"`+half+`"}`), openai.Finish("length"), usageLine(`{"prompt_tokens":17,"completion_tokens":4}`)), want: ports.LLMReply{Model: "test", Usage: chat.Usage{PromptTokens: 17, CompletionTokens: 4}}},
		"a refusal":                     {openAI: openai.Deltas("stop", `{"refusal":"12345678"}`), want: spent("test", 10, 2)},
		"silence":                       {openAI: provider.Silent(), want: spent("standard", 10, 0)},
		"a page":                        {openAI: provider.Page()},
		"nothing":                       {openAI: provider.Stream()},
		"429":                           {openAI: openai.RateLimited("1")},
		"429, and no more":              {openAI: func(x *provider.Exchange) { x.Head(http.StatusTooManyRequests); x.Hang() }},
		"an unknown model":              {openAI: openai.UnknownModel()},
		"hangs up at once":              {openAI: provider.Cut()},
		"an error before the first":     {openAI: provider.Stream(`data: {"error":{"type":"server_error"}}` + "\n\n")},

		"Anthropic: cut in the text":        {anthropic: anthropic.Events(begun, anthropic.Text(half)).Then(provider.Cut()), want: spent("m-1", 17, 6)},
		"Anthropic: cut in its thoughts":    {anthropic: anthropic.Events(begun, anthropic.Block("0", `{"type":"thinking","thinking":"12345678"}`), anthropic.Delta("0", `{"type":"thinking_delta","thinking":"12345678"}`)).Then(provider.Cut()), want: spent("m-1", 17, 4)},
		"Anthropic: cut before anything":    {anthropic: anthropic.Events(begun).Then(provider.Cut()), want: spent("m-1", 17, 2)},
		"Anthropic: an error in the middle": {anthropic: anthropic.Events(begun, anthropic.Text(half)).Then(anthropic.Failing("api_error")), want: spent("m-1", 17, 6)},
		"Anthropic: overloaded":             {anthropic: anthropic.Overloaded()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reply, err := opened(t, row.openAI, row.anthropic, withTimeouts(quick)).Complete(t.Context(), short, nil)
			require.Error(t, err)
			assert.Equal(t, row.want, reply)
		})
	}
}

func TestACallThatIsGivenUpCostsWhatTheProviderMayHaveDone(t *testing.T) {
	t.Parallel()
	read := ports.LLMReply{Model: "standard", Usage: chat.Usage{PromptTokens: 10}, Estimated: true}
	server := openai.Start(t, provider.Silent())
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	reply, err := open(t, server.URL).Complete(ctx, short, nil)
	require.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, read, reply, "it had the request")

	ctx, cancel = context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	llm := open(t, server.URL, func(c *chainllm.Config) { c.Transport = unreached{} })
	reply, err = llm.Complete(ctx, short, nil)
	require.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, ports.LLMReply{}, reply, "it never had the request")

	gone := errors.New("the client has gone")
	server.Push(openai.Stalling("hello hello "))
	reply, err = open(t, server.URL).Complete(t.Context(), short, func(string) error { return gone })
	require.ErrorIs(t, err, gone)
	assert.Equal(t, ports.LLMReply{Model: "test", Usage: chat.Usage{PromptTokens: 10, CompletionTokens: 3}, Estimated: true}, reply)
}

// unreached is a network that never gets a request through.
type unreached struct{}

func (unreached) RoundTrip(req *http.Request) (*http.Response, error) {
	_, _ = io.Copy(io.Discard, req.Body)
	<-req.Context().Done()
	return nil, req.Context().Err()
}

func TestASmallModelAnswersWhereItWillDo(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		model, small string
		light        bool
		want         string
	}{
		"the default":                     {"", "small", false, "standard"},
		"light":                           {"", "small", true, "small"},
		"light without a small one":       {"", "", true, "standard"},
		"light, but another was asked":    {"wise-1", "small", true, "wise-1"},
		"not light, and another is asked": {"wise-1", "small", false, "wise-1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			req := ports.LLMRequest{Model: row.model, Light: row.light, Messages: short.Messages}
			small := func(c *chainllm.Config) { c.LightModel = row.small }
			assert.Equal(t, row.want, sent(t, req, small)["model"])
			assert.Equal(t, row.want, sentToAnthropic(t, req, small)["model"])
		})
	}
}
