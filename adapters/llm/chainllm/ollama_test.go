package chainllm_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/llm/chainllm"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/ports"
	"github.com/adiuva/cloud/test/fakes/openai"
	"github.com/adiuva/cloud/test/fakes/provider"
)

// asOllama are the settings with which Ollama is asked: no key, and the old name of the bound, which is the one it knows.
func asOllama(c *chainllm.Config) { c.APIKey, c.LegacyMaxTokens, c.MaxTokens = "", true, 64 }

// What Ollama's endpoint for OpenAI's protocol sends otherwise: each call whole in one delta and, in older versions, all
// with index 0; the role in every chunk; thoughts under "reasoning"; in older versions no usage, even if it is asked for.
func TestOllamaIsReadRightly(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		reply provider.Reply
		want  ports.LLMReply
	}{
		"text": {openai.Deltas("stop", `{"role":"assistant","content":"Hel"}`, `{"role":"assistant","content":"lo"}`, `{"role":"assistant","content":""}`),
			ports.LLMReply{Text: "Hello", Model: "test", Usage: chat.Usage{PromptTokens: 10, CompletionTokens: 2}, Estimated: true}},
		"thoughts": {openai.Deltas("stop", `{"role":"assistant","content":"","reasoning":"hm, "}`, `{"role":"assistant","content":"Hello"}`),
			ports.LLMReply{Text: "Hello", Model: "test", Usage: chat.Usage{PromptTokens: 10, CompletionTokens: 3}, Estimated: true}},
		"parallel calls in one delta, all with index 0": {openai.Deltas("tool_calls",
			`{"role":"assistant","content":"","tool_calls":[{"id":"call_a","index":0,"type":"function","function":{"name":"create_task","arguments":"{\"title\":\"A\"}"}},{"id":"call_b","index":0,"type":"function","function":{"name":"delete_task","arguments":"{\"task_id\":\"B\"}"}}]}`),
			ports.LLMReply{ToolCalls: two, Model: "test", Usage: chat.Usage{PromptTokens: 10, CompletionTokens: 16}, Estimated: true}},
		"parallel calls in deltas of their own, of the same tool": {openai.Deltas("stop",
			`{"role":"assistant","content":"","tool_calls":[{"id":"call_a","index":0,"type":"function","function":{"name":"create_task","arguments":"{\"title\":\"A\"}"}}]}`,
			`{"role":"assistant","content":"","tool_calls":[{"id":"call_c","index":0,"type":"function","function":{"name":"create_task","arguments":"{\"title\":\"C\"}"}}]}`),
			ports.LLMReply{ToolCalls: []chat.ToolCall{two[0], {ID: "call_c", Name: "create_task", Arguments: `{"title":"C"}`}}, Model: "test",
				Usage: chat.Usage{PromptTokens: 10, CompletionTokens: 15}, Estimated: true}},
		"usage in a chunk of its own": {provider.Stream(openai.Delta(`{"content":"Hello"}`), openai.Finish("stop"), usageLine(`{"prompt_tokens":26,"completion_tokens":3,"total_tokens":29}`), openai.Done),
			ports.LLMReply{Text: "Hello", Model: "test", Usage: chat.Usage{PromptTokens: 26, CompletionTokens: 3}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := openai.Start(t, row.reply)
			reply, err := open(t, server.URL, asOllama).Complete(t.Context(), short, nil)
			require.NoError(t, err)
			assert.Equal(t, row.want, reply)
			assert.Empty(t, server.Last(t).Header.Values("Authorization"))
			var body map[string]any
			server.Last(t).Decode(t, &body)
			assert.InDelta(t, 64, body["max_tokens"], 0)
			assert.NotContains(t, body, "max_completion_tokens")
		})
	}
}

func TestOllamaWithoutTheModelIsAModelThatDoesNotExist(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"not_found_error", "api_error"} { // the latter in older versions
		reply := openai.Status(404, openai.Problem{Message: `model "SECRET" not found, try pulling it first`, Type: kind})
		_, err := open(t, openai.Start(t, reply).URL, asOllama).Complete(t.Context(), ports.LLMRequest{Model: "llama9", Messages: short.Messages}, nil)
		assert.Equal(t, fault.ValidationFailed, fault.CodeOf(err), "%s: %v", kind, err)
	}
}

// Ollama refuses a conversation in which the arguments of a call are no object, and would refuse it for ever.
func TestAHistoryWithArgumentsThatAreNoObjectIsMended(t *testing.T) {
	t.Parallel()
	for written, want := range map[string]string{
		`{"a":1}`: `{"a":1}`, "": `{}`, `{"a`: `{"not_an_object":"{\"a"}`, `[1]`: `{"not_an_object":"[1]"}`, `null`: `{"not_an_object":"null"}`, `{"a":1}}`: `{"not_an_object":"{\"a\":1}}"}`,
	} {
		var body struct {
			Messages []struct {
				ToolCalls []struct{ Function struct{ Arguments string } } `json:"tool_calls"`
			}
		}
		server := openai.Start(t)
		_, err := open(t, server.URL, asOllama).Complete(t.Context(), ports.LLMRequest{Messages: []chat.Message{
			{Role: chat.User, Content: "hi"}, {Role: chat.Assistant, ToolCalls: []chat.ToolCall{{ID: "a", Name: "x", Arguments: written}}}, {Role: chat.ToolRole, ToolCallID: "a"},
		}}, nil)
		require.NoError(t, err)
		server.Last(t).Decode(t, &body)
		assert.Equal(t, want, body.Messages[1].ToolCalls[0].Function.Arguments)
	}
}
