package offlinellm

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// lookupID begins the ids of calls that only find out what there is, before the message can be carried out.
const lookupID = "look_"

// listTools are the tools that list all of a kind, the most complete first.
var listTools = map[kind][]string{
	task: {"list_tasks"}, checkpoint: {"list_checkpoints"}, project: {"list_all_projects", "list_projects"}, note: {"list_notes"},
}

// kindOfTool is the kind of the records that such a tool returns.
var kindOfTool = map[string]kind{
	"list_tasks": task, "list_checkpoints": checkpoint, "list_projects": project, "list_all_projects": project, "list_notes": note,
}

// learn takes in the records that lookups have brought. Later results teach nothing: what the message means stays the same
// from one round to the next.
func (w *world) learn(c conversation) {
	for _, k := range c.lookups() {
		of := kindOfTool[k.Function.Name]
		if failed(c.answers[k.ID]) != "" {
			continue
		}
		for _, fields := range records(c.answers[k.ID]) {
			it := newItem(of, fields, w.now.Location())
			if it.id == "" || slices.ContainsFunc(w.items, func(x item) bool { return x.kind == of && x.id == it.id }) {
				continue
			}
			w.items = append(w.items, it)
		}
	}
}

// lookups are the calls that were made to find out what there is: the rounds before all others.
func (c conversation) lookups() []toolCall {
	if len(c.rounds) == 0 || len(c.rounds[0]) == 0 || !strings.HasPrefix(c.rounds[0][0].ID, lookupID) {
		return nil
	}
	return c.rounds[0]
}

// withoutLookups is the conversation as if everything had been known from the start.
func (c conversation) withoutLookups() conversation {
	if c.lookups() != nil {
		c.rounds = c.rounds[1:]
	}
	return c
}

// toLookUp are the kinds of what intents name, and the app sent nothing of.
func toLookUp(ins []intent, c conversation, w *world) []toolCall {
	var out []toolCall
	for _, in := range ins {
		k := in.kind
		if k == comment {
			k = task
		}
		unknown := in.trouble.code == missing || in.trouble.code == ambiguous && len(in.trouble.candidates) == 0
		if !unknown || w.sent[k] {
			continue
		}
		for _, name := range listTools[k] {
			if c.tools[name] && !slices.ContainsFunc(out, func(t toolCall) bool { return t.Function.Name == name }) {
				t := call{name, map[string]any{}, 0}.wire(0, len(out))
				t.ID = lookupID + strconv.Itoa(len(out)+1)
				out = append(out, t)
				break
			}
		}
	}
	return out
}

// notSent turns what could not be looked up into the reason: "I could not find it" would be untrue.
func notSent(ins []intent, c conversation) {
	for _, k := range c.lookups() {
		problem := failed(c.answers[k.ID])
		if problem == "" {
			continue
		}
		for i := range ins {
			of := ins[i].kind
			if of == comment {
				of = task
			}
			if of == kindOfTool[k.Function.Name] && (ins[i].trouble.code == missing || ins[i].trouble.code == ambiguous) {
				ins[i].trouble = trouble{code: unable, phrase: strings.TrimSuffix(refusedBecause(problem), " Nothing was changed.")}
			}
		}
	}
}

// sections that came along, even if empty.
func (w *world) readSent(block map[string]json.RawMessage) {
	w.sent = map[kind]bool{}
	for _, s := range sections {
		for _, key := range s.keys {
			if _, ok := block[key]; ok {
				w.sent[s.kind] = true
			}
		}
	}
}
