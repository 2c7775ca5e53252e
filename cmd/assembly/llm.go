package assembly

import (
	"context"
	"log/slog"

	"github.com/adiuva/cloud/adapters/llm/chainllm"
	"github.com/adiuva/cloud/adapters/llm/offlinellm"
	"github.com/adiuva/cloud/adapters/llm/steadyllm"
	"github.com/adiuva/cloud/adapters/telemetry"
	"github.com/adiuva/cloud/application/orchestration"
	"github.com/adiuva/cloud/config"
	"github.com/adiuva/cloud/ports"
)

// The offline model, beneath the same adapter as a real one. The address is never dialled.
const (
	offlineModel = "offline"
	offlineURL   = "http://offline.invalid/v1"
)

// Where the providers' own APIs are.
const (
	openAIURL    = "https://api.openai.com/v1"
	anthropicURL = "https://api.anthropic.com/v1"
)

// provideLLM puts the configured providers in order, or the offline model, behind retries, breakers and fallback.
func provideLLM(cfg config.Config, o Overrides, clock ports.Clock, log *slog.Logger, watch *telemetry.Models) (ports.LLM, func(), error) {
	if o.LLM != nil {
		return watch.Watch("override", o.LLM), func() {}, nil
	}
	var providers []steadyllm.Provider
	var open []*chainllm.LLM
	closeAll := func() {
		for _, llm := range open {
			llm.Close()
		}
	}
	for _, p := range providersOf(cfg.LLM) {
		llm, err := connect(p, cfg, clock)
		if err != nil {
			closeAll()
			return nil, nil, err
		}
		open = append(open, llm)
		providers = append(providers, steadyllm.Provider{Name: p.Name, LLM: watch.Watch(p.Name, llm), Models: p.Models})
	}
	llm, err := steadyllm.New(providers, steadyllm.Config{}, llmHooks(log, watch))
	return llm, closeAll, err
}

// providersOf are the providers in order; there is always one.
func providersOf(l config.LLM) []config.Provider {
	if l.Offline() {
		return []config.Provider{{Name: offlineModel, Model: offlineModel, Models: []string{offlineModel}}}
	}
	return l.Providers()
}

// connect prepares a provider without talking to it.
func connect(p config.Provider, cfg config.Config, clock ports.Clock) (*chainllm.LLM, error) {
	c := chainllm.Config{
		BaseURL: p.BaseURL, APIKey: p.APIKey.Reveal(), Model: p.Model, LightModel: p.RouterModel,
		Timeouts: chainllm.Timeouts{FirstToken: cfg.LLM.FirstToken, Idle: cfg.LLM.Idle, Total: cfg.LLM.Total},
	}
	switch p.Name {
	case offlineModel:
		var options []offlinellm.Option
		if cfg.Env == config.Dev {
			options = append(options, offlinellm.Switches())
		}
		c.BaseURL, c.Transport = offlineURL, offlinellm.NewTransport(clock.Now, options...)
	case "anthropic":
		if c.BaseURL == "" {
			c.BaseURL = anthropicURL
		}
		return chainllm.NewAnthropic(c)
	case "ollama":
		c.LegacyMaxTokens = true // the new name means nothing to it: answers would have no bound
	default:
		if c.BaseURL == "" {
			c.BaseURL = openAIURL
		}
	}
	return chainllm.New(c)
}

// llmHooks log and count what goes on beneath a call of a model: names and codes, never content.
func llmHooks(log *slog.Logger, watch *telemetry.Models) steadyllm.Hooks {
	return steadyllm.Hooks{
		Attempted: func(ctx context.Context, a steadyllm.Attempt) {
			log.DebugContext(ctx, "model call", "provider", a.Provider, "model", a.Model, "took_ms", a.Took.Milliseconds(), "code", string(a.Code),
				"prompt_tokens", a.Usage.PromptTokens, "completion_tokens", a.Usage.CompletionTokens)
		},
		Waiting:  watch.Waiting,
		FellBack: watch.FellBack,
		BreakerChanged: func(provider, state string) {
			log.Warn("model breaker", "provider", provider, "state", state)
			watch.BreakerChanged(provider, state)
		},
	}
}

// provideModels names the models. The default is the first provider's.
func provideModels(cfg config.Config) orchestration.Models {
	return orchestration.Models{Default: providersOf(cfg.LLM)[0].Model, Choices: cfg.LLM.Choices()}
}
