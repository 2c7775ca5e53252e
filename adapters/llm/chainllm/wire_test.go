package chainllm_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/llm/chainllm"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/ports"
	"github.com/adiuva/cloud/test/fakes/openai"
	"github.com/adiuva/cloud/test/fakes/provider"
)

func ask(text string) ports.LLMRequest {
	return ports.LLMRequest{
		Messages: []chat.Message{{Role: chat.User, Content: text}},
		Tools:    []chat.ToolSpec{{Name: "create_task", Schema: []byte(`{"type":"object"}`)}},
	}
}

// two is what the interleaved calls of the table come to.
var two = []chat.ToolCall{
	{ID: "call_a", Name: "create_task", Arguments: `{"title":"A"}`},
	{ID: "call_b", Name: "delete_task", Arguments: `{"task_id":"B"}`},
}

var one = two[:1]

func TestEveryShapeOfAnswerIsReadRightly(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("0123456789", 7<<10)
	for name, row := range map[string]struct {
		reply openai.Reply
		text  string
		calls []chat.ToolCall
	}{
		"text in tokens":        {openai.Completion{Pieces: []string{"Hel", "lo"}}.Reply(), "Hello", nil},
		"slow tokens":           {openai.Completion{Pieces: []string{"a", "b", "c"}, Pause: 20 * time.Millisecond}.Reply(), "abc", nil},
		"no text and no calls":  {openai.Completion{}.Reply(), "", nil},
		"one JSON document":     {provider.Body(200, "application/json", `{"choices":[{"message":{"content":"Hello"},"finish_reason":"stop"}]}`), "Hello", nil},
		"a document with calls": {provider.Body(200, "application/json", ` {"choices":[{"message":{"content":null,"tool_calls":[{"id":"call_a","type":"function","function":{"name":"create_task","arguments":"{\"title\":\"A\"}"}}]},"finish_reason":"tool_calls"}]}`), "", one},
		"calls one after the other": {openai.Completion{Calls: []openai.Call{{ID: "call_a", Name: "create_task", Arguments: `{"title":"A"}`},
			{ID: "call_b", Name: "delete_task", Arguments: `{"task_id":"B"}`}}}.Reply(), "", two},
		"interleaved parallel calls": {openai.Deltas("tool_calls",
			`{"tool_calls":[{"index":0,"id":"call_a","type":"function","function":{"name":"create_task","arguments":""}}]}`,
			`{"tool_calls":[{"index":1,"id":"call_b","type":"function","function":{"name":"delete_task","arguments":""}}]}`,
			`{"tool_calls":[{"index":0,"function":{"arguments":"{\"title\":"}}]}`,
			`{"tool_calls":[{"index":1,"function":{"arguments":"{\"task_id\":"}},{"index":0,"function":{"arguments":"\"A\"}"}}]}`,
			`{"tool_calls":[{"index":1,"function":{"arguments":"\"B\"}"}}]}`), "", two},
		"the type on each fragment": {openai.Deltas("tool_calls",
			`{"tool_calls":[{"index":0,"id":"call_a","type":"function","function":{"name":"create_task","arguments":"{\"title\""}}]}`,
			`{"tool_calls":[{"index":0,"type":"function","function":{"arguments":":\"A\"}"}}]}`), "", one},
		"id and name on each fragment": {openai.Deltas("tool_calls",
			`{"tool_calls":[{"index":0,"id":"call_a","type":"function","function":{"name":"create_task","arguments":"{\"title\""}}]}`,
			`{"tool_calls":[{"index":0,"id":"call_a","type":"function","function":{"name":"create_task","arguments":":\"A\"}"}}]}`), "", one},
		"a whole call without a type": {openai.Deltas("tool_calls",
			`{"tool_calls":[{"index":0,"id":"call_a","function":{"name":"create_task","arguments":"{\"title\":\"A\"}"}}]}`), "", one},
		"fragments by id, without an index": {openai.Deltas("tool_calls",
			`{"tool_calls":[{"id":"call_a","function":{"name":"create_task","arguments":"{\"title\""}}]}`,
			`{"tool_calls":[{"id":"call_b","function":{"name":"delete_task","arguments":"{\"task_id\""}}]}`,
			`{"tool_calls":[{"id":"call_a","function":{"arguments":":\"A\"}"}}]}`,
			`{"tool_calls":[{"id":"call_b","function":{"arguments":":\"B\"}"}}]}`), "", two},
		"fragments in order, without index and id": {openai.Deltas("tool_calls",
			`{"tool_calls":[{"id":"call_a","function":{"name":"create_task","arguments":"{\"title\""}}]}`,
			`{"tool_calls":[{"function":{"arguments":":\"A\"}"}}]}`), "", one},
		"whole calls that all have the index 0": {openai.Deltas("stop",
			`{"tool_calls":[{"index":0,"id":"call_a","function":{"name":"create_task","arguments":"{\"title\":\"A\"}"}},{"index":0,"id":"call_b","function":{"name":"delete_task","arguments":"{\"task_id\":\"B\"}"}}]}`), "", two},
		"arguments that are an object": {openai.Deltas("tool_calls",
			`{"tool_calls":[{"index":0,"id":"call_a","function":{"name":"create_task","arguments":{"title":"A"}}}]}`), "", one},
		"a trailing empty fragment": {openai.Deltas("tool_calls",
			`{"tool_calls":[{"index":0,"id":"call_a","type":"function","function":{"name":"create_task","arguments":"{\"title\":\"A\"}"}}]}`,
			`{"tool_calls":[{"index":0,"type":"function","function":{"arguments":""}}]}`,
			`{"tool_calls":[{"index":1,"type":"function","function":{"arguments":""}}]}`), "", one},
		"content and a call in one delta": {openai.Deltas("tool_calls",
			`{"content":"On it.","tool_calls":[{"index":0,"id":"call_a","type":"function","function":{"name":"create_task","arguments":"{\"title\":\"A\"}"}}]}`), "On it.", one},
		"a function_call of old": {openai.Deltas("function_call",
			`{"function_call":{"name":"create_task","arguments":""}}`, `{"function_call":{"arguments":"{\"title\":\"A\"}"}}`), "",
			[]chat.ToolCall{{ID: "call_1", Name: "create_task", Arguments: `{"title":"A"}`}}},
		"a line of 70 KiB":             {openai.Completion{Pieces: []string{long}}.Reply(), long, nil},
		"an event on two data lines":   {provider.Stream("data: {\"choices\":[{\"index\":0,\ndata: \"delta\":{\"content\":\"Hello\"}}]}\n\n", openai.Finish("stop"), openai.Done), "Hello", nil},
		"lines that end with CRLF":     {provider.Stream(strings.ReplaceAll(openai.Delta(`{"content":"Hello"}`)+openai.Finish("stop")+openai.Done, "\n", "\r\n")), "Hello", nil},
		"lines that end with CR":       {provider.Stream(strings.ReplaceAll(openai.Delta(`{"content":"Hello"}`)+openai.Finish("stop")+openai.Done, "\n", "\r")), "Hello", nil},
		"comments and other fields":    {provider.Stream(": hi\n\nid: 1\nretry: 5\nevent: message\n"+openai.Delta(`{"content":"Hello"}`), ":\n\ndata:\n\n", openai.Finish("stop"), openai.Done), "Hello", nil},
		"no space after data":          {provider.Stream(strings.ReplaceAll(openai.Delta(`{"content":"Hello"}`)+openai.Finish("stop"), "data: ", "data:")), "Hello", nil},
		"a finish and no DONE":         {provider.Stream(openai.Delta(`{"content":"Hello"}`), openai.Finish("stop")), "Hello", nil},
		"a finish without a last line": {provider.Stream(openai.Delta(`{"content":"Hello"}`), strings.TrimSpace(openai.Finish("stop"))), "Hello", nil},
		"a finish and then a cut":      {openai.Deltas("", `{"content":"Hello"}`).Then(func(x *openai.Exchange) { x.Write(openai.Finish("stop")); x.Cut() }), "Hello", nil},
		"a chunk after the finish":     {provider.Stream(openai.Delta(`{"content":"Hello"}`), openai.Finish("stop"), openai.Delta(`{}`), openai.Done), "Hello", nil},
		"content in parts":             {openai.Deltas("stop", `{"content":[{"type":"thinking","text":"hm"},{"type":"text","text":"Hello"}]}`), "Hello", nil},
		"reasoning beside the text":    {openai.Deltas("stop", `{"reasoning_content":"hm"}`, `{"content":"Hello","refusal":null}`), "Hello", nil},
		"a second answer is ignored":   {provider.Stream(openai.Delta(`{"content":"Hello"}`), `data: {"choices":[{"index":1,"delta":{"content":"No"},"finish_reason":"length"}]}`+"\n\n", openai.Finish("stop")), "Hello", nil},
		"the final reason in capitals": {openai.Deltas("STOP", `{"content":"Hello"}`), "Hello", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got strings.Builder
			reply, err := open(t, openai.Start(t, row.reply).URL).Complete(t.Context(), ask("hi"), func(s string) error {
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

func TestEveryFailureOnTheWireHasItsCode(t *testing.T) {
	t.Parallel()
	limited := openai.Problem{Message: "SECRET", Type: "requests", Code: "rate_limit_exceeded"}
	for name, row := range map[string]struct {
		reply openai.Reply
		code  fault.Code
		text  string // what had been said before
	}{
		"a malformed event":                     {provider.Stream(openai.Delta(`{"content":"one "}`), "data: {SECRET\n\n", openai.Delta(`{"content":"three"}`), openai.Finish("stop")), fault.UpstreamFailed, "one "},
		"an event that is no object":            {provider.Stream("data: 5\n\n", openai.Finish("stop")), fault.UpstreamFailed, ""},
		"an error in the middle":                {openai.Failing("one ", limited), fault.UpstreamFailed, "one "},
		"an overload reported by a stream":      {openai.Failing("", limited), fault.Unavailable, ""},
		"a gateway's 502 in a stream":           {openai.Failing("", openai.Problem{Code: 502}), fault.Unavailable, ""},
		"an empty account reported by a stream": {openai.Failing("", openai.Problem{Code: "insufficient_quota"}), fault.UpstreamFailed, ""},
		"an unknown model reported by a stream": {openai.Failing("", openai.Problem{Code: "model_not_found"}), fault.ValidationFailed, ""},
		"an event named error":                  {provider.Stream("event: error\ndata: {\"message\":\"SECRET\"}\n\n", openai.Finish("stop")), fault.UpstreamFailed, ""},
		"words that are somebody's text":        {openai.Status(500, openai.Problem{Code: "You said SECRET.", Type: "SECRET!"}), fault.Unavailable, ""},
		"404 for a wrong path":                  {openai.Status(404, openai.Problem{Message: "Invalid URL", Type: "invalid_request_error"}), fault.UpstreamFailed, ""},
		"an end without a reason":               {openai.Ending("one "), fault.UpstreamFailed, "one "},
		"DONE without a reason":                 {provider.Stream(openai.Delta(`{"content":"one "}`), openai.Done), fault.UpstreamFailed, "one "},
		"an empty stream":                       {provider.Stream(), fault.UpstreamFailed, ""},
		"a cut in the middle":                   {openai.Cutting("one "), fault.UpstreamFailed, "one "},
		"a cut in the middle of an event":       {provider.Stream(openai.Delta(`{"content":"one "}`), `data: {"choices":[{"ind`).Then(func(x *openai.Exchange) { x.Cut() }), fault.UpstreamFailed, "one "},
		"a cut before anything was said":        {provider.Stream().Then(func(x *openai.Exchange) { x.Cut() }), fault.Unavailable, ""},
		"a cut before the status":               {provider.Cut(), fault.Unavailable, ""},
		"a page with status 200":                {provider.Page(), fault.UpstreamFailed, ""},
		"events that are called a page":         {provider.Body(200, "text/html", openai.Delta(`{"content":"Hello"}`)+openai.Finish("stop")), fault.UpstreamFailed, ""},
		"a page without its type":               {provider.Body(200, "text/plain", "<html>\nSECRET\n</html>"), fault.UpstreamFailed, ""},
		"an error object with status 200":       {provider.Body(200, "application/json", limited.JSON()), fault.Unavailable, ""},
		"a document without choices":            {provider.Body(200, "application/json", `{}`), fault.UpstreamFailed, ""},
		"a document that is cut off":            {provider.Body(200, "application/json", `{"choices":[{"message":{"content":"SECRET"`), fault.UpstreamFailed, ""},
		"429":                                   {openai.RateLimited("7"), fault.Unavailable, ""},
		"429 because the account is empty":      {openai.OutOfQuota(), fault.UpstreamFailed, ""},
		"500":                                   {openai.ServerError(), fault.Unavailable, ""},
		"502 with a page":                       {provider.BadGateway(), fault.Unavailable, ""},
		"408":                                   {openai.Status(408, openai.Problem{}), fault.Unavailable, ""},
		"401":                                   {openai.Status(401, openai.Problem{Message: "SECRET key", Code: "invalid_api_key"}), fault.UpstreamFailed, ""},
		"400":                                   {openai.Status(400, openai.Problem{Message: "SECRET", Type: "invalid_request_error"}), fault.UpstreamFailed, ""},
		"400 for a model":                       {openai.Status(400, openai.Problem{Code: "model_not_found"}), fault.ValidationFailed, ""},
		"400 for too long a conversation":       {openai.Status(400, openai.Problem{Code: "context_length_exceeded"}), fault.UpstreamFailed, ""},
		"404 for a model":                       {openai.UnknownModel(), fault.ValidationFailed, ""},
		"404 for a model, from Ollama":          {openai.Status(404, openai.Problem{Message: "model \"SECRET\" not found", Type: "not_found_error"}), fault.ValidationFailed, ""},
		"404 for a model, from vLLM":            {provider.Body(404, "application/json", `{"object":"error","message":"SECRET","type":"NotFoundError","code":404}`), fault.ValidationFailed, ""},
		"404 for a wrong base URL":              {provider.Body(404, "application/json", `{"detail":"Not Found"}`), fault.UpstreamFailed, ""},
		"a redirect":                            {provider.Redirect("http://127.0.0.1:1/v1/chat/completions"), fault.UpstreamFailed, ""},
		"an error that is a text":               {provider.Body(500, "application/json", `{"error":"SECRET"}`), fault.Unavailable, ""},
		"no content":                            {func(x *openai.Exchange) { x.Head(http.StatusNoContent) }, fault.UpstreamFailed, ""},
		"a refusal":                             {openai.Refusal(), fault.UpstreamFailed, ""},
		"a content filter":                      {openai.Deltas("content_filter", `{"content":"one "}`), fault.UpstreamFailed, "one "},
		"the bound of tokens":                   {openai.Deltas("length", `{"content":"one "}`), fault.UpstreamFailed, "one "},
		"a reason that nobody knows":            {openai.Deltas("gave_up", `{"content":"one "}`), fault.UpstreamFailed, "one "},
		"calls announced and not sent":          {openai.Deltas("tool_calls", `{"content":"one "}`), fault.UpstreamFailed, "one "},
		"a call without a name":                 {openai.Deltas("tool_calls", `{"tool_calls":[{"index":0,"id":"x","function":{"arguments":"{}"}}]}`), fault.UpstreamFailed, ""},
		"a call of more than 1 MiB":             {openai.Deltas("tool_calls", `{"tool_calls":[{"index":0,"id":"x","function":{"name":"y","arguments":"`+strings.Repeat("a", 1<<20)+`"}}]}`), fault.UpstreamFailed, ""},
		"129 calls":                             {provider.Stream().Then(manyCalls(129)), fault.UpstreamFailed, ""},
		"an event of more than 4 MiB":           {provider.Stream("data: " + strings.Repeat("a", 4<<20) + "a"), fault.UpstreamFailed, ""},
		"data of more than 4 MiB in lines":      {provider.Stream(strings.Repeat("data: "+strings.Repeat("a", 1<<20)+"\n", 5)), fault.UpstreamFailed, ""},
		"text of more than 4 MiB":               {openai.Deltas("stop", `{"content":"`+strings.Repeat("a", 2<<20)+`"}`, `{"content":"`+strings.Repeat("a", 2<<20)+`"}`, `{"content":"b"}`), fault.UpstreamFailed, strings.Repeat("a", 4<<20)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := openai.Start(t, row.reply)
			var got strings.Builder
			reply, err := open(t, server.URL).Complete(t.Context(), ask("SECRET"), func(s string) error {
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

// manyCalls are n whole calls in a stream that is open.
func manyCalls(n int) openai.Reply {
	return func(x *openai.Exchange) {
		for range n {
			x.Write(openai.Delta(`{"tool_calls":[{"function":{"name":"y","arguments":"{}"}}]}`))
		}
		x.Write(openai.Finish("tool_calls"))
	}
}

func TestSilenceIsATimeoutAtEveryPointOfAnAnswer(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		reply    openai.Reply
		timeouts chainllm.Timeouts
		text     string
	}{
		"before the status":       {provider.Silent(), quick, ""},
		"before the first event":  {provider.Stream().Then(provider.Silent()), quick, ""},
		"between two events":      {openai.Stalling("one "), quick, "one "},
		"with comments all along": {openai.Muttering("one "), quick, "one "},
		"in drops, for too long":  {openai.Completion{Pieces: strings.Split(strings.Repeat("a", 400), ""), Pause: 20 * time.Millisecond}.Reply(), chainllm.Timeouts{Total: 200 * time.Millisecond}, "a"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := openai.Start(t, row.reply)
			var got strings.Builder
			start := time.Now()
			_, err := open(t, server.URL, withTimeouts(row.timeouts)).Complete(t.Context(), ask("hi"), func(s string) error {
				got.WriteString(s)
				return nil
			})
			assert.Equal(t, fault.UpstreamTimeout, fault.CodeOf(err), "%v", err)
			assert.True(t, strings.HasPrefix(got.String(), row.text), "%q", got.String())
			assert.Less(t, time.Since(start), 5*time.Second)
			<-server.Last(t).Done() // the upstream call is closed
		})
	}
}

func TestAServerThatForgetsToEndAFinishedStreamCostsAMomentAndNoAnswer(t *testing.T) {
	t.Parallel()
	server := openai.Start(t, provider.Stream(openai.Delta(`{"content":"Hello"}`), openai.Finish("stop")).Then(provider.Silent()))
	start := time.Now()
	reply, err := open(t, server.URL).Complete(t.Context(), ask("hi"), nil)
	require.NoError(t, err)
	assert.Less(t, time.Since(start), patient.Idle/2)
	assert.Equal(t, "Hello", reply.Text)
	<-server.Last(t).Done()
}

func TestASlowListenerIsNoSilenceOfTheProvider(t *testing.T) {
	t.Parallel()
	server := openai.Start(t, openai.Deltas("", `{"content":"a"}`).Then(func(x *openai.Exchange) {
		x.Wait(2*quick.Idle + quick.Idle/3)
		x.Write(openai.Delta(`{"content":"b"}`) + openai.Finish("stop"))
	}))
	reply, err := open(t, server.URL, withTimeouts(quick)).Complete(t.Context(), ask("hi"), func(string) error {
		<-time.After(2 * quick.Idle) // the provider's own silence begins when this ends
		return nil
	})
	require.NoError(t, err)
	assert.Equal(t, "ab", reply.Text)
}

func TestAProviderSaysWhenToComeBack(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		headers []string
		want    any
	}{
		"seconds":       {[]string{"Retry-After: 7"}, int64(7)},
		"milliseconds":  {[]string{"Retry-After-Ms: 1500", "Retry-After: 9"}, int64(2)},
		"a date":        {[]string{"Date: Mon, 02 Nov 2026 10:00:00 GMT", "Retry-After: Mon, 02 Nov 2026 10:00:30 GMT"}, int64(30)},
		"a date passed": {[]string{"Date: Mon, 02 Nov 2026 10:00:00 GMT", "Retry-After: Mon, 02 Nov 2026 09:00:00 GMT"}, nil},
		"a year":        {[]string{"Retry-After: 31536000"}, int64(3600)},
		"no number":     {[]string{"Retry-After: soon"}, nil},
		"negative":      {[]string{"Retry-After: -5"}, nil},
		"overflowing":   {[]string{"Retry-After: 9223372036854775807"}, int64(3600)},
		"nothing":       {nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := open(t, openai.Start(t, openai.Status(429, openai.Problem{Code: "rate_limit_exceeded"}, row.headers...)).URL).Complete(t.Context(), ask("hi"), nil)
			require.Equal(t, fault.Unavailable, fault.CodeOf(err))
			assert.Equal(t, row.want, fault.From(err).Details["retry_after"])
			p, ok := errors.AsType[*chainllm.ProviderError](err)
			require.True(t, ok)
			assert.Equal(t, 429, p.Status)
			assert.Equal(t, "rate_limit_exceeded", p.Code)
		})
	}
}
