package faults

import (
	"maps"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/cmd/assembly"
	"github.com/adiuva/cloud/test/fakes/anthropic"
	"github.com/adiuva/cloud/test/fakes/openai"
	"github.com/adiuva/cloud/test/fakes/provider"
	"github.com/adiuva/cloud/test/harness"
)

// models are providers on the wire and a server that asks them: OpenAI first, then Anthropic, then Ollama.
type models struct {
	openAI, anthropic, ollama *provider.Server
	*harness.Server
}

func withModels(t *testing.T, more map[string]string) models {
	t.Helper()
	m := models{openAI: openai.Start(t), anthropic: anthropic.Start(t), ollama: openai.Start(t)}
	m.openAI.Always(openai.Completion{Pieces: []string{"This is ", "OpenAI."}, Prompt: 100, Completion: 10}.Reply())
	m.anthropic.Always(anthropic.Message{Pieces: []string{"This is ", "Anthropic."}, Input: 200, Output: 20}.Reply())
	m.ollama.Always(openai.Completion{Pieces: []string{"This is ", "Ollama."}, Prompt: 400, Completion: 40}.Reply())
	settings := harness.InMemory()
	maps.Copy(settings, map[string]string{
		"OPENAI_API_KEY": "key-o", "OPENAI_BASE_URL": m.openAI.URL, "ANTHROPIC_API_KEY": "key-a", "ANTHROPIC_BASE_URL": m.anthropic.URL, "OLLAMA_URL": m.ollama.URL,
		"LLM_MODELS": "gpt-4.1,anthropic:claude-opus-4-8,ollama:llama3:8b",
	})
	maps.Copy(settings, more)
	m.Server = harness.Serve(t, settings, assembly.Overrides{})
	return m
}

// user is a new one of this tier.
func (m models) user(t *testing.T, tier string) *harness.Client {
	t.Helper()
	c := harness.SignUp(t, m.URL)
	if tier != "free" {
		m.SetTier(t, c.Email, tier)
	}
	return c
}

type said struct {
	Response, Model string
	Actions         []struct{ Type string }
	Usage           map[string]int
}

func (m models) ask(t *testing.T, user *harness.Client, model string) said {
	t.Helper()
	body := map[string]any{"message": "Add a task to buy milk"}
	if model != "" {
		body["model"] = model
	}
	var answer said
	user.Expect(t, http.StatusOK, http.MethodPost, "/chat", body).Decode(t, &answer)
	return answer
}

// asked are the models that a provider was asked for, in order.
func asked(t *testing.T, s *provider.Server) []string {
	t.Helper()
	var names []string
	for _, r := range s.Requests() {
		var body struct{ Model string }
		r.Decode(t, &body)
		names = append(names, body.Model)
	}
	return names
}

func TestWhenTheFirstProviderIsDownTheNextOneAnswersAndSaysSo(t *testing.T) {
	t.Parallel()
	m := withModels(t, nil)
	user := m.user(t, "free")
	answer := m.ask(t, user, "")
	assert.Equal(t, said{Response: "This is OpenAI.", Model: "gpt-4o", Usage: answer.Usage, Actions: answer.Actions}, answer)
	assert.Equal(t, []string{"gpt-4o-mini", "gpt-4o"}, asked(t, m.openAI), "a small one routes, the real one answers")

	m.openAI.Close()
	answer = m.ask(t, user, "")
	assert.Equal(t, "This is Anthropic.", answer.Response)
	assert.Equal(t, "claude-sonnet-4-6", answer.Model)
	assert.Equal(t, []string{"claude-haiku-4-5", "claude-sonnet-4-6"}, asked(t, m.anthropic))
	assert.Equal(t, 400, answer.Usage["prompt_tokens"])
	assert.Equal(t, 40, answer.Usage["completion_tokens"])

	m.anthropic.Always(anthropic.Overloaded())
	answer = m.ask(t, user, "")
	assert.Equal(t, "This is Ollama.", answer.Response)
	assert.Equal(t, "llama3.1", answer.Model)
	assert.Equal(t, []string{"llama3.1", "llama3.1"}, asked(t, m.ollama), "without a small one, the one that there is does it all")
	var sent map[string]any
	m.ollama.Last(t).Decode(t, &sent)
	assert.Positive(t, sent["max_tokens"], "the only bound that Ollama knows")

	m.ollama.Close()
	refusal := user.Send(t, http.MethodPost, "/chat", map[string]any{"message": "hello"})
	assert.Equal(t, http.StatusServiceUnavailable, refusal.Status, "%s", refusal.Body)
	assert.Equal(t, "unavailable", refusal.Code())
	assert.NotEmpty(t, refusal.Header.Get("Retry-After"))
}

func TestAModelThatWasChosenIsAskedOfTheProviderThatHasIt(t *testing.T) {
	t.Parallel()
	m := withModels(t, nil)
	pro, free := m.user(t, "pro"), m.user(t, "free")
	answer := m.ask(t, pro, "claude-opus-4-8")
	assert.Equal(t, "This is Anthropic.", answer.Response)
	assert.Equal(t, "claude-opus-4-8", answer.Model)
	assert.Equal(t, []string{"claude-opus-4-8"}, asked(t, m.anthropic))
	assert.Equal(t, []string{"gpt-4o-mini"}, asked(t, m.openAI), "who routes is not the user's choice")
	assert.Equal(t, "llama3:8b", m.ask(t, pro, "llama3:8b").Model)
	assert.Equal(t, "gpt-4.1", m.ask(t, pro, "gpt-4.1").Model)

	m.anthropic.Always(anthropic.Overloaded())
	answer = m.ask(t, pro, "claude-opus-4-8")
	assert.Equal(t, "This is OpenAI.", answer.Response)
	assert.Equal(t, "gpt-4o", answer.Model, "the reply says that it is another's")

	before := len(m.anthropic.Requests())
	for model, status := range map[string]int{"claude-opus-4-8": http.StatusForbidden, "claude-sonnet-4-6": http.StatusUnprocessableEntity, "anthropic:claude-opus-4-8": http.StatusUnprocessableEntity} {
		refusal := free.Send(t, http.MethodPost, "/chat", map[string]any{"message": "hello", "model": model})
		assert.Equal(t, status, refusal.Status, "%s: %s", model, refusal.Body)
	}
	assert.Len(t, m.anthropic.Requests(), before, "what a user may not choose is asked of nobody")
	assert.Equal(t, "gpt-4o", m.ask(t, free, "gpt-4o").Model, "the default may be named by everybody")
}

// The conversation of a tool's use goes through Anthropic's protocol and back; the server there refuses what the real one would.
func TestAnthropicUsesTheToolsOfAgents(t *testing.T) {
	t.Parallel()
	m := withModels(t, map[string]string{"LLM_PROVIDERS": "anthropic,openai", "LLM_MODELS": ""})
	create := func(id, title string) anthropic.Call {
		return anthropic.Call{ID: id, Name: "create_task", Input: `{"title":"` + title + `"}`}
	}
	m.anthropic.Push(
		anthropic.Message{Pieces: []string{"task_agent"}}.Reply(),
		anthropic.Message{Thoughts: []string{"two tasks"}, Pieces: []string{"On it."}, Calls: []anthropic.Call{create("toolu_01", "Milk"), create("toolu_02", "Bread")}}.Reply(),
		anthropic.Message{Pieces: []string{"Both are ready."}}.Reply(),
	)
	answer := m.ask(t, m.user(t, "pro"), "")
	assert.Contains(t, answer.Response, "Both are ready.")
	require.Len(t, answer.Actions, 2)
	assert.Equal(t, "create_record", answer.Actions[0].Type)
	assert.Empty(t, m.openAI.Requests())
	assert.Len(t, m.anthropic.Requests(), 3)
}

func TestTheServerSaysWhichProvidersItAsksInWhichOrder(t *testing.T) {
	t.Parallel()
	for order, want := range map[string]string{
		"":                 "openai gpt-4o, then anthropic claude-sonnet-4-6, then ollama llama3.1",
		"ollama,anthropic": "ollama llama3.1, then anthropic claude-sonnet-4-6",
	} {
		m := withModels(t, map[string]string{"LLM_PROVIDERS": order, "LLM_MODELS": ""})
		assert.Contains(t, m.System.Choices, assembly.Choice{Part: "Model", Adapter: want})
	}
	offline := harness.Serve(t, harness.InMemory(), assembly.Overrides{})
	for _, c := range offline.System.Choices {
		if c.Part == "Model" {
			assert.Contains(t, c.Adapter, "offline: rules, not a language model")
		}
	}
}
