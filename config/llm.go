package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// LLM is which language models answer. The zero value is the built-in offline model.
type LLM struct {
	Order      []string // of the providers that are asked; empty for all that are configured, in the order of providerNames
	OpenAI     Provider
	Anthropic  Provider
	Ollama     Provider
	Listed     []string      // further models that paying users may ask for, with or without provider: in front
	Total      time.Duration // for one answer with all its calls
	FirstToken time.Duration
	Idle       time.Duration // between two tokens
}

// Provider is somebody who has language models.
type Provider struct {
	Name        string // openai, anthropic or ollama
	APIKey      Secret
	BaseURL     string   // with the version, as in /v1; empty for the provider's own
	Model       string   // that answers
	RouterModel string   // that classifies; empty for Model
	Models      []string // that users may ask for: Model, and those of LLM_MODELS
}

// The providers, in the order in which they are asked if nobody says otherwise, and what configures each.
const (
	openAI    = "openai"
	anthropic = "anthropic"
	ollama    = "ollama"
)

var (
	providerNames = []string{openAI, anthropic, ollama}
	configuredBy  = map[string]string{openAI: "OPENAI_API_KEY or OPENAI_BASE_URL", anthropic: "ANTHROPIC_API_KEY or ANTHROPIC_BASE_URL", ollama: "OLLAMA_URL"}
)

// Offline reports whether the built-in rule-based model answers: no provider is configured.
func (l LLM) Offline() bool { return len(l.inUse()) == 0 }

// Providers are those that are asked, in order, with the models that each has for users; none for the offline model.
func (l LLM) Providers() []Provider {
	var providers []Provider
	for _, name := range l.inUse() {
		p := l.byName(name)
		p.Name, p.Models = name, []string{p.Model}
		for _, entry := range l.Listed {
			if owner, model, err := l.parseChoice(entry); err == nil && owner == name && model != p.Model {
				p.Models = append(p.Models, model)
			}
		}
		providers = append(providers, p)
	}
	return providers
}

// Choices are the models that users may ask for by name besides the default, which is the first provider's.
func (l LLM) Choices() []string {
	providers := l.Providers()
	if len(providers) == 0 {
		return nil
	}
	var choices []string
	for _, entry := range l.Listed {
		if _, model, err := l.parseChoice(entry); err == nil && model != providers[0].Model {
			choices = append(choices, model)
		}
	}
	return choices
}

func (l LLM) byName(name string) Provider {
	return map[string]Provider{openAI: l.OpenAI, anthropic: l.Anthropic, ollama: l.Ollama}[name]
}

func (l LLM) configured(name string) bool {
	p := l.byName(name)
	return p.APIKey != "" || p.BaseURL != ""
}

// inUse names the providers that are asked, in order.
func (l LLM) inUse() []string {
	order := l.Order
	if len(order) == 0 {
		order = providerNames
	}
	var names []string
	for _, name := range order {
		if l.configured(name) {
			names = append(names, name)
		}
	}
	return names
}

// parseChoice parts an entry of LLM_MODELS into the provider and the model's name. Without a provider in front it is the
// first one's; a name with a colon needs one, because nobody could tell what the colon means.
func (l LLM) parseChoice(entry string) (provider, model string, err error) {
	prefix, rest, prefixed := strings.Cut(entry, ":")
	used := l.inUse()
	switch {
	case !prefixed && len(used) > 0:
		return used[0], entry, nil
	case !prefixed:
		return "", entry, nil
	case !slices.Contains(providerNames, prefix):
		return "", "", fmt.Errorf("%q must begin with openai:, anthropic: or ollama:, as every name with a colon", entry)
	case !slices.Contains(used, prefix):
		return "", "", fmt.Errorf("%q is of a provider that is not in use: set %s, and LLM_PROVIDERS if that names others", entry, configuredBy[prefix])
	case rest == "":
		return "", "", fmt.Errorf("%q names no model", entry)
	}
	return prefix, rest, nil
}

// problems are what no setting of a model can say alone.
func (l LLM) problems() []error {
	var problems []error
	for _, name := range l.Order {
		if !l.configured(name) {
			problems = append(problems, fmt.Errorf("LLM_PROVIDERS: names %s, which nothing configures: set %s", name, configuredBy[name]))
		}
	}
	owner := map[string]string{} // of each model, by the name that users know
	if used := l.inUse(); len(used) > 0 {
		owner[l.byName(used[0]).Model] = used[0]
	}
	listed := map[string]bool{}
	for _, entry := range l.Listed {
		provider, model, err := l.parseChoice(entry)
		switch {
		case err != nil:
			problems = append(problems, fmt.Errorf("LLM_MODELS: %w", err))
			continue
		case listed[model], owner[model] != "" && owner[model] != provider:
			problems = append(problems, fmt.Errorf("LLM_MODELS: %q is there twice, and users ask for models without naming the provider", model))
		}
		listed[model], owner[model] = true, provider
	}
	return problems
}

func parseProviders(v string, to *[]string) error {
	names := list(v)
	for i, name := range names {
		if !slices.Contains(providerNames, name) || slices.Contains(names[:i], name) {
			return errors.New("must name openai, anthropic and ollama at most once each, separated by commas")
		}
	}
	*to = names
	return nil
}

// parseServer takes the URL of a server with the version of its API or, as it is often written, without.
func parseServer(v string, to *string) error {
	v = strings.TrimRight(v, "/")
	if v != "" && !strings.HasSuffix(v, "/v1") {
		v += "/v1"
	}
	*to = v
	return webURL(v)
}
