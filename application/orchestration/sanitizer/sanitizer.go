package sanitizer

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/adiuva/cloud/domain/chat"
)

// The bounds, in letters. No false alarm came of them in 18 MB of English Markdown, whose longest accidental match was 26.
const (
	trip      = 32 // a match of this length with a prompt is a leak
	tripTools = 48 // and with the definition of a tool, which speaks of what answers speak of, in JSON that is much like any other
	tripWords = 8  // so many words in a row are a leak even if they are shorter
	hold      = 12 // from here on a match is held back: at most hold-1 letters of a leak are ever seen
)

// Refusal ends an answer that would have given a prompt away. It is worded as any other refusal.
const Refusal = "I can't share how I work inside, but I'm glad to help with your tasks, projects, notes and checkpoints."

// phrases give away tool schemas and routing, whatever the names in them.
var phrases = []string{
	`"parameters":{"type":"object","properties":`, `"type":"function","function":{"name":`, `"additionalProperties":{"not":{}}`,
	`"asks":true,"sure":true`, `"asks":true,"sure":false`, `"asks":false,"sure":true`, `"asks":false,"sure":false`,
}

// Sanitizer knows what must not leave. It does not change and may be shared.
type Sanitizer struct {
	prompts   *automaton
	backwards *automaton
	moves     *automaton // of the steps from letter to letter
	encodings []encoding
	alphabet  [128]character
}

// New protects the prompts, each by its id, and the definitions of tools: for each its description, and in a line of its own
// the JSON Schema of its arguments.
func New(prompts map[string]string, definitions []string) *Sanitizer {
	s := &Sanitizer{encodings: encodings()}
	s.alphabet = alphabet(s.encodings)
	var sources []source
	for _, id := range slices.Sorted(maps.Keys(prompts)) {
		sources = append(sources, source{Fragment, id, prompts[id], trip, true})
	}
	var schemas []source
	for _, d := range definitions {
		description, schema, _ := strings.Cut(d, "\n")
		for _, text := range append(descriptions(schema), description) {
			sources = append(sources, source{Definition, "", text, tripTools, true})
		}
		schemas = append(schemas, source{Definition, "", schema, tripTools, false})
	}
	for _, p := range phrases {
		schemas = append(schemas, source{Definition, "", p, len(fold(p)), false})
	}
	var back []source
	for _, p := range sources {
		for _, text := range turned(p.text) {
			back = append(back, source{p.kind, p.name, text, p.trip, p.prose})
		}
	}
	s.backwards = newAutomaton(back, fold)
	s.moves = newAutomaton(sources, steps)
	s.prompts = newAutomaton(append(sources, schemas...), fold)
	return s
}

// descriptions are the texts for people, or models, in a JSON Schema.
func descriptions(schema string) []string {
	var v any
	if err := json.Unmarshal([]byte(schema), &v); err != nil {
		return nil
	}
	var list []string
	var visit func(v any)
	visit = func(v any) {
		m, _ := v.(map[string]any)
		for _, key := range slices.Sorted(maps.Keys(m)) {
			if text, ok := m[key].(string); ok && key == "description" {
				list = append(list, text)
			}
			visit(m[key])
		}
	}
	visit(v)
	return list
}

// The kinds of what is kept back.
const (
	Fragment   = "prompt_fragment" // a part of a prompt, plain or disguised
	Pieces     = "prompt_pieces"   // many small parts close to one another
	Encoded    = "prompt_encoded"  // in the digits of an encoding: base64, hexadecimal ...
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
	if text.Leaked() { // what is left was read already, from its beginning
		r.Actions, r.Pending, r.Model = nil, nil, ""
		return r
	}
	if hits := s.Leaks(r, own); len(hits) > 0 {
		r.Text, r.Actions, r.Pending, r.Model = Refusal, nil, nil, ""
		r.Withheld = append(r.Withheld, hits...)
	}
	return r
}

// Leaks is what must not leave of what r has besides its text: the values of the actions, the calls that wait for the client
// and the model's name. It is empty if all may. What the text ends with may be the beginning of it.
func (s *Sanitizer) Leaks(r chat.Reply, own *Own) []chat.Withheld {
	f := s.Stream(own)
	give := func(v string) {
		if !f.Leaked() {
			f.feed(v+" ", false)
		}
	}
	give(shown(r.Text))
	var closed []any
	for _, a := range r.Actions {
		for _, key := range slices.Sorted(maps.Keys(a.Data)) {
			if isClosed(key) {
				closed = append(closed, a.Data[key])
			} else {
				collect(a.Data[key], give)
			}
		}
	}
	collect(closed, give)
	for _, c := range r.Pending {
		collectJSON(c.Arguments, give)
	}
	give(r.Model)
	if !f.Leaked() {
		f.feed("", true)
	}
	return f.Withheld()
}

// isClosed reports whether the values of a field are ids or of a short list. They are looked at last: what is said in several
// titles is to be read as it were said in one.
func isClosed(field string) bool {
	return field == "id" || field == "status" || field == "priority" || strings.HasSuffix(field, "_id")
}

// textTail is how much of a text may belong to what comes after it, in bytes.
const textTail = 512

// shown is the end of a text as a client sees it.
func shown(text string) string {
	var tags blocks
	var b strings.Builder
	tags.write(text, func(part string) bool {
		b.WriteString(part)
		return true
	})
	b.WriteString(tags.close())
	return b.String()[max(0, b.Len()-textTail):]
}
