package offlinellm

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// moved is an item's date moved by a length of time; an item without a date is moved from today.
func moved(it item, in intent, w *world) time.Time {
	from := it.due
	if from.IsZero() {
		from = calendar{w.now}.wholeDay(dayOf(w.now)).at
	}
	d := addMonths(dayOf(from), in.later.months).plus(in.later.days)
	return time.Date(d.y, d.m, d.d, from.Hour(), from.Minute(), 0, 0, w.now.Location()).Add(in.later.rest)
}

// growCalls writes a note anew with more text. What it holds comes from get_note's result, else from the context.
func growCalls(in intent, i int, c conversation) []call {
	var out []call
	for _, it := range in.items {
		had := it.content
		if got, ok := c.noteText(it.id); ok {
			had = got
		}
		text := in.body
		if !in.replace {
			text = grown(had, in.body)
		}
		out = append(out, call{"update_note", map[string]any{"note_id": it.id, "content": text}, i})
	}
	return out
}

// grown adds an entry to a text: on a line of its own, and as a list's entry where the text ends in a list.
func grown(text, more string) string {
	text = strings.TrimRight(text, " \n")
	if text == "" {
		return more
	}
	last := strings.TrimSpace(text[strings.LastIndexByte(text, '\n')+1:])
	for _, bullet := range []string{"- [ ] ", "- [x] ", "- ", "* ", "+ "} {
		if strings.HasPrefix(last, bullet) {
			if bullet == "- [x] " {
				bullet = "- [ ] "
			}
			return text + "\n" + bullet + more
		}
	}
	if n, _, ok := strings.Cut(last, ". "); ok && number(n) > 0 {
		return text + "\n" + strconv.Itoa(number(n)+1) + ". " + more
	}
	return text + "\n" + more
}

// noteText is a note's content as get_note returned it in this answer.
func (c conversation) noteText(id string) (string, bool) {
	for _, round := range c.rounds {
		for _, k := range round {
			var args struct {
				NoteID string `json:"note_id"`
			}
			if k.Function.Name != "get_note" || json.Unmarshal([]byte(k.Function.Arguments), &args) != nil || args.NoteID != id {
				continue
			}
			for _, r := range records(c.answers[k.ID]) {
				if s, ok := r["content"].(string); ok {
					return s, true
				}
			}
		}
	}
	return "", false
}

// noteTexts are the texts of all notes that get_note returned in this answer.
func (c conversation) noteTexts() map[string]string {
	out := map[string]string{}
	for _, round := range c.rounds {
		for _, k := range round {
			var args struct {
				NoteID string `json:"note_id"`
			}
			if json.Unmarshal([]byte(k.Function.Arguments), &args) == nil && k.Function.Name == "get_note" {
				if s, ok := c.noteText(args.NoteID); ok {
					out[args.NoteID] = s
				}
			}
		}
	}
	return out
}

// records are the objects of a tool's result: the elements of its list, or the one object that it is.
func records(result string) []map[string]any {
	if list := objects(json.RawMessage(result)); list != nil {
		return list
	}
	var one map[string]json.RawMessage
	if json.Unmarshal([]byte(result), &one) != nil {
		return nil
	}
	for _, key := range []string{"records", "tasks", "projects", "notes", "checkpoints", "comments", "items", "results"} {
		if raw, ok := one[key]; ok {
			return objects(raw)
		}
	}
	for _, key := range []string{"note", "project", "task", "record", "data"} {
		var inner map[string]any
		if raw, ok := one[key]; ok && json.Unmarshal(raw, &inner) == nil && inner != nil {
			return []map[string]any{inner}
		}
	}
	var whole map[string]any
	if json.Unmarshal([]byte(result), &whole) != nil {
		return nil
	}
	return []map[string]any{whole}
}

// failed is the error that a tool's result tells of, empty for none.
func failed(result string) string {
	var r struct {
		Error any `json:"error"`
	}
	if json.Unmarshal([]byte(result), &r) != nil || r.Error == nil {
		return ""
	}
	switch e := r.Error.(type) {
	case string:
		return e
	case map[string]any:
		if s, ok := e["message"].(string); ok {
			return s
		}
	}
	return "the app refused it"
}

// work answers one call of an agent: the next round of tool calls, or the last words.
func work(c conversation, w *world) (text string, calls []toolCall) {
	own := c.own()
	if w.last == noKind && len(own) <= 2 {
		for _, k := range []kind{task, checkpoint, project, note} {
			if own[k] {
				w.last = k
			}
		}
	}
	w.learn(c)
	ins := parse(c.said, w)
	var mine []intent
	for _, in := range ins {
		if own[in.kind] || in.kind == noKind {
			mine = append(mine, in)
		}
	}
	if len(c.rounds) == 0 {
		if calls := toLookUp(mine, c, w); len(calls) > 0 {
			return "", calls
		}
	}
	notSent(mine, c)
	c = c.withoutLookups()
	w.texts = c.noteTexts()
	rounds := script(mine, c, w)
	if n := len(c.rounds); n < len(rounds) {
		for i, k := range rounds[n] {
			calls = append(calls, k.wire(n, i))
		}
		return "", calls
	}
	return answer(mine, ins, rounds, c, w), nil
}

func (k call) wire(round, i int) toolCall {
	var t toolCall
	t.ID = "call_" + strconv.Itoa(round+1) + "_" + strconv.Itoa(i+1)
	t.Type = "function"
	t.Function.Name = k.tool
	args, err := json.Marshal(k.args)
	if err != nil { // strings and numbers always encode
		args = []byte("{}")
	}
	t.Function.Arguments = string(args)
	return t
}
