package chainllm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/tmc/langchaingo/llms"
	"github.com/tmc/langchaingo/llms/openai"

	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/ports"
)

// noArguments is the schema of a tool that takes none, and what a call without arguments is in a history: providers
// refuse null for the one and an empty text for the other.
var noArguments = json.RawMessage(`{"type":"object","properties":{}}`)

// translate puts a request into langchaingo's words.
func (l *LLM) translate(req ports.LLMRequest) ([]llms.MessageContent, []llms.CallOption, error) {
	messages := make([]llms.MessageContent, 0, len(req.Messages))
	for _, m := range req.Messages {
		translated, err := message(m)
		if err != nil {
			return nil, nil, err
		}
		messages = append(messages, translated)
	}
	options := []llms.CallOption{llms.WithModel(firstOf(req.Model, l.config.Model))}
	if n := max(req.MaxTokens, 0); n > 0 || l.config.MaxTokens > 0 {
		if n == 0 {
			n = l.config.MaxTokens
		}
		options = append(options, llms.WithMaxTokens(n))
	}
	if l.config.LegacyMaxTokens {
		options = append(options, openai.WithLegacyMaxTokensField())
	}
	tools, err := toolsOf(req.Tools)
	if err != nil {
		return nil, nil, err
	}
	if len(tools) > 0 {
		options = append(options, llms.WithTools(tools))
	}
	return messages, options, nil
}

func toolsOf(specs []chat.ToolSpec) ([]llms.Tool, error) {
	tools := make([]llms.Tool, len(specs))
	for i, s := range specs {
		schema := s.Schema
		if len(schema) == 0 {
			schema = noArguments
		}
		if !json.Valid(schema) {
			return nil, fault.New(fault.Internal, "A tool's description of its arguments is broken.")
		}
		tools[i] = llms.Tool{Type: "function", Function: &llms.FunctionDefinition{Name: s.Name, Description: s.Description, Parameters: schema}}
	}
	return tools, nil
}

// message keeps one text part and one tool result a message: langchaingo drops or refuses what comes second.
func message(m chat.Message) (llms.MessageContent, error) {
	text := []llms.ContentPart{llms.TextContent{Text: m.Content}}
	switch m.Role {
	case chat.System:
		return llms.MessageContent{Role: llms.ChatMessageTypeSystem, Parts: text}, nil
	case chat.User:
		return llms.MessageContent{Role: llms.ChatMessageTypeHuman, Parts: text}, nil
	case chat.Assistant:
		for _, c := range m.ToolCalls {
			text = append(text, llms.ToolCall{ID: c.ID, Type: "function",
				FunctionCall: &llms.FunctionCall{Name: c.Name, Arguments: firstOf(c.Arguments, "{}")}})
		}
		return llms.MessageContent{Role: llms.ChatMessageTypeAI, Parts: text}, nil
	case chat.ToolRole:
		return llms.MessageContent{Role: llms.ChatMessageTypeTool,
			Parts: []llms.ContentPart{llms.ToolCallResponse{ToolCallID: m.ToolCallID, Content: m.Content}}}, nil
	default:
		return llms.MessageContent{}, fault.New(fault.Internal, "A message to the language model has no known role.")
	}
}

// generate runs langchaingo. A panic of it must not end the process, and its own errors may quote what was said, so that
// only their type is kept.
func (l *LLM) generate(ctx context.Context, messages []llms.MessageContent, options []llms.CallOption) (answer *llms.ContentResponse, err error) {
	defer func() {
		if v := recover(); v != nil {
			answer, err = nil, fault.Wrap(fmt.Errorf("panic of type %T in a call of the model\n%s", v, debug.Stack()), fault.Internal,
				"Something went wrong on our side.")
		}
	}()
	answer, err = l.client.GenerateContent(ctx, messages, options...)
	if err != nil {
		return nil, fault.Wrap(fmt.Errorf("langchaingo failed with %T", err), fault.UpstreamFailed, "The language model could not be asked.")
	}
	return answer, nil
}

// reply puts what langchaingo read into the port's words. It checks it against what the wire said, so that a mistake in
// between can never pass for an answer.
func reply(answer *llms.ContentResponse, said *answer) (ports.LLMReply, error) {
	if said == nil || answer == nil || len(answer.Choices) != 1 || answer.Choices[0].Content != said.text.String() ||
		len(answer.Choices[0].ToolCalls) != len(said.calls.list) {
		return ports.LLMReply{}, fault.Wrap(errors.New("langchaingo read another answer than was sent"), fault.Internal, "Something went wrong on our side.")
	}
	choice := answer.Choices[0]
	out := ports.LLMReply{Text: choice.Content, Model: said.model}
	for _, c := range choice.ToolCalls {
		out.ToolCalls = append(out.ToolCalls, chat.ToolCall{ID: c.ID, Name: c.FunctionCall.Name, Arguments: c.FunctionCall.Arguments})
	}
	out.Usage.PromptTokens, _ = choice.GenerationInfo["PromptTokens"].(int)
	out.Usage.CompletionTokens, _ = choice.GenerationInfo["CompletionTokens"].(int)
	return out, nil
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
