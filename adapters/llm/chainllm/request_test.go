package chainllm_test

import (
	"encoding/json"
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

// sent makes one call and returns the body of the request that it sent.
func sent(t *testing.T, req ports.LLMRequest, change ...func(*chainllm.Config)) map[string]any {
	t.Helper()
	server := openai.Start(t)
	_, err := open(t, server.URL, change...).Complete(t.Context(), req, nil)
	require.NoError(t, err)
	var body map[string]any
	server.Last(t).Decode(t, &body)
	return body
}

func TestAConversationIsSentWholeAndInOrder(t *testing.T) {
	t.Parallel()
	body := sent(t, ports.LLMRequest{
		Model: "wise-1", MaxTokens: 77,
		Messages: []chat.Message{
			{Role: chat.System, Content: "Be brief <&>."},
			{Role: chat.User, Content: "Two tasks è 🙂"},
			{Role: chat.Assistant, Content: "On it.", ToolCalls: []chat.ToolCall{{ID: "a", Name: "create_task", Arguments: `{"title":"A"}`}, {ID: "b", Name: "list_tasks"}}},
			{Role: chat.ToolRole, ToolCallID: "a", Content: `{"ok":true}`},
			{Role: chat.ToolRole, ToolCallID: "b", Content: ""},
			{Role: chat.Assistant, ToolCalls: []chat.ToolCall{{ID: "c", Name: "create_task", Arguments: `{"broken`}}},
			{Role: chat.ToolRole, ToolCallID: "c", Content: "That is no JSON."},
		},
		Tools: []chat.ToolSpec{
			{Name: "create_task", Description: "Creates.", Schema: json.RawMessage(`{"type":"object","$defs":{"x":{"type":["string","null"],"minLength":1}},"properties":{"title":{"anyOf":[{"$ref":"#/$defs/x"},{"const":null}]}},"additionalProperties":false}`)},
			{Name: "list_tasks", Description: "Lists."},
		},
	})
	want := `{
		"model": "wise-1", "max_completion_tokens": 77, "stream": true, "stream_options": {"include_usage": true},
		"messages": [
			{"role": "system", "content": "Be brief <&>."},
			{"role": "user", "content": "Two tasks è 🙂"},
			{"role": "assistant", "content": "On it.", "tool_calls": [
				{"id": "a", "type": "function", "function": {"name": "create_task", "arguments": "{\"title\":\"A\"}"}},
				{"id": "b", "type": "function", "function": {"name": "list_tasks", "arguments": "{}"}}]},
			{"role": "tool", "tool_call_id": "a", "content": "{\"ok\":true}"},
			{"role": "tool", "tool_call_id": "b", "content": ""},
			{"role": "assistant", "content": "", "tool_calls": [{"id": "c", "type": "function", "function": {"name": "create_task", "arguments": "{\"not_an_object\":\"{\\\"broken\"}"}}]},
			{"role": "tool", "tool_call_id": "c", "content": "That is no JSON."}],
		"tools": [
			{"type": "function", "function": {"name": "create_task", "description": "Creates.", "parameters": {"type":"object","$defs":{"x":{"type":["string","null"],"minLength":1}},"properties":{"title":{"anyOf":[{"$ref":"#/$defs/x"},{"const":null}]}},"additionalProperties":false}}},
			{"type": "function", "function": {"name": "list_tasks", "description": "Lists.", "parameters": {"type": "object", "properties": {}}}}]
	}`
	var wanted map[string]any
	require.NoError(t, json.Unmarshal([]byte(want), &wanted))
	assert.Equal(t, wanted, body)
}

func TestSettingsDecideWhatARequestLeavesOpen(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		req    ports.LLMRequest
		change func(*chainllm.Config)
		field  string
		want   any // nil: must not be sent
	}{
		"the default model":                {ask("hi"), func(*chainllm.Config) {}, "model", "standard"},
		"no temperature":                   {ask("hi"), func(*chainllm.Config) {}, "temperature", nil},
		"no bound":                         {ask("hi"), func(*chainllm.Config) {}, "max_completion_tokens", nil},
		"a negative bound is none":         {ports.LLMRequest{MaxTokens: -1, Messages: ask("hi").Messages}, func(*chainllm.Config) {}, "max_completion_tokens", nil},
		"the default bound":                {ask("hi"), func(c *chainllm.Config) { c.MaxTokens = 50 }, "max_completion_tokens", 50.0},
		"the request's own bound":          {ports.LLMRequest{MaxTokens: 9, Messages: ask("hi").Messages}, func(c *chainllm.Config) { c.MaxTokens = 50 }, "max_completion_tokens", 9.0},
		"the old name of the bound":        {ask("hi"), func(c *chainllm.Config) { c.MaxTokens, c.LegacyMaxTokens = 50, true }, "max_tokens", 50.0},
		"the old name alone":               {ask("hi"), func(c *chainllm.Config) { c.MaxTokens, c.LegacyMaxTokens = 50, true }, "max_completion_tokens", nil},
		"no metadata":                      {ask("hi"), func(c *chainllm.Config) { c.LegacyMaxTokens = true }, "metadata", nil},
		"parallel calls by default":        {ask("hi"), func(*chainllm.Config) {}, "parallel_tool_calls", nil},
		"one call at a time":               {ask("hi"), func(c *chainllm.Config) { c.SerialToolCalls = true }, "parallel_tool_calls", false},
		"one call at a time without tools": {ports.LLMRequest{Messages: ask("hi").Messages}, func(c *chainllm.Config) { c.SerialToolCalls = true }, "parallel_tool_calls", nil},
		"no tools":                         {ports.LLMRequest{Messages: ask("hi").Messages}, func(*chainllm.Config) {}, "tools", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			value, there := sent(t, row.req, row.change)[row.field]
			assert.Equal(t, row.want, value)
			assert.Equal(t, row.want != nil, there)
		})
	}
}

func TestTheKeyIsSentWhereThereIsOne(t *testing.T) {
	t.Parallel()
	server := openai.Start(t)
	_, err := open(t, server.URL).Complete(t.Context(), ask("hi"), nil)
	require.NoError(t, err)
	assert.Equal(t, "Bearer key-1", server.Last(t).Header.Get("Authorization"))

	_, err = open(t, server.URL+"/", func(c *chainllm.Config) { c.APIKey = "" }).Complete(t.Context(), ask("hi"), nil)
	require.NoError(t, err)
	assert.NotContains(t, server.Last(t).Header, "Authorization")
	assert.Equal(t, "/v1/chat/completions", server.Last(t).Path)
}

func TestTheEnvironmentRedirectsNothing(t *testing.T) {
	elsewhere := openai.Start(t)
	for _, name := range []string{"OPENAI_BASE_URL", "OPENAI_API_BASE"} {
		t.Setenv(name, elsewhere.URL)
	}
	t.Setenv("OPENAI_API_KEY", "stolen")
	t.Setenv("OPENAI_MODEL", "other")
	t.Setenv("OPENAI_ORGANIZATION", "other")

	server := openai.Start(t)
	_, err := open(t, server.URL, func(c *chainllm.Config) { c.APIKey = "" }).Complete(t.Context(), ask("hi"), nil)
	require.NoError(t, err)
	assert.Empty(t, elsewhere.Requests())
	got := server.Last(t)
	assert.NotContains(t, got.Header, "Authorization")
	assert.NotContains(t, got.Header, "Openai-Organization")
	var body struct{ Model string }
	got.Decode(t, &body)
	assert.Equal(t, "standard", body.Model)
}

func TestARedirectTakesNeitherTheConversationNorTheKeyElsewhere(t *testing.T) {
	t.Parallel()
	elsewhere := openai.Start(t)
	server := openai.Start(t, provider.Redirect(elsewhere.URL+"/chat/completions"))
	_, err := open(t, server.URL).Complete(t.Context(), ask("hi"), nil)
	require.Error(t, err)
	assert.Empty(t, elsewhere.Requests())
}

func TestCallsGetIdsThatTheConversationDoesNotHave(t *testing.T) {
	t.Parallel()
	req := ask("hi")
	req.Messages = append(req.Messages, chat.Message{Role: chat.Assistant, ToolCalls: []chat.ToolCall{{ID: "call_1", Name: "x"}, {ID: "call_2", Name: "x"}}})
	server := openai.Start(t, openai.Completion{Calls: []openai.Call{{ID: "call_1", Name: "a"}, {Name: "b"}, {ID: "call_4", Name: "c"}}}.Reply())
	reply, err := open(t, server.URL).Complete(t.Context(), req, nil)
	require.NoError(t, err)
	assert.Equal(t, []chat.ToolCall{{ID: "call_3", Name: "a"}, {ID: "call_5", Name: "b"}, {ID: "call_4", Name: "c"}}, reply.ToolCalls)
}

func TestAModelThatTheClientDidNotChooseIsNotHeldAgainstIt(t *testing.T) {
	t.Parallel()
	llm := open(t, openai.Start(t, openai.UnknownModel(), openai.Status(403, openai.Problem{Code: "model_not_found"})).URL)
	_, err := llm.Complete(t.Context(), ask("hi"), nil)
	require.Equal(t, fault.ValidationFailed, fault.CodeOf(err))
	assert.Empty(t, fault.From(err).Fields)

	req := ask("hi")
	req.Model = "gpt-9"
	_, err = llm.Complete(t.Context(), req, nil)
	require.Equal(t, fault.ValidationFailed, fault.CodeOf(err))
	assert.Equal(t, []fault.Field{{Location: "body.model", Message: "must be a model that exists"}}, fault.From(err).Fields)
}

func TestBrokenSettingsAreRefusedAtStartUp(t *testing.T) {
	t.Parallel()
	good := chainllm.Config{BaseURL: "https://api.openai.com/v1", Model: "m"}
	for name, change := range map[string]func(*chainllm.Config){
		"no URL":             func(c *chainllm.Config) { c.BaseURL = "" },
		"no scheme":          func(c *chainllm.Config) { c.BaseURL = "api.openai.com/v1" },
		"another scheme":     func(c *chainllm.Config) { c.BaseURL = "file:///v1" },
		"credentials":        func(c *chainllm.Config) { c.BaseURL = "https://u:p@api.openai.com/v1" },
		"a query":            func(c *chainllm.Config) { c.BaseURL = "https://api.openai.com/v1?key=x" },
		"no model":           func(c *chainllm.Config) { c.Model = "" },
		"a negative bound":   func(c *chainllm.Config) { c.MaxTokens = -1 },
		"a negative timeout": func(c *chainllm.Config) { c.Timeouts.Idle = -time.Second },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := good
			change(&config)
			_, err := chainllm.New(config)
			assert.Equal(t, fault.NotConfigured, fault.CodeOf(err), "%v", err)
		})
	}
	_, err := chainllm.New(good)
	require.NoError(t, err)
}

func TestWhatCannotBeSentIsAFaultOfOurs(t *testing.T) {
	t.Parallel()
	server := openai.Start(t)
	llm := open(t, server.URL)
	for name, req := range map[string]ports.LLMRequest{
		"a schema that is no JSON": {Messages: ask("hi").Messages, Tools: []chat.ToolSpec{{Name: "x", Schema: json.RawMessage(`{`)}}},
		"a role that nobody has":   {Messages: []chat.Message{{Role: "critic", Content: "hi"}}},
	} {
		_, err := llm.Complete(t.Context(), req, nil)
		assert.Equal(t, fault.Internal, fault.CodeOf(err), "%s: %v", name, err)
	}
	assert.Empty(t, server.Requests())
}
