package config_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/config"
)

// everybody are settings that configure each provider.
func everybody(more ...string) map[string]string {
	settings := map[string]string{"OPENAI_API_KEY": "sk-o", "ANTHROPIC_API_KEY": "sk-a", "OLLAMA_URL": "http://localhost:11434"}
	for _, m := range more {
		name, value, _ := strings.Cut(m, "=")
		settings[name] = value
	}
	return settings
}

func TestProvidersAreThoseThatAreConfiguredInTheOrderThatWasSet(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		settings map[string]string
		want     []string
	}{
		"none":                                {nil, nil},
		"one":                                 {map[string]string{"ANTHROPIC_API_KEY": "k"}, []string{"anthropic"}},
		"a server without a key":              {map[string]string{"OPENAI_BASE_URL": "http://localhost:1/v1"}, []string{"openai"}},
		"a gateway without a key":             {map[string]string{"ANTHROPIC_BASE_URL": "http://localhost:1"}, []string{"anthropic"}},
		"all":                                 {everybody(), []string{"openai", "anthropic", "ollama"}},
		"in an order":                         {everybody("LLM_PROVIDERS=ollama, anthropic,openai"), []string{"ollama", "anthropic", "openai"}},
		"one that is configured and not used": {everybody("LLM_PROVIDERS=anthropic"), []string{"anthropic"}},
	} {
		c, err := load(t, row.settings)
		require.NoError(t, err, name)
		var got []string
		for _, p := range c.LLM.Providers() {
			got = append(got, p.Name)
		}
		assert.Equal(t, row.want, got, name)
		assert.Equal(t, len(row.want) == 0, c.LLM.Offline(), name)
	}
}

func TestModelsBelongToTheirProviders(t *testing.T) {
	t.Parallel()
	c, err := load(t, everybody("LLM_MODELS=gpt-4.1, gpt-4o,anthropic:claude-opus-4-8,ollama:llama3:8b,openai:ft:gpt-4o:me::1,anthropic:claude-sonnet-4-6"))
	require.NoError(t, err)
	assert.Equal(t, []config.Provider{
		{Name: "openai", APIKey: "sk-o", Model: "gpt-4o", RouterModel: "gpt-4o-mini", Models: []string{"gpt-4o", "gpt-4.1", "ft:gpt-4o:me::1"}},
		{Name: "anthropic", APIKey: "sk-a", Model: "claude-sonnet-4-6", RouterModel: "claude-haiku-4-5", Models: []string{"claude-sonnet-4-6", "claude-opus-4-8"}},
		{Name: "ollama", BaseURL: "http://localhost:11434/v1", Model: "llama3.1", Models: []string{"llama3.1", "llama3:8b"}},
	}, c.LLM.Providers())
	assert.Equal(t, []string{"gpt-4.1", "claude-opus-4-8", "llama3:8b", "ft:gpt-4o:me::1", "claude-sonnet-4-6"}, c.LLM.Choices(),
		"by the names that users know, and without the default")

	c, err = load(t, everybody("LLM_PROVIDERS=anthropic,openai", "LLM_MODELS=claude-opus-4-8,openai:gpt-4o"))
	require.NoError(t, err)
	assert.Equal(t, []string{"claude-sonnet-4-6", "claude-opus-4-8"}, c.LLM.Providers()[0].Models, "a name without a provider is the first one's")
	assert.Equal(t, []string{"claude-opus-4-8", "gpt-4o"}, c.LLM.Choices())

	c, err = load(t, map[string]string{"LLM_MODELS": "gpt-4.1"})
	require.NoError(t, err)
	assert.Empty(t, c.LLM.Choices(), "there is nobody who has it")
}

func TestServersAreNamedWithTheirVersionOrWithout(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"http://localhost:1", "http://localhost:1/", "http://localhost:1/v1", "http://localhost:1/v1/"} {
		c, err := load(t, map[string]string{"ANTHROPIC_BASE_URL": url, "OLLAMA_URL": url})
		require.NoError(t, err)
		assert.Equal(t, "http://localhost:1/v1", c.LLM.Anthropic.BaseURL)
		assert.Equal(t, "http://localhost:1/v1", c.LLM.Ollama.BaseURL)
	}
}

func TestMistakesAboutModelsAreReportedTogether(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"openai,openai", "openai,google", "openai;anthropic"} {
		_, err := load(t, everybody("LLM_PROVIDERS="+value))
		require.ErrorContains(t, err, "  LLM_PROVIDERS: must name openai, anthropic and ollama at most once each", value)
	}
	_, err := load(t, map[string]string{
		"OPENAI_API_KEY": "sk-o", "LLM_PROVIDERS": "anthropic,openai,ollama", "S3_ENDPOINT": "http://localhost:9000",
		"LLM_MODELS": "a,a,google:gemini,llama3:8b,anthropic:claude,openai:,openai:gpt-4o",
	})
	require.Error(t, err)
	for _, problem := range []string{
		"LLM_PROVIDERS: names anthropic, which nothing configures: set ANTHROPIC_API_KEY or ANTHROPIC_BASE_URL",
		"LLM_PROVIDERS: names ollama, which nothing configures: set OLLAMA_URL",
		`LLM_MODELS: "a" is there twice`, `LLM_MODELS: "google:gemini" must begin with`, `LLM_MODELS: "llama3:8b" must begin with`,
		`LLM_MODELS: "anthropic:claude" is of a provider that is not in use`, `LLM_MODELS: "openai:" names no model`, "S3_BUCKET: must name",
	} {
		require.ErrorContains(t, err, "  "+problem)
	}
	assert.Equal(t, 8, strings.Count(err.Error(), "\n"), "%v", err)

	_, err = load(t, everybody("LLM_MODELS=anthropic:gpt-4o"))
	require.ErrorContains(t, err, `"gpt-4o" is there twice`, "it is the default's name, and another provider's model")
	_, err = load(t, everybody("LLM_MODELS=x,ollama:x"))
	require.ErrorContains(t, err, `"x" is there twice`)
}

func TestProductionTakesAnyRealProvider(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{"ANTHROPIC_API_KEY": "k", "OLLAMA_URL": "http://ollama:11434", "OPENAI_BASE_URL": "http://vllm:8000/v1"} {
		settings := prod()
		delete(settings, "OPENAI_API_KEY")
		settings[name] = value
		_, err := load(t, settings)
		require.NoError(t, err, name)
	}
}
