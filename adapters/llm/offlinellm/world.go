package offlinellm

import (
	"encoding/json"
	"time"

	"github.com/adiuva/cloud/domain/chat"
)

// item is something that the client told of: a task, a project, a note, a checkpoint or a comment.
type item struct {
	kind      kind
	id        string // empty for a project that this very message makes
	title     string
	status    string
	project   string
	content   string
	due       time.Time // zero where unknown
	words     []string  // of the title, for matching
	plain     []string  // those that carry something
	stems     []string  // of those
	initials  map[string][]string
	waiting   bool   // suggested, and not approved so far
	author    string // of a comment
	people    []string
	mentioned bool // made by this message
}

// turn is one message of the conversation so far.
type turn struct {
	user bool
	text string
}

// world is all that a message may refer to.
type world struct {
	items   []item
	history []turn
	results []result
	now     time.Time
	user    string        // the user's own name, empty where unknown
	only    []item        // what an answer to a question picked: what an unclear reference then means
	last    kind          // whose agent spoke last, where that is known
	sent    map[kind]bool // what the app sent, even if there was none
	clients []item        // whom projects are for
	// What phrases were found to name so far, among so many items.
	resolved   map[string]resolution
	resolvedOf int
	texts      map[string]string // of notes, by id, as get_note returned them
}

// result is what an agent that ran before has done.
type result struct {
	Agent    string   `json:"agent"`
	Response string   `json:"response"`
	Actions  []action `json:"actions"`
}

type action struct {
	Type  string         `json:"type"`
	Table string         `json:"table"`
	Data  map[string]any `json:"data"`
}

// The keys under which the client sends its items.
var sections = []struct {
	keys []string
	kind kind
}{
	{[]string{"recent_tasks", "tasks"}, task},
	{[]string{"projects"}, project},
	{[]string{"notes"}, note},
	{[]string{"checkpoints"}, checkpoint},
	{[]string{"task_comments", "comments"}, comment},
}

// readWorld takes in a context or shape block. What has another form than expected is left out.
func readWorld(raw json.RawMessage, clock func() time.Time) *world {
	w := &world{now: clock().UTC()}
	var block map[string]json.RawMessage
	if json.Unmarshal(raw, &block) != nil {
		return w
	}
	w.readTime(block)
	w.readSent(block)
	for _, s := range sections {
		seen := map[string]bool{}
		for _, key := range s.keys {
			for _, fields := range objects(block[key]) {
				it := newItem(s.kind, fields, w.now.Location())
				if it.id != "" && !seen[it.id] {
					seen[it.id] = true
					w.items = append(w.items, it)
				}
			}
		}
	}
	w.readClients(block)
	var last string
	if json.Unmarshal(block["last_agent"], &last) == nil {
		w.last = kindOfAgent(last)
	}
	return w
}

// readClients takes in the clients that the app sent, and those that its projects name.
func (w *world) readClients(block map[string]json.RawMessage) {
	for _, fields := range objects(block["clients"]) {
		if it := newItem(noKind, fields, w.now.Location()); it.id != "" {
			w.clients = append(w.clients, it)
		}
	}
	for _, fields := range objects(block["projects"]) {
		if id := text(fields, "client_id"); id != "" {
			w.clients = append(w.clients, item{id: id})
		}
	}
}

func (w *world) readTime(block map[string]json.RawMessage) {
	var profile struct {
		Timezone string `json:"timezone"`
		Name     string `json:"name"`
	}
	if json.Unmarshal(block["user_profile"], &profile) == nil {
		w.user = profile.Name
	}
	var zone, now string
	if json.Unmarshal(block["timezone"], &zone) != nil || zone == "" {
		zone = profile.Timezone
	}
	loc, err := time.LoadLocation(zone)
	if err != nil {
		loc = time.UTC
	}
	if json.Unmarshal(block["now"], &now) == nil {
		if t, err := time.Parse(time.RFC3339, now); err == nil {
			if zone == "" {
				loc = t.Location()
			}
			w.now = t
		}
	}
	w.now = w.now.In(loc)
}

// objects reads an array and leaves out what is no object.
func objects(raw json.RawMessage) []map[string]any {
	var all []json.RawMessage
	if json.Unmarshal(raw, &all) != nil {
		return nil
	}
	var out []map[string]any
	for _, r := range all {
		var m map[string]any
		if json.Unmarshal(r, &m) == nil && m != nil {
			out = append(out, m)
		}
	}
	return out
}

func newItem(k kind, fields map[string]any, loc *time.Location) item {
	it := item{kind: k, id: text(fields, "id"), title: text(fields, "title", "name"), status: text(fields, "status"),
		project: text(fields, "project_id"), content: text(fields, "content")}
	it.people = peopleIn(fields["assignees"])
	approved, said := fields["is_approved"]
	it.waiting = said && (approved == any(false) || approved == any(0.0))
	if k == comment {
		it.author = text(fields, "author", "author_name", "created_by")
		it.title, it.project = it.content, text(fields, "task_id")
	}
	for _, key := range []string{"due_date", "date"} {
		if ms, ok := fields[key].(float64); ok && ms > 0 && ms < 1e15 {
			it.due = time.UnixMilli(int64(ms)).In(loc)
		}
	}
	return it.matchable()
}

// peopleIn reads assignees: a JSON list in a string, as the app keeps it, or a list.
func peopleIn(v any) []string {
	var out []string
	switch v := v.(type) {
	case string:
		if json.Unmarshal([]byte(v), &out) != nil && v != "" {
			return []string{v}
		}
	case []any:
		for _, e := range v {
			if s, ok := e.(string); ok {
				out = append(out, s)
			}
		}
	}
	return out
}

// matchable prepares the title for matching.
func (it item) matchable() item {
	it.words = plainWords(it.title)
	it.initials = initials(it.words)
	it.plain, it.stems = carrying(it.words, false), content(it.words, false)
	return it
}

// text is the first of the fields that is a string.
func text(fields map[string]any, keys ...string) string {
	for _, k := range keys {
		if s, ok := fields[k].(string); ok {
			return s
		}
	}
	return ""
}

func kindOfAgent(name string) kind {
	for _, k := range []kind{task, checkpoint, project, note} {
		if k.agent() == name {
			return k
		}
	}
	return noKind
}

// plainWords are the words of a title, quotations opened.
func plainWords(s string) []string {
	var out []string
	for _, t := range tokenize(s) {
		switch t.sort {
		case word:
			out = append(out, t.word)
		case quoted:
			out = append(out, plainWords(t.word)...)
		case mark, line:
		}
	}
	return out
}

// byID finds an item.
func (w *world) byID(id string) (item, bool) {
	for _, it := range w.items {
		if it.id == id && id != "" {
			return it, true
		}
	}
	return item{}, false
}

// all lists the items of a kind.
func (w *world) all(k kind) []item {
	var out []item
	for _, it := range w.items {
		if it.kind == k && !it.mentioned {
			out = append(out, it)
		}
	}
	return out
}

// createdProject is the id of a project of that name that an agent before made for this message.
func (w *world) createdProject(name string) string {
	for _, r := range w.results {
		for _, a := range r.Actions {
			if a.Type == string(chat.CreateRecord) && a.Table == "projects" && sameText(text(a.Data, "name"), name) {
				return text(a.Data, "id")
			}
		}
	}
	return ""
}

func sameText(a, b string) bool {
	x, y := plainWords(a), plainWords(b)
	if len(x) != len(y) || len(x) == 0 {
		return false
	}
	for i := range x {
		if x[i] != y[i] {
			return false
		}
	}
	return true
}
