package chainllm

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/tmc/langchaingo/llms"

	"github.com/adiuva/cloud/domain/chat"
)

// chatCompletions is OpenAI's protocol.
type chatCompletions struct {
	serial bool // one tool call at a time
}

func (chatCompletions) keyHeader() string { return "Authorization" }

func (chatCompletions) assistant(m chat.Message) []llms.MessageContent {
	parts := []llms.ContentPart{llms.TextContent{Text: m.Content}}
	for _, c := range m.ToolCalls {
		parts = append(parts, llms.ToolCall{ID: c.ID, Type: "function",
			FunctionCall: &llms.FunctionCall{Name: c.Name, Arguments: string(object(c.Arguments))}})
	}
	return []llms.MessageContent{{Role: llms.ChatMessageTypeAI, Parts: parts}}
}

func (p chatCompletions) patch(body map[string]json.RawMessage, c *call) error {
	body["stream_options"] = json.RawMessage(`{"include_usage":true}`)
	if p.serial && len(c.request.Tools) > 0 {
		body["parallel_tool_calls"] = json.RawMessage(`false`)
	}
	return nil
}

func (chatCompletions) arguments(read string) (string, error) { return read, nil }

func (chatCompletions) document(a *answer) any {
	type object = map[string]any
	message := object{"role": "assistant", "content": a.text.String()}
	if len(a.calls.list) > 0 {
		list := make([]object, len(a.calls.list))
		for i, c := range a.calls.all() {
			list[i] = object{"id": c.ID, "type": "function", "function": object{"name": c.Name, "arguments": c.Arguments}}
		}
		message["tool_calls"] = list
	}
	return object{"model": a.model, "choices": []object{{"index": 0, "message": message, "finish_reason": "stop"}}}
}

// chunk is one event of a stream, or a whole answer: what of it is used.
type chunk struct {
	Model   string   `json:"model"`
	Choices []choice `json:"choices"`
	Usage   *struct {
		PromptTokens     *int `json:"prompt_tokens"`
		CompletionTokens *int `json:"completion_tokens"`
	} `json:"usage"`
	Error json.RawMessage `json:"error"`
}

type choice struct {
	Index        int     `json:"index"`
	Delta        *delta  `json:"delta"`
	Message      *delta  `json:"message"` // of a server that does not stream
	FinishReason *string `json:"finish_reason"`
}

type delta struct {
	Content      content         `json:"content"`
	Refusal      *string         `json:"refusal"`
	Reasoning    json.RawMessage `json:"reasoning"`         // thoughts, of Ollama and gateways
	Thoughts     json.RawMessage `json:"reasoning_content"` // of others
	ToolCalls    []callDelta     `json:"tool_calls"`
	FunctionCall *function       `json:"function_call"` // what tool calls were called before
}

func (chatCompletions) event(a *answer, e event) error {
	var c chunk
	switch {
	case string(bytes.TrimSpace(e.data)) == "[DONE]":
		a.over = true
		return nil
	case json.Unmarshal(e.data, &c) != nil:
		return broken(errMalformed)
	case e.name == "error", len(c.Error) > 0 && string(c.Error) != "null":
		return a.failed(e.data)
	}
	if c.Model != "" {
		a.model = c.Model
	}
	if c.Usage != nil {
		a.told.take(c.Usage.PromptTokens, c.Usage.CompletionTokens)
	}
	for _, choice := range c.Choices {
		if choice.Index != 0 {
			continue // nobody asked for a second answer
		}
		if err := a.choice(choice); err != nil {
			return err
		}
	}
	return nil
}

func (a *answer) choice(c choice) error {
	d := c.Delta
	if d == nil {
		d = c.Message
	}
	if c.FinishReason != nil && *c.FinishReason != "" {
		a.finish = strings.ToLower(*c.FinishReason)
	}
	if d == nil {
		return nil
	}
	if d.Refusal != nil && *d.Refusal != "" {
		a.refused, a.begun = true, true
		a.hidden += len(*d.Refusal)
	}
	a.hidden += size(d.Reasoning) + size(d.Thoughts)
	if err := a.take(d); err != nil {
		return broken(err)
	}
	return a.write(string(d.Content))
}

// take takes the tool calls of a delta.
func (a *answer) take(d *delta) error {
	for _, c := range d.ToolCalls {
		a.begun = true
		if err := a.calls.add(c); err != nil {
			return err
		}
	}
	if d.FunctionCall != nil {
		a.begun = true
		return a.calls.add(callDelta{Index: new(legacyIndex), Function: *d.FunctionCall})
	}
	return nil
}

// size is how many bytes of text a JSON string holds, roughly; anything else holds none.
func size(raw json.RawMessage) int {
	if !bytes.HasPrefix(raw, []byte(`"`)) {
		return 0
	}
	return len(raw) - len(`""`)
}

// content is text, or a list of parts of which the text is taken.
type content string

// UnmarshalJSON implements json.Unmarshaler.
func (c *content) UnmarshalJSON(b []byte) error {
	if !bytes.HasPrefix(b, []byte("[")) {
		return json.Unmarshal(b, (*string)(c))
	}
	var parts []struct {
		Type string `json:"type"`
		Text string `json:"text"`
	}
	if err := json.Unmarshal(b, &parts); err != nil {
		return err
	}
	var text strings.Builder
	for _, p := range parts {
		if p.Type == "text" {
			text.WriteString(p.Text)
		}
	}
	*c = content(text.String())
	return nil
}

// arguments are the text of a JSON object, or with some servers the object itself.
type arguments string

// UnmarshalJSON implements json.Unmarshaler.
func (a *arguments) UnmarshalJSON(b []byte) error {
	if bytes.HasPrefix(b, []byte("{")) {
		*a = arguments(b)
		return nil
	}
	return json.Unmarshal(b, (*string)(a))
}
