package chat

import "encoding/json"

// Role is who speaks in a conversation with a model.
type Role string

// The roles.
const (
	System    Role = "system"
	User      Role = "user"
	Assistant Role = "assistant"
	ToolRole  Role = "tool"
)

// Message is one turn of a conversation with a model.
type Message struct {
	Role       Role
	Content    string
	ToolCalls  []ToolCall // of the assistant
	ToolCallID string     // of a tool: which call this answers
}

// ToolCall is a model's wish to use a tool. Arguments are what the model wrote and may be anything, valid JSON or not.
type ToolCall struct {
	ID        string
	Name      string
	Arguments string
}

// ToolSpec tells a model of a tool.
type ToolSpec struct {
	Name        string
	Description string
	Schema      json.RawMessage // JSON Schema (2020-12) of the arguments, an object
}

// Usage counts tokens.
type Usage struct {
	PromptTokens     int
	CompletionTokens int
}

// Add returns the sum.
func (u Usage) Add(v Usage) Usage {
	return Usage{u.PromptTokens + v.PromptTokens, u.CompletionTokens + v.CompletionTokens}
}
