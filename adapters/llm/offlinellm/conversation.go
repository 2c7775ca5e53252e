package offlinellm

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/adiuva/cloud/domain/chat"
)

// request is the body of POST /chat/completions, as far as it matters here.
type request struct {
	Model         string    `json:"model"`
	Messages      []message `json:"messages"`
	Tools         []tool    `json:"tools"`
	Stream        bool      `json:"stream"`
	StreamOptions struct {
		IncludeUsage bool `json:"include_usage"`
	} `json:"stream_options"`
}

type message struct {
	Role       string     `json:"role"`
	Content    body       `json:"content"`
	ToolCalls  []toolCall `json:"tool_calls"`
	ToolCallID string     `json:"tool_call_id"`
}

type tool struct {
	Function struct {
		Name string `json:"name"`
	} `json:"function"`
}

type toolCall struct {
	Index    *int   `json:"index,omitempty"`
	ID       string `json:"id"`
	Type     string `json:"type"`
	Function struct {
		Name      string `json:"name"`
		Arguments string `json:"arguments"`
	} `json:"function"`
}

// body is text, or a list of parts of which the texts count.
type body string

// UnmarshalJSON accepts a string, null or a list of parts.
func (c *body) UnmarshalJSON(b []byte) error {
	var s *string
	if json.Unmarshal(b, &s) == nil {
		if s != nil {
			*c = body(*s)
		}
		return nil
	}
	var parts []struct {
		Text string `json:"text"`
	}
	if err := json.Unmarshal(b, &parts); err != nil {
		return err
	}
	var all []string
	for _, p := range parts {
		all = append(all, p.Text)
	}
	*c = body(strings.Join(all, "\n"))
	return nil
}

// conversation is a request, understood.
type conversation struct { //nolint:recvcheck // block fills it; everything else only reads
	said     string          // the user's last message
	context  json.RawMessage // what the client sent along, nil if no block says it
	shape    json.RawMessage
	agents   []agentInfo // nil unless the call asks to choose one
	results  []result
	hasBlock bool
	history  []turn
	rounds   [][]toolCall      // of the answer in the making
	answers  map[string]string // by the id of the call
	tools    map[string]bool
}

type agentInfo struct {
	Name string `json:"name"`
}

// understand tells the parts of a request apart by the blocks in it. Blocks count in the system's message and in the
// user's messages before the last: what a user types can't pass for one.
func understand(r request) conversation {
	c := conversation{answers: map[string]string{}, tools: map[string]bool{}}
	for _, t := range r.Tools {
		c.tools[t.Function.Name] = true
	}
	last := -1
	for i, m := range r.Messages {
		if m.Role == string(chat.User) {
			last = i
		}
	}
	for i, m := range r.Messages {
		text := string(m.Content)
		switch {
		case i == last && (i > 0 || m.Role == string(chat.User)) && (isStep(text) || !c.onlyData(r.Messages, i)):
			c.said = text
		case m.Role == string(chat.System), m.Role == string(chat.User) && c.blocks(text):
			c.block(text)
		case i > last && m.Role == string(chat.Assistant):
			c.rounds = append(c.rounds, m.ToolCalls)
		case i > last && m.Role == string(chat.ToolRole):
			c.answers[m.ToolCallID] = text
		case m.Role == string(chat.User), m.Role == string(chat.Assistant):
			c.history = append(c.history, turn{m.Role == string(chat.User), text})
		}
	}
	return c
}

// onlyData reports whether the last user message is a block itself: a synthesis without the user's words.
func (c conversation) onlyData(ms []message, i int) bool {
	for _, m := range ms[:i] {
		if m.Role == string(chat.User) {
			return false
		}
	}
	return c.blocks(string(ms[i].Content))
}

func (c conversation) blocks(text string) bool { return strings.Contains(text, `<data name="`) }

func (c *conversation) block(text string) {
	if raw, ok := chat.ParseBlock(text, chat.AgentsBlock); ok && json.Unmarshal(raw, &c.agents) == nil && c.agents == nil {
		c.agents = []agentInfo{}
	}
	if raw, ok := chat.ParseBlock(text, chat.ContextBlock); ok {
		c.context = raw
	}
	if raw, ok := chat.ParseBlock(text, chat.ShapeBlock); ok {
		c.shape = raw
	}
	if raw, ok := chat.ParseBlock(text, chat.ResultsBlock); ok {
		c.hasBlock = true
		if err := json.Unmarshal(raw, &c.results); err != nil {
			c.results = nil
		}
	}
	c.hasBlock = c.hasBlock || c.context != nil || c.shape != nil
}

// world is what the message may refer to.
func (c conversation) world(clock func() time.Time) *world {
	raw := c.context
	if raw == nil {
		raw = c.shape
	}
	w := readWorld(raw, clock)
	w.history, w.results = c.history, c.results
	return w
}

// own are the kinds whose tools are offered.
func (c conversation) own() map[kind]bool {
	own := map[kind]bool{}
	for name := range c.tools {
		for _, k := range []kind{checkpoint, note, task, project} {
			if strings.Contains(name, string(k)) {
				own[k] = true
				break
			}
		}
	}
	if own[task] {
		own[comment] = true
	}
	return own
}
