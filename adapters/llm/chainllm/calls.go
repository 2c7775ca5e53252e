package chainllm

import (
	"fmt"
	"strings"

	"github.com/adiuva/cloud/domain/chat"
)

// Bounds on the tool calls of one answer.
const (
	maxCalls     = 128
	maxCallBytes = 1 << 20 // of names, ids and arguments together
)

// legacyIndex is the place of a function_call, of which there is one.
const legacyIndex = -1

// calls collects tool calls from fragments that providers send in many ways: by index, by id, or just in order; whole or
// in pieces; with the name and id once or on each fragment.
type calls struct {
	list  []*toolCall // in the order of their first fragments
	bytes int
	taken map[int]*toolCall // by index, the latest where servers use one index twice
}

type toolCall struct {
	id, name  string
	arguments strings.Builder
	announced string // arguments that came with the announcement, for a call that gets no others
}

// callDelta is a fragment of a tool call, in the shape in which OpenAI's protocol sends it.
type callDelta struct {
	Index    *int     `json:"index"`
	ID       string   `json:"id"`
	Function function `json:"function"`
}

type function struct {
	Name      string    `json:"name"`
	Arguments arguments `json:"arguments"`
}

// all are the calls in the port's words.
func (c *calls) all() []chat.ToolCall {
	var out []chat.ToolCall
	for _, t := range c.list {
		out = append(out, chat.ToolCall{ID: t.id, Name: t.name, Arguments: t.arguments.String()})
	}
	return out
}

// add takes one fragment. A fragment that says nothing and belongs to nothing is skipped.
func (c *calls) add(d callDelta) error {
	c.bytes += len(d.ID) + len(d.Function.Name) + len(d.Function.Arguments)
	if c.bytes > maxCallBytes {
		return errTooLong
	}
	t := c.find(d)
	if t == nil {
		if d.ID == "" && d.Function.Name == "" && d.Function.Arguments == "" {
			return nil
		}
		if len(c.list) == maxCalls {
			return errTooLong
		}
		t = &toolCall{}
		c.list = append(c.list, t)
	}
	if d.Index != nil {
		if c.taken == nil {
			c.taken = map[int]*toolCall{}
		}
		c.taken[*d.Index] = t
	}
	if t.id == "" {
		t.id = d.ID
	}
	if d.Function.Name != t.name { // some servers repeat it on each fragment, others cut it
		t.name += d.Function.Name
	}
	t.arguments.WriteString(string(d.Function.Arguments))
	return nil
}

// announce remembers the arguments that came with the first fragment of the call at index.
func (c *calls) announce(index int, arguments string) error {
	if len(arguments) > maxCallBytes {
		return errTooLong
	}
	if t := c.taken[index]; t != nil {
		t.announced = arguments
	}
	return nil
}

// find is the call to which a fragment belongs, nil for a new one.
func (c *calls) find(d callDelta) *toolCall {
	if d.Index != nil {
		t := c.taken[*d.Index]
		if t != nil && t.name != "" && d.Function.Name != "" && d.ID != "" && d.ID != t.id {
			return nil // a server that gives each whole call the same index
		}
		return t
	}
	if d.ID != "" {
		for _, t := range c.list {
			if t.id == d.ID {
				return t
			}
		}
		return nil
	}
	if d.Function.Name != "" || len(c.list) == 0 {
		return nil
	}
	return c.list[len(c.list)-1]
}

// finish checks that each call has a name, and gives an id to those that have none of their own in the conversation.
func (c *calls) finish(history []chat.Message) error {
	used := map[string]bool{"": true}
	for _, m := range history {
		for _, t := range m.ToolCalls {
			used[t.ID] = true
		}
	}
	reserved := map[string]bool{} // what later calls of this answer may keep
	for _, t := range c.list {
		reserved[t.id] = true
	}
	next := 1
	for _, t := range c.list {
		if t.name == "" {
			return errNoCall
		}
		if t.arguments.Len() == 0 {
			t.arguments.WriteString(t.announced)
		}
		for used[t.id] {
			if id := fmt.Sprintf("call_%d", next); !used[id] && !reserved[id] {
				t.id = id
			}
			next++
		}
		used[t.id] = true
	}
	return nil
}
