package anthropic_test

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
	"github.com/adiuva/cloud/ports"
	"github.com/adiuva/cloud/ports/porttest"
	"github.com/adiuva/cloud/test/fakes/anthropic"
)

func TestAnthropicBehindRetriesAndFallbackKeepsTheContract(t *testing.T) {
	t.Parallel()
	porttest.LLM(t, func(t porttest.T) porttest.LLMWire {
		return anthropic.Wire(t, func(url string) ports.LLM {
			llm, err := chainllm.NewAnthropic(chainllm.Config{BaseURL: url, Model: "standard", Timeouts: chainllm.Timeouts{FirstToken: time.Second}})
			require.NoError(t, err)
			t.Cleanup(llm.Close)
			steady, err := steadyllm.New([]steadyllm.Provider{{Name: "a", LLM: llm}}, steadyllm.Config{Backoff: time.Millisecond}, steadyllm.Hooks{})
			require.NoError(t, err)
			return steady
		})
	})
}

// post sends a body as a client of the real one does.
func post(t *testing.T, url, body string) (status int, brokenRule string, raw []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/messages", strings.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Anthropic-Version", "2023-06-01")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	raw, err = io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, resp.Header.Get("X-Broken-Rule"), raw
}

func TestARequestThatWantsNoStreamGetsOneDocument(t *testing.T) {
	t.Parallel()
	server := anthropic.Start(t, anthropic.Message{Pieces: []string{"Hel", "lo"}, Calls: []anthropic.Call{{ID: "a", Name: "x", Input: `{"y":1}`}}, Input: 3, Output: 4}.Reply())
	_, _, raw := post(t, server.URL, `{"model":"m","max_tokens":1,"messages":[{"role":"user","content":[{"type":"text","text":"hi"}]}]}`)
	var got struct {
		Model      string
		Content    []map[string]any
		StopReason string `json:"stop_reason"`
		Usage      map[string]int
	}
	require.NoError(t, json.Unmarshal(raw, &got))
	assert.Equal(t, "m", got.Model)
	assert.Equal(t, []map[string]any{
		{"type": "text", "text": "Hello"}, {"type": "tool_use", "id": "a", "name": "x", "input": map[string]any{"y": 1.0}},
	}, got.Content)
	assert.Equal(t, "tool_use", got.StopReason)
	assert.Equal(t, map[string]int{"input_tokens": 3, "output_tokens": 4}, got.Usage)
}

func TestRequestsThatTheRealOneRefusesAreRefused(t *testing.T) {
	t.Parallel()
	const hi = `{"role":"user","content":[{"type":"text","text":"hi"}]}`
	const call = `{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"x","input":{}},{"type":"tool_use","id":"b","name":"x","input":{}}]}`
	const tools = `,"tools":[{"name":"x","input_schema":{"type":"object"}}]`
	result := func(ids ...string) string {
		var parts []string
		for _, id := range ids {
			parts = append(parts, `{"type":"tool_result","tool_use_id":"`+id+`","content":"ok"}`)
		}
		return `{"role":"user","content":[` + strings.Join(parts, ",") + `]}`
	}
	server := anthropic.Start(t)
	for name, row := range map[string]struct{ messages, more, rule string }{
		"fine":                      {hi, "", ""},
		"fine, with tools":          {hi + "," + call + "," + result("a", "b"), tools, ""},
		"no messages":               {"", "", "the first message"},
		"the model begins":          {`{"role":"assistant","content":[{"type":"text","text":"hi"}]}`, "", "the first message"},
		"the user twice":            {hi + "," + hi, "", "roles do not alternate"},
		"blank text":                {`{"role":"user","content":[{"type":"text","text":" "}]}`, "", "a part cannot be"},
		"nothing said":              {`{"role":"user","content":[]}`, "", "a message is empty"},
		"a system message":          {hi + `,{"role":"system","content":[{"type":"text","text":"hi"}]}`, "", "roles do not alternate"},
		"results in messages apart": {hi + "," + call + "," + result("a") + "," + result("b"), tools, "calls without results"},
		"a result of another call":  {hi + "," + call + "," + result("a", "c"), tools, "a part cannot be"},
		"text before results":       {hi + "," + call + `,{"role":"user","content":[{"type":"text","text":"hi"},{"type":"tool_result","tool_use_id":"a"},{"type":"tool_result","tool_use_id":"b"}]}`, tools, "a part cannot be"},
		"calls without tools":       {hi + "," + call + "," + result("a", "b"), "", "a part cannot be"},
		"an id with a dot":          {hi + `,{"role":"assistant","content":[{"type":"tool_use","id":"a.b","name":"x","input":{}}]}`, tools, "a part cannot be"},
		"an input that is a text":   {hi + `,{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"x","input":"{}"}]}`, tools, "no JSON of the right shape"},
		"a temperature":             {hi, `,"temperature":0`, "a temperature"},
		"no bound":                  {hi, `,"max_tokens":0`, "no model or no max_tokens"},
		"blank instructions":        {hi, `,"system":""`, "system is blank"},
		"a tool without a description of its arguments": {hi, `,"tools":[{"name":"x"}]`, "a tool's input_schema"},
	} {
		status, broken, raw := post(t, server.URL, `{"model":"m","max_tokens":1,"messages":[`+row.messages+`]`+row.more+`}`)
		if row.rule == "" {
			assert.Equal(t, http.StatusOK, status, "%s: %s", name, broken)
			continue
		}
		assert.Equal(t, http.StatusBadRequest, status, name)
		assert.Contains(t, broken, row.rule, name)
		assert.Contains(t, string(raw), "invalid_request_error", name)
	}
}
