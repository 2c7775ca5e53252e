package anthropic

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
)

// asked is a request as the real one reads it.
type asked struct {
	Model       string
	MaxTokens   int `json:"max_tokens"`
	Stream      bool
	Temperature *float64
	System      *string
	Messages    []struct {
		Role    string
		Content []part
	}
	Tools []struct {
		Name        string
		InputSchema struct {
			Type string
		} `json:"input_schema"`
	}
	ToolChoice *struct{ Type string } `json:"tool_choice"`
}

type part struct {
	Type      string
	Text      string
	ID        string
	Name      string
	Input     map[string]any
	ToolUseID string `json:"tool_use_id"`
	Content   string
}

// read reads a request, and answers with what the real one says to one that breaks its rules.
func read(x *Exchange) (asked, Reply) {
	var a asked
	switch {
	case x.Header.Get("Anthropic-Version") == "":
		return a, Broken("no anthropic-version")
	case json.Unmarshal(x.Body, &a) != nil:
		return a, Broken("no JSON of the right shape")
	case a.Model == "" || a.MaxTokens < 1:
		return a, Broken("no model or no max_tokens")
	case a.Temperature != nil:
		return a, Broken("a temperature, which newer models refuse")
	case a.System != nil && strings.TrimSpace(*a.System) == "":
		return a, Broken("system is blank")
	case len(a.Messages) == 0 || a.Messages[0].Role != "user":
		return a, Broken("the first message is not the user's")
	}
	if rule := a.brokenRule(); rule != "" {
		return a, Broken(rule)
	}
	return a, nil
}

// Broken refuses a request that breaks a rule.
func Broken(rule string) Reply {
	return func(x *Exchange) {
		x.Head(http.StatusBadRequest, "Content-Type: application/json", "X-Broken-Rule: "+rule)
		x.Write(Problem("invalid_request_error"))
	}
}

var idOfCall = regexp.MustCompile(`^[a-zA-Z0-9_-]+$`)

// brokenRule names a rule of conversations with tools that is broken.
func (a asked) brokenRule() string {
	for _, t := range a.Tools {
		if t.InputSchema.Type != "object" {
			return "a tool's input_schema is no object"
		}
	}
	var open map[string]bool // calls of the turn before, still without their results
	for i, m := range a.Messages {
		if m.Role != [...]string{"user", "assistant"}[i%2] {
			return "roles do not alternate"
		}
		if len(m.Content) == 0 {
			return "a message is empty"
		}
		next := map[string]bool{}
		for at, p := range m.Content {
			switch {
			case p.Type == "text" && strings.TrimSpace(p.Text) != "":
			case p.Type == "tool_use" && m.Role == "assistant" && idOfCall.MatchString(p.ID) && p.Name != "" && p.Input != nil && len(a.Tools) > 0:
				next[p.ID] = true
			case p.Type == "tool_result" && m.Role == "user" && open[p.ToolUseID] && (at == 0 || m.Content[at-1].Type == "tool_result"):
				delete(open, p.ToolUseID)
			default:
				return "a part cannot be of this kind, here or at all: " + p.Type
			}
		}
		if len(open) > 0 {
			return "calls without results"
		}
		open = next
	}
	return ""
}
