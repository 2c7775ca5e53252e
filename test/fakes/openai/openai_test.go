package openai_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/llm/chainllm"
	"github.com/adiuva/cloud/adapters/llm/steadyllm"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/ports"
	"github.com/adiuva/cloud/ports/porttest"
	"github.com/adiuva/cloud/test/fakes/openai"
	"github.com/adiuva/cloud/test/fakes/provider"
)

// steady is the chain as a server runs it: providers on the wire, with retries, breakers and fallback around them.
func steady(t porttest.T, urls ...string) *steadyllm.LLM {
	var providers []steadyllm.Provider
	for i, url := range urls {
		llm, err := chainllm.New(chainllm.Config{BaseURL: url, Model: "standard", Timeouts: chainllm.Timeouts{FirstToken: time.Second}})
		require.NoError(t, err)
		t.Cleanup(llm.Close)
		providers = append(providers, steadyllm.Provider{Name: string(rune('a' + i)), LLM: llm})
	}
	llm, err := steadyllm.New(providers, steadyllm.Config{Backoff: time.Millisecond}, steadyllm.Hooks{})
	require.NoError(t, err)
	return llm
}

func TestProvidersOnTheWireBehindRetriesAndFallbackKeepTheContract(t *testing.T) {
	t.Parallel()
	porttest.LLM(t, func(t porttest.T) porttest.LLMWire {
		return openai.Wire(t, func(url string) ports.LLM { return steady(t, url) })
	})
}

func TestATroubledProviderIsAskedAgainAndADeadOneIsReplaced(t *testing.T) {
	t.Parallel()
	troubled := openai.Start(t, openai.ServerError(), provider.Cut(), openai.Completion{Pieces: []string{"third"}}.Reply(), openai.OutOfQuota())
	spare := openai.Start(t, openai.Completion{Pieces: []string{"spare"}}.Reply())
	llm := steady(t, troubled.URL, spare.URL)
	req := ports.LLMRequest{Messages: []chat.Message{{Role: chat.User, Content: "hi"}}}

	reply, err := llm.Complete(t.Context(), req, nil)
	require.NoError(t, err)
	assert.Equal(t, "third", reply.Text)
	assert.Len(t, troubled.Requests(), 3)
	assert.Empty(t, spare.Requests())

	reply, err = llm.Complete(t.Context(), req, nil)
	require.NoError(t, err)
	assert.Equal(t, "spare", reply.Text)
	assert.Len(t, troubled.Requests(), 4, "an empty account is not asked twice")
}

func TestARequestThatWantsNoStreamGetsOneDocument(t *testing.T) {
	t.Parallel()
	server := openai.Start(t, openai.Completion{Pieces: []string{"Hel", "lo"}, Calls: []openai.Call{{ID: "a", Name: "x", Arguments: "{}"}}, Prompt: 3, Completion: 4}.Reply())
	resp, err := http.Post(server.URL+"/chat/completions", "application/json", strings.NewReader(`{"model":"m"}`))
	require.NoError(t, err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	var got struct {
		Model   string
		Choices []struct {
			Message struct {
				Content   string
				ToolCalls []any `json:"tool_calls"`
			}
			FinishReason string `json:"finish_reason"`
		}
		Usage map[string]int
	}
	require.NoError(t, json.Unmarshal(raw, &got))
	assert.Equal(t, "m", got.Model)
	require.Len(t, got.Choices, 1)
	assert.Equal(t, "Hello", got.Choices[0].Message.Content)
	assert.Len(t, got.Choices[0].Message.ToolCalls, 1)
	assert.Equal(t, "tool_calls", got.Choices[0].FinishReason)
	assert.Equal(t, map[string]int{"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}, got.Usage)
}
