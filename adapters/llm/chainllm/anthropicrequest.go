package chainllm

import (
	"encoding/hex"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/adiuva/cloud/domain/chat"
)

// The words of a request.
const (
	userRole  = "user"
	modelRole = "assistant"
	textPart  = "text"
	callPart  = "tool_use"
	result    = "tool_result"
)

// turn is a message as Anthropic wants it: users and the model take turns, the user begins, and the results of all calls
// of one turn stand together at the beginning of the next.
type turn struct {
	Role    string `json:"role"`
	Content []part `json:"content"`
}

// part is one of a turn.
type part struct {
	Type      string          `json:"type"`
	Text      string          `json:"text,omitempty"`
	ID        string          `json:"id,omitempty"` // this and the two below: of a call
	Name      string          `json:"name,omitempty"`
	Input     json.RawMessage `json:"input,omitempty"`
	ToolUseID string          `json:"tool_use_id,omitempty"` // this and below: of a call's result
	Content   string          `json:"content,omitempty"`
}

// patch mends what langchaingo says of a conversation, and says of the tools what it cannot.
func (p messages) patch(body map[string]json.RawMessage, c *call) error {
	var written []turn
	if err := json.Unmarshal(body["messages"], &written); err != nil {
		return err
	}
	turns, err := joined(written)
	if err != nil {
		return err
	}
	fields := map[string]any{"messages": turns}
	delete(body, "system")
	if system := instructions(c.request.Messages); system != "" {
		fields["system"] = system
	}
	switch used := usedTools(turns); {
	case len(c.request.Tools) > 0 && p.serial:
		fields["tool_choice"] = map[string]any{"type": "auto", "disable_parallel_tool_use": true}
	case len(c.request.Tools) == 0 && len(used) > 0:
		// A conversation in which tools were used is refused without them.
		fields["tools"], fields["tool_choice"] = used, map[string]any{"type": "none"}
	}
	for name, value := range fields {
		if body[name], err = json.Marshal(value); err != nil {
			return err
		}
	}
	return nil
}

// instructions are what the system says; langchaingo writes its messages together without a space.
func instructions(history []chat.Message) string {
	var said []string
	for _, m := range history {
		if m.Role == chat.System && strings.TrimSpace(m.Content) != "" {
			said = append(said, m.Content)
		}
	}
	return strings.Join(said, "\n\n")
}

// joined makes turns of the single parts that langchaingo writes. Blank text, which Anthropic refuses, is left out.
func joined(written []turn) ([]turn, error) {
	var turns []turn
	for _, t := range written {
		for _, p := range t.Content {
			if p.Type == textPart && strings.TrimSpace(p.Text) == "" {
				continue
			}
			if p.Type == callPart {
				arguments, err := unsealed(p.Input)
				if err != nil {
					return nil, err
				}
				p.ID, p.Input = plainID(p.ID), object(arguments)
			}
			p.ToolUseID = plainID(p.ToolUseID)
			if len(turns) == 0 && t.Role == modelRole {
				turns = append(turns, turn{userRole, []part{{Type: textPart, Text: "(The beginning of the conversation is left out.)"}}})
			}
			if len(turns) == 0 || turns[len(turns)-1].Role != t.Role {
				turns = append(turns, turn{Role: t.Role})
			}
			last := &turns[len(turns)-1]
			last.Content = append(last.Content, p)
		}
	}
	for _, t := range turns {
		slices.SortStableFunc(t.Content, func(a, b part) int { return rank(a) - rank(b) })
	}
	return turns, nil
}

func rank(p part) int {
	if p.Type == result {
		return 0
	}
	return 1
}

// anthropicID is what Anthropic takes for the id of a call.
var anthropicID = regexp.MustCompile(`^[a-zA-Z0-9_-]*$`)

// plainID is the id of a call as Anthropic takes it: another provider, which began the conversation, may have used others.
func plainID(id string) string {
	if anthropicID.MatchString(id) {
		return id
	}
	return "id_" + hex.EncodeToString([]byte(id))
}

// usedTools describes the tools that were used in a conversation, as far as it tells.
func usedTools(turns []turn) []map[string]any {
	var tools []map[string]any
	known := map[string]bool{}
	for _, t := range turns {
		for _, p := range t.Content {
			if p.Type == callPart && !known[p.Name] {
				known[p.Name] = true
				tools = append(tools, map[string]any{"name": p.Name, "input_schema": map[string]any{"type": "object"}})
			}
		}
	}
	return tools
}
