package chainllm_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/llm/chainllm"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/ports"
	"github.com/adiuva/cloud/ports/porttest"
	"github.com/adiuva/cloud/test/fakes/anthropic"
	"github.com/adiuva/cloud/test/fakes/provider"
)

// openAnthropic makes an adapter that talks to the URL; change adapts its settings.
func openAnthropic(t porttest.T, url string, change ...func(*chainllm.Config)) *chainllm.LLM {
	config := chainllm.Config{BaseURL: url, APIKey: "key-1", Model: "standard", Timeouts: patient}
	for _, f := range change {
		f(&config)
	}
	llm, err := chainllm.NewAnthropic(config)
	require.NoError(t, err)
	t.Cleanup(llm.Close)
	return llm
}

func TestAnthropicOnTheWireKeepsTheContract(t *testing.T) {
	t.Parallel()
	porttest.LLM(t, func(t porttest.T) porttest.LLMWire {
		return anthropic.Wire(t, func(url string) ports.LLM {
			return openAnthropic(t, url, withTimeouts(chainllm.Timeouts{FirstToken: time.Second}))
		})
	})
}

func TestEveryShapeOfMessageIsReadRightly(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("0123456789", 7<<10)
	begin, text := anthropic.Begin, anthropic.Text("Hello")
	call := func(index, id, name, input string) string {
		return anthropic.Block(index, `{"type":"tool_use","id":"`+id+`","name":"`+name+`","input":`+input+`}`)
	}
	more := func(index, json string) string {
		return anthropic.Delta(index, `{"type":"input_json_delta","partial_json":`+strconv.Quote(json)+`}`)
	}
	for name, row := range map[string]struct {
		reply provider.Reply
		text  string
		calls []chat.ToolCall
	}{
		"text in tokens":       {anthropic.Message{Pieces: []string{"Hel", "lo"}}.Reply(), "Hello", nil},
		"slow tokens":          {anthropic.Message{Pieces: []string{"a", "b", "c"}, Pause: 20 * time.Millisecond}.Reply(), "abc", nil},
		"no text and no calls": {anthropic.Message{}.Reply(), "", nil},
		"thoughts, which are not shown": {anthropic.Message{Thoughts: []string{"hm", "!"}, Pieces: []string{"Hello"}, Calls: []anthropic.Call{{ID: "call_a", Name: "create_task", Input: `{"title":"A"}`}}}.Reply(),
			"Hello", one},
		"text and parallel calls": {anthropic.Message{Pieces: []string{"On it."}, Calls: []anthropic.Call{{ID: "call_a", Name: "create_task", Input: `{"title":"A"}`}, {ID: "call_b", Name: "delete_task", Input: `{"task_id":"B"}`}}}.Reply(),
			"On it.", two},
		"interleaved parallel calls": {anthropic.Events(begin, call("0", "call_a", "create_task", `{}`), call("1", "call_b", "delete_task", `{}`),
			more("1", `{"task_id`), more("0", `{"title":"A"}`), more("1", `":"B"}`), anthropic.Stop("tool_use"), anthropic.End), "", two},
		"a call without arguments":       {anthropic.Events(begin, call("0", "call_a", "list_tasks", `{}`), more("0", ""), anthropic.Stop("tool_use"), anthropic.End), "", []chat.ToolCall{{ID: "call_a", Name: "list_tasks", Arguments: "{}"}}},
		"arguments in the announcement":  {anthropic.Events(begin, call("0", "call_a", "create_task", `{"title":"A"}`), anthropic.Stop("tool_use"), anthropic.End), "", one},
		"numbers as they were written":   {anthropic.Events(begin, call("0", "call_a", "x", `{}`), more("0", `{"z":12345678901234567890,"a":1.50}`), anthropic.Stop("tool_use")), "", []chat.ToolCall{{ID: "call_a", Name: "x", Arguments: `{"z":12345678901234567890,"a":1.50}`}}},
		"one JSON document":              {provider.Body(200, "application/json", `{"type":"message","model":"m","content":[{"type":"text","text":"Hello"}],"stop_reason":"end_turn"}`), "Hello", nil},
		"a document with calls":          {provider.Body(200, "application/json", ` {"type":"message","content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":"On it."},{"type":"tool_use","id":"call_a","name":"create_task","input":{"title":"A"}}],"stop_reason":"tool_use"}`), "On it.", one},
		"a line of 70 KiB":               {anthropic.Message{Pieces: []string{long}}.Reply(), long, nil},
		"text in the announcement":       {anthropic.Events(begin, anthropic.Block("0", `{"type":"text","text":"Hel"}`), anthropic.Text("lo"), anthropic.Stop("end_turn"), anthropic.End), "Hello", nil},
		"text on both sides of a call":   {anthropic.Events(begin, anthropic.Text("Hel"), call("1", "call_a", "create_task", `{"title":"A"}`), anthropic.Delta("2", `{"type":"text_delta","text":"lo"}`), anthropic.Stop("tool_use")), "Hello", one},
		"parts and events of the future": {anthropic.Events(begin, `{"type":"weather","sun":true}`, anthropic.Block("0", `{"type":"server_tool_use","id":"s","name":"search","input":{}}`), more("0", `{"q":1}`), anthropic.Block("1", `{"type":"search_result","content":[{"type":"text","text":"No"}]}`), anthropic.Delta("2", `{"type":"text_delta","text":"Hello"}`), anthropic.Delta("2", `{"type":"citations_delta","citation":{"a":1}}`), anthropic.Stop("end_turn"), anthropic.End), "Hello", nil},
		"events without names":           {provider.Stream("data: "+begin+"\n\n", "data: {\"type\":\"ping\"}\n\n", "data: "+text+"\n\n", "data: "+anthropic.Stop("end_turn")+"\n\n"), "Hello", nil},
		"lines that end with CRLF":       {provider.Stream("event: x\r\ndata: " + text + "\r\n\r\nevent: y\r\ndata: " + anthropic.Stop("end_turn") + "\r\n\r\n"), "Hello", nil},
		"a stop sequence":                {anthropic.Events(begin, text, anthropic.Stop("stop_sequence"), anthropic.End), "Hello", nil},
		"a reason and no end":            {anthropic.Events(begin, text, anthropic.Stop("end_turn")), "Hello", nil},
		"a reason and then a cut":        {anthropic.Events(begin, text, anthropic.Stop("end_turn")).Then(provider.Cut()), "Hello", nil},
		"something after the end":        {anthropic.Events(begin, text, anthropic.Stop("end_turn"), anthropic.End, anthropic.Text("No")), "Hello", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got strings.Builder
			reply, err := openAnthropic(t, anthropic.Start(t, row.reply).URL).Complete(t.Context(), ask("hi"), func(s string) error {
				assert.NotEmpty(t, s)
				got.WriteString(s)
				return nil
			})
			require.NoError(t, err)
			assert.Equal(t, row.text, reply.Text)
			assert.Equal(t, row.text, got.String())
			assert.Equal(t, row.calls, reply.ToolCalls)
		})
	}
}

func TestEveryFailureOfAnthropicHasItsCode(t *testing.T) {
	t.Parallel()
	begin, text := anthropic.Begin, anthropic.Text("one ")
	for name, row := range map[string]struct {
		reply provider.Reply
		code  fault.Code
		text  string // what came before
	}{
		"overloaded":                         {anthropic.Overloaded(), fault.Unavailable, ""},
		"429":                                {anthropic.Status(429, "rate_limit_error", "Retry-After: 7"), fault.Unavailable, ""},
		"500":                                {anthropic.Status(500, "api_error"), fault.Unavailable, ""},
		"504":                                {anthropic.Status(504, "timeout_error"), fault.Unavailable, ""},
		"502 with a page":                    {provider.BadGateway(), fault.Unavailable, ""},
		"401":                                {anthropic.Status(401, "authentication_error"), fault.UpstreamFailed, ""},
		"402":                                {anthropic.Status(402, "billing_error"), fault.UpstreamFailed, ""},
		"403":                                {anthropic.Status(403, "permission_error"), fault.UpstreamFailed, ""},
		"400":                                {anthropic.Status(400, "invalid_request_error"), fault.UpstreamFailed, ""},
		"413":                                {anthropic.Status(413, "request_too_large"), fault.UpstreamFailed, ""},
		"413 with a page":                    {provider.Body(413, "text/html", "SECRET"), fault.UpstreamFailed, ""},
		"404 for a model":                    {anthropic.UnknownModel(), fault.ValidationFailed, ""},
		"404 with a page":                    {provider.Body(404, "text/html", "SECRET"), fault.UpstreamFailed, ""},
		"a redirect":                         {provider.Redirect("http://127.0.0.1:1/v1/messages"), fault.UpstreamFailed, ""},
		"a page":                             {provider.Page(), fault.UpstreamFailed, ""},
		"hangs up at once":                   {provider.Cut(), fault.Unavailable, ""},
		"nothing":                            {provider.Stream(), fault.UpstreamFailed, ""},
		"a document without anything":        {provider.Body(200, "application/json", `{}`), fault.UpstreamFailed, ""},
		"a document that is an error":        {provider.Body(200, "application/json", anthropic.Problem("overloaded_error")), fault.Unavailable, ""},
		"a document of another protocol":     {provider.Body(200, "application/json", `{"choices":[{"message":{"content":"SECRET"},"finish_reason":"stop"}]}`), fault.UpstreamFailed, ""},
		"an error before the first word":     {anthropic.Events(begin).Then(anthropic.Failing("overloaded_error")), fault.Unavailable, ""},
		"an error before anything":           {provider.Stream().Then(anthropic.Failing("rate_limit_error")), fault.Unavailable, ""},
		"an error in the middle":             {anthropic.Events(begin, text).Then(anthropic.Failing("overloaded_error")), fault.UpstreamFailed, "one "},
		"an error within a call":             {anthropic.Events(begin, anthropic.Block("0", `{"type":"tool_use","id":"a","name":"x","input":{}}`)).Then(anthropic.Failing("api_error")), fault.UpstreamFailed, ""},
		"a cut":                              {anthropic.Cutting("one "), fault.UpstreamFailed, "one "},
		"a cut before the first word":        {anthropic.Events(begin).Then(provider.Cut()), fault.Unavailable, ""},
		"an end without a reason":            {anthropic.Events(begin, text, anthropic.End), fault.UpstreamFailed, "one "},
		"an end of the stream in the middle": {anthropic.Writing("one "), fault.UpstreamFailed, "one "},
		"an event that is no JSON":           {anthropic.Writing("one ").Then(func(x *provider.Exchange) { x.Write("event: content_block_delta\ndata: {\"SECRET\n\n") }), fault.UpstreamFailed, "one "},
		"an event of another shape":          {anthropic.Writing("one ").Then(func(x *provider.Exchange) { x.Write("data: [1]\n\n") }), fault.UpstreamFailed, "one "},
		"an event of more than 4 MiB":        {provider.Stream("data: " + strings.Repeat("a", 4<<20) + "a"), fault.UpstreamFailed, ""},
		"a refusal":                          {anthropic.Refusal(), fault.UpstreamFailed, "I "},
		"the bound of tokens":                {anthropic.Events(begin, text, anthropic.Stop("max_tokens"), anthropic.End), fault.UpstreamFailed, "one "},
		"a full window":                      {anthropic.Events(begin, text, anthropic.Stop("model_context_window_exceeded"), anthropic.End), fault.UpstreamFailed, "one "},
		"a pause that nobody asked for":      {anthropic.Events(begin, text, anthropic.Stop("pause_turn"), anthropic.End), fault.UpstreamFailed, "one "},
		"calls announced and not sent":       {anthropic.Events(begin, text, anthropic.Stop("tool_use"), anthropic.End), fault.UpstreamFailed, "one "},
		"a call without a name":              {anthropic.Events(begin, anthropic.Block("0", `{"type":"tool_use","id":"a","input":{}}`), anthropic.Stop("tool_use")), fault.UpstreamFailed, ""},
		"a call with nothing":                {anthropic.Events(begin, anthropic.Block("0", `{"type":"tool_use"}`), anthropic.Stop("tool_use")), fault.UpstreamFailed, ""},
		"a call of more than 1 MiB":          {anthropic.Events(begin, anthropic.Block("0", `{"type":"tool_use","id":"a","name":"x","input":{}}`), anthropic.Delta("0", `{"type":"input_json_delta","partial_json":"`+strings.Repeat("a", 1<<20)+`"}`)), fault.UpstreamFailed, ""},
		"a call of more than 1 MiB, at once": {anthropic.Events(begin, anthropic.Block("0", `{"type":"tool_use","id":"a","name":"x","input":{"a":"`+strings.Repeat("a", 1<<20)+`"}}`)), fault.UpstreamFailed, ""},
		"a message that breaks Anthropic's rules": {anthropic.Broken("a rule"), fault.UpstreamFailed, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := anthropic.Start(t, row.reply)
			var got strings.Builder
			reply, err := openAnthropic(t, server.URL).Complete(t.Context(), ask("SECRET"), func(s string) error {
				got.WriteString(s)
				return nil
			})
			require.Error(t, err)
			assert.Equal(t, row.code, fault.CodeOf(err), "%v", err)
			assert.Equal(t, row.text, got.String())
			assert.Empty(t, reply.Text)
			assert.Empty(t, reply.ToolCalls)
			assert.NotContains(t, err.Error(), "SECRET", "the log would tell what was said")
			assert.Len(t, server.Requests(), 1, "the adapter itself never asks twice")
		})
	}
}

func TestPingsAreNoWordOfAnAnswer(t *testing.T) {
	t.Parallel()
	for name, reply := range map[string]provider.Reply{
		"in the middle":          anthropic.Muttering("one "),
		"before the first event": provider.Stream().Then(provider.Muttering("event: ping\ndata: {\"type\": \"ping\"}\n\n")),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := anthropic.Start(t, reply)
			start := time.Now()
			_, err := openAnthropic(t, server.URL, withTimeouts(quick)).Complete(t.Context(), ask("hi"), nil)
			assert.Equal(t, fault.UpstreamTimeout, fault.CodeOf(err), "%v", err)
			assert.Less(t, time.Since(start), quick.Total/2)
			<-server.Last(t).Done()
		})
	}
}

func TestAnthropicSaysWhenToComeBack(t *testing.T) {
	t.Parallel()
	_, err := openAnthropic(t, anthropic.Start(t, anthropic.Status(429, "rate_limit_error", "Retry-After: 7")).URL).Complete(t.Context(), ask("hi"), nil)
	assert.Equal(t, int64(7), fault.From(err).Details["retry_after"])
}

func TestPeopleAreToldThatTheirConversationIsTooLong(t *testing.T) {
	t.Parallel()
	for name, reply := range map[string]provider.Reply{
		"by the provider": anthropic.Status(413, "request_too_large"), "by a proxy before it": provider.Body(413, "text/html", "SECRET"),
	} {
		_, err := openAnthropic(t, anthropic.Start(t, reply).URL).Complete(t.Context(), ask("hi"), nil)
		assert.Equal(t, "The conversation is too long for the language model. Send less context.", fault.From(err).Message, name)
	}
}
