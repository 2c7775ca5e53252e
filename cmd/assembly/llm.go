package assembly

import (
	"context"
	"log/slog"

	"github.com/adiuva/cloud/adapters/llm/chainllm"
	"github.com/adiuva/cloud/adapters/llm/offlinellm"
	"github.com/adiuva/cloud/adapters/llm/steadyllm"
	"github.com/adiuva/cloud/application/orchestration"
	"github.com/adiuva/cloud/config"
	"github.com/adiuva/cloud/ports"
)

// The offline model, beneath the same adapter as a real one. The address is never dialled.
const (
	offlineModel = "offline"
	offlineURL   = "http://offline.invalid/v1"
	openAIURL    = "https://api.openai.com/v1"
)

// provideLLM chooses the configured provider, else the offline model, and puts retries and a breaker around it.
func provideLLM(cfg config.Config, o Overrides, clock ports.Clock, log *slog.Logger) (ports.LLM, func(), error) {
	if o.LLM != nil {
		return o.LLM, func() {}, nil
	}
	name, c := "openai", chainllm.Config{
		BaseURL: cfg.LLM.BaseURL, APIKey: cfg.LLM.APIKey.Reveal(), Model: cfg.LLM.Model,
		Timeouts: chainllm.Timeouts{FirstToken: cfg.LLM.FirstToken, Idle: cfg.LLM.Idle, Total: cfg.LLM.Total},
	}
	switch {
	case cfg.LLM.Offline():
		name = offlineModel
		c.BaseURL, c.Model, c.Transport = offlineURL, offlineModel, offlinellm.NewTransport(clock.Now)
	case c.BaseURL == "":
		c.BaseURL = openAIURL
	}
	provider, err := chainllm.New(c)
	if err != nil {
		return nil, nil, err
	}
	llm, err := steadyllm.New([]steadyllm.Provider{{Name: name, LLM: provider}}, steadyllm.Config{}, llmHooks(log))
	return llm, provider.Close, err
}

// llmHooks log what goes on beneath a call of a model: names and codes, never content.
func llmHooks(log *slog.Logger) steadyllm.Hooks {
	return steadyllm.Hooks{
		Attempted: func(ctx context.Context, a steadyllm.Attempt) {
			log.DebugContext(ctx, "model call", "provider", a.Provider, "took_ms", a.Took.Milliseconds(), "code", string(a.Code),
				"prompt_tokens", a.Usage.PromptTokens, "completion_tokens", a.Usage.CompletionTokens)
		},
		BreakerChanged: func(provider, state string) { log.Warn("model breaker", "provider", provider, "state", state) },
	}
}

// provideModels names the models; the offline model is one for everything.
func provideModels(cfg config.Config) orchestration.Models {
	if cfg.LLM.Offline() {
		return orchestration.Models{Default: offlineModel}
	}
	return orchestration.Models{Default: cfg.LLM.Model, Choices: cfg.LLM.Choices}
}
