package chainllm_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/llm/chainllm"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/ports"
	"github.com/adiuva/cloud/test/fakes/anthropic"
)

// sentToAnthropic makes one call and returns the body of the request that it sent. The server refuses what the real one would.
func sentToAnthropic(t *testing.T, req ports.LLMRequest, change ...func(*chainllm.Config)) map[string]any {
	t.Helper()
	server := anthropic.Start(t)
	_, err := openAnthropic(t, server.URL, change...).Complete(t.Context(), req, nil)
	var body map[string]any
	server.Last(t).Decode(t, &body)
	require.NoError(t, err, "%s", server.Last(t).Body)
	return body
}

func TestAConversationIsSentToAnthropicAsItWantsIt(t *testing.T) {
	t.Parallel()
	body := sentToAnthropic(t, ports.LLMRequest{
		Model: "wise-1", MaxTokens: 77,
		Messages: []chat.Message{
			{Role: chat.System, Content: "Be brief <&>."},
			{Role: chat.System, Content: "Be kind."},
			{Role: chat.User, Content: "Two tasks è 🙂"},
			{Role: chat.User, Content: " \n"},
			{Role: chat.Assistant, Content: "On it.", ToolCalls: []chat.ToolCall{{ID: "a", Name: "create_task", Arguments: `{"z":12345678901234567890,"a":1.50}`}, {ID: "b", Name: "list_tasks"}}},
			{Role: chat.ToolRole, ToolCallID: "a", Content: `{"ok":true}`},
			{Role: chat.ToolRole, ToolCallID: "b", Content: ""},
			{Role: chat.User, Content: "And?"},
			{Role: chat.Assistant, ToolCalls: []chat.ToolCall{{ID: "c.1/é", Name: "create_task", Arguments: `{"broken`}}},
			{Role: chat.User, Content: "Well?"},
			{Role: chat.ToolRole, ToolCallID: "c.1/é", Content: "That is no JSON."},
		},
		Tools: []chat.ToolSpec{
			{Name: "create_task", Description: "Creates.", Schema: json.RawMessage(`{"type":"object","properties":{"title":{"anyOf":[{"type":"string"},{"const":null}]}},"additionalProperties":false}`)},
			{Name: "list_tasks", Description: "Lists."},
		},
	})
	want := `{
		"model": "wise-1", "max_tokens": 77, "stream": true, "system": "Be brief <&>.\n\nBe kind.",
		"messages": [
			{"role": "user", "content": [{"type": "text", "text": "Two tasks è 🙂"}]},
			{"role": "assistant", "content": [
				{"type": "text", "text": "On it."},
				{"type": "tool_use", "id": "a", "name": "create_task", "input": {"z": 12345678901234567890, "a": 1.50}},
				{"type": "tool_use", "id": "b", "name": "list_tasks", "input": {}}]},
			{"role": "user", "content": [
				{"type": "tool_result", "tool_use_id": "a", "content": "{\"ok\":true}"},
				{"type": "tool_result", "tool_use_id": "b"},
				{"type": "text", "text": "And?"}]},
			{"role": "assistant", "content": [{"type": "tool_use", "id": "id_632e312fc3a9", "name": "create_task", "input": {"not_an_object": "{\"broken"}}]},
			{"role": "user", "content": [
				{"type": "tool_result", "tool_use_id": "id_632e312fc3a9", "content": "That is no JSON."},
				{"type": "text", "text": "Well?"}]}],
		"tools": [
			{"name": "create_task", "description": "Creates.", "input_schema": {"type":"object","properties":{"title":{"anyOf":[{"type":"string"},{"const":null}]}},"additionalProperties":false}},
			{"name": "list_tasks", "description": "Lists.", "input_schema": {"type": "object", "properties": {}}}]
	}`
	var wanted map[string]any
	require.NoError(t, json.Unmarshal([]byte(want), &wanted))
	assert.Equal(t, wanted, body)
}

func TestANumberOfACallIsSentToAnthropicAsItWasWritten(t *testing.T) {
	t.Parallel()
	server := anthropic.Start(t)
	_, err := openAnthropic(t, server.URL).Complete(t.Context(), ports.LLMRequest{
		Messages: []chat.Message{
			{Role: chat.User, Content: "hi"},
			{Role: chat.Assistant, ToolCalls: []chat.ToolCall{{ID: "a", Name: "create_task", Arguments: `{"z":12345678901234567890,"a":1.50}`}}},
			{Role: chat.ToolRole, ToolCallID: "a", Content: "ok"},
		},
		Tools: ask("hi").Tools,
	}, nil)
	require.NoError(t, err)
	assert.Contains(t, string(server.Last(t).Body), `"input":{"z":12345678901234567890,"a":1.50}`)
}

func TestSettingsDecideWhatARequestToAnthropicLeavesOpen(t *testing.T) {
	t.Parallel()
	plain := func(*chainllm.Config) {}
	serial := func(c *chainllm.Config) { c.SerialToolCalls = true }
	used := ports.LLMRequest{Messages: []chat.Message{
		{Role: chat.Assistant, Content: "Good morning."},
		{Role: chat.User, Content: "hi"},
		{Role: chat.Assistant, ToolCalls: []chat.ToolCall{{ID: "a", Name: "x"}, {ID: "b", Name: "x"}}},
		{Role: chat.ToolRole, ToolCallID: "a"}, {Role: chat.ToolRole, ToolCallID: "b"},
	}}
	for name, row := range map[string]struct {
		req    ports.LLMRequest
		change func(*chainllm.Config)
		field  string
		want   any // nil: must not be sent
	}{
		"the default model":         {ask("hi"), plain, "model", "standard"},
		"a bound all the same":      {ask("hi"), plain, "max_tokens", 4096.0},
		"the default bound":         {ask("hi"), func(c *chainllm.Config) { c.MaxTokens = 50 }, "max_tokens", 50.0},
		"the request's own bound":   {ports.LLMRequest{MaxTokens: 9, Messages: ask("hi").Messages}, plain, "max_tokens", 9.0},
		"no metadata":               {ask("hi"), func(c *chainllm.Config) { c.LegacyMaxTokens = true }, "metadata", nil},
		"no instructions":           {ask("hi"), plain, "system", nil},
		"parallel calls by default": {ask("hi"), plain, "tool_choice", nil},
		"one call at a time":        {ask("hi"), serial, "tool_choice", map[string]any{"type": "auto", "disable_parallel_tool_use": true}},
		"one at a time, no tools":   {ports.LLMRequest{Messages: ask("hi").Messages}, serial, "tool_choice", nil},
		"tools of the history":      {used, plain, "tools", []any{map[string]any{"name": "x", "input_schema": map[string]any{"type": "object"}}}},
		"that must not be used":     {used, plain, "tool_choice", map[string]any{"type": "none"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			value, there := sentToAnthropic(t, row.req, row.change)[row.field]
			assert.Equal(t, row.want, value)
			assert.Equal(t, row.want != nil, there)
		})
	}
}

func TestTheKeyOfAnthropicIsSentWhereThereIsOne(t *testing.T) {
	t.Parallel()
	server := anthropic.Start(t)
	for key, want := range map[string][]string{"key-1": {"key-1"}, "": nil} {
		_, err := openAnthropic(t, server.URL, func(c *chainllm.Config) { c.APIKey = key }).Complete(t.Context(), ask("hi"), nil)
		require.NoError(t, err)
		assert.Equal(t, want, server.Last(t).Header.Values("X-Api-Key"))
		assert.Equal(t, "2023-06-01", server.Last(t).Header.Get("Anthropic-Version"))
		assert.Empty(t, server.Last(t).Header.Values("Authorization"))
	}
}
