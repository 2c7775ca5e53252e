package sanitizer

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/adiuva/cloud/domain/chat"
)

// The bounds, in letters, as measured on real prose: no false alarm in 4,000 English texts of 1,200 bytes.
const (
	trip       = 28 // a match of this length is a leak
	hold       = 12 // from here on a match is held back: at most hold-1 letters of a leak are ever seen
	tripWords  = 8  // so many words in a row are a leak even if they are shorter than trip
	pieceSum   = 60 // so many letters in different pieces of at least hold letters are a leak
	pieceRange = 1500
)

// Refusal ends an answer that would have given a prompt away. It is worded as any other refusal.
const Refusal = "I can't share how I work inside, but I'm glad to help with your tasks, projects, notes and checkpoints."

// phrases give away tool schemas and routing, whatever the names in them.
var phrases = []string{
	`"type":"object","properties":`, `"additionalProperties":false`, `"additionalProperties":{"not":{}}`,
	`"asks":true,"sure":true`, `"asks":true,"sure":false`, `"asks":false,"sure":true`, `"asks":false,"sure":false`,
}

// Sanitizer knows what must not leave. It does not change and may be shared.
type Sanitizer struct {
	prompts *automaton // long matches and many short ones are leaks
	names   []string   // of the prompts' texts
	schemas *automaton // only long matches are: tools speak of what answers speak of
}

// New protects the prompts, each by its id, and the definitions of tools.
func New(prompts map[string]string, definitions []string) *Sanitizer {
	s := &Sanitizer{}
	var texts, marks []string
	for _, id := range slices.Sorted(maps.Keys(prompts)) {
		text := fold(prompts[id])
		texts = append(texts, text, reversed(text))
		s.names = append(s.names, id, id)
		marks = append(marks, runs(prompts[id], tripWords, trip)...)
	}
	s.prompts = newAutomaton(texts, marks)
	texts, marks = nil, nil
	for _, d := range definitions {
		texts = append(texts, fold(d))
	}
	for _, p := range phrases {
		texts, marks = append(texts, fold(p)), append(marks, fold(p))
	}
	s.schemas = newAutomaton(texts, marks)
	return s
}

// The kinds of what is kept back.
const (
	Fragment   = "prompt_fragment" // a part of a prompt, plain or disguised
	Pieces     = "prompt_pieces"   // many small parts close to one another
	Encoded    = "prompt_encoded"  // in base64 or hexadecimal
	Definition = "tool_definition" // a tool's schema, or routing
	Reasoning  = "reasoning"       // a block of thoughts or of data, which is cut out
)

// Reply is r as it may leave. A text that leaks ends before the leak, with the refusal, and there are no actions. If an
// action leaks, all of them are dropped and the text is the refusal alone: half of what was prepared would be worse than
// nothing. What was kept back is told in Withheld.
func (s *Sanitizer) Reply(r chat.Reply, own *Own) chat.Reply {
	text := s.Stream(own)
	r.Text = text.whole(r.Text)
	r.Withheld = append(r.Withheld, text.Withheld()...)
	if text.Leaked() {
		r.Actions, r.Pending = nil, nil
	}
	if hits := s.Leaks(r, own); len(hits) > 0 {
		r.Text, r.Actions, r.Pending = Refusal, nil, nil
		r.Withheld = append(r.Withheld, hits...)
	}
	return r
}

// Leaks is what must not leave of the values in r's actions and in the calls that wait for the client, empty if all may.
func (s *Sanitizer) Leaks(r chat.Reply, own *Own) []chat.Withheld {
	f := s.Stream(own)
	give := func(v string) { f.feed(v+" ", false) }
	for _, a := range r.Actions {
		collect(a.Data, give)
	}
	for _, c := range r.Pending {
		var arguments any
		if err := json.Unmarshal([]byte(c.Arguments), &arguments); err != nil {
			arguments = c.Arguments
		}
		collect(arguments, give)
	}
	f.feed("", true)
	if !f.Leaked() {
		return nil
	}
	return f.Withheld()
}

// Own is what the user sent. What the user wrote may be said to the user again, whatever else it resembles. It
// belongs to one goroutine.
type Own struct {
	request chat.Request
	folded  *string // made when it is needed for the first time
}

// OwnOf is what stands in r.
func OwnOf(r chat.Request) *Own { return &Own{request: r} }

// at is a place behind part in what the user sent, -1 if it does not stand there.
func (o *Own) at(part string) int {
	if o == nil {
		return -1
	}
	i := strings.Index(o.text(), part)
	if i < 0 {
		return -1
	}
	return i + len(part)
}

func (o *Own) text() string {
	if o.folded == nil {
		var b strings.Builder
		c := o.request.Context
		for _, v := range []any{o.request.Message, c.UserProfile, c.RelevantDocuments, c.RecentTasks, c.ConversationHistory, c.Extra} {
			collect(v, func(s string) { b.WriteString(fold(s)); b.WriteByte(' ') })
		}
		s := b.String()
		o.folded = &s
	}
	return *o.folded
}

// collect gives every text in a value made of maps and lists.
func collect(v any, give func(string)) {
	switch v := v.(type) {
	case string:
		give(v)
	case []string:
		for _, s := range v {
			give(s)
		}
	case []any:
		for _, x := range v {
			collect(x, give)
		}
	case []map[string]any:
		for _, x := range v {
			collect(x, give)
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			collect(v[key], give)
		}
	}
}
