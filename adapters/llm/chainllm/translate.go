package chainllm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/tmc/langchaingo/llms"
	"github.com/tmc/langchaingo/llms/openai"

	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/ports"
)

// dialect is what a provider's protocol says in its own way. All the rest of a call is the same for all of them.
type dialect interface {
	// keyHeader names the header that carries the key.
	keyHeader() string
	// assistant puts a turn of the model into langchaingo's words, in as many messages as langchaingo can carry whole.
	assistant(m chat.Message) []llms.MessageContent
	// patch makes of the body that langchaingo wrote what has to be sent.
	patch(body map[string]json.RawMessage, c *call) error
	// event takes one event of a stream, or a document that came instead.
	event(a *answer, e event) error
	// document is the answer as langchaingo reads it without a chance to get it wrong.
	document(a *answer) any
	// arguments are a tool call's, from what langchaingo read in the document.
	arguments(read string) (string, error)
}

// noArguments is the schema of a tool that takes none.
var noArguments = json.RawMessage(`{"type":"object","properties":{}}`)

// translate puts a request into langchaingo's words.
func (l *LLM) translate(req ports.LLMRequest) ([]llms.MessageContent, []llms.CallOption, error) {
	messages := make([]llms.MessageContent, 0, len(req.Messages))
	for _, m := range req.Messages {
		translated, err := l.message(m)
		if err != nil {
			return nil, nil, err
		}
		messages = append(messages, translated...)
	}
	options := []llms.CallOption{llms.WithModel(l.model(req))}
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
func (l *LLM) message(m chat.Message) ([]llms.MessageContent, error) {
	switch m.Role {
	case chat.System:
		return []llms.MessageContent{llms.TextParts(llms.ChatMessageTypeSystem, m.Content)}, nil
	case chat.User:
		return []llms.MessageContent{llms.TextParts(llms.ChatMessageTypeHuman, m.Content)}, nil
	case chat.Assistant:
		return l.dialect.assistant(m), nil
	case chat.ToolRole:
		return []llms.MessageContent{{Role: llms.ChatMessageTypeTool,
			Parts: []llms.ContentPart{llms.ToolCallResponse{ToolCallID: m.ToolCallID, Content: m.Content}}}}, nil
	default:
		return nil, fault.New(fault.Internal, "A message to the language model has no known role.")
	}
}

// object is a call's arguments as a history may hold them: an object. Several servers refuse a conversation in which a
// model once wrote anything else.
func object(arguments string) json.RawMessage {
	var fields map[string]json.RawMessage
	switch {
	case arguments == "":
		return json.RawMessage("{}")
	case json.Unmarshal([]byte(arguments), &fields) == nil && fields != nil:
		return json.RawMessage(arguments)
	}
	wrapped, err := json.Marshal(map[string]string{"not_an_object": arguments})
	if err != nil {
		return json.RawMessage("{}") // a map of strings has an encoding
	}
	return wrapped
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
func (l *LLM) reply(answer *llms.ContentResponse, c *call) (ports.LLMReply, error) {
	var text strings.Builder
	var out ports.LLMReply
	if answer != nil {
		for _, choice := range answer.Choices {
			text.WriteString(choice.Content)
			for _, t := range choice.ToolCalls {
				arguments, err := l.dialect.arguments(t.FunctionCall.Arguments)
				if err != nil {
					return ports.LLMReply{}, otherAnswer()
				}
				out.ToolCalls = append(out.ToolCalls, chat.ToolCall{ID: t.ID, Name: t.FunctionCall.Name, Arguments: arguments})
			}
		}
	}
	if !c.whole || text.String() != c.said.text.String() || !slices.Equal(out.ToolCalls, c.said.calls.all()) {
		return ports.LLMReply{}, otherAnswer()
	}
	out.Text, out.Model = text.String(), c.said.model
	out.Usage, out.Estimated = c.usage()
	return out, nil
}

func otherAnswer() error {
	return fault.Wrap(errors.New("langchaingo read another answer than was sent"), fault.Internal, "Something went wrong on our side.")
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
