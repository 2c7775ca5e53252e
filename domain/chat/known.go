package chat

import (
	"strings"
	"unicode"
)

// Known are the ids that a conversation may speak of, each with the tables that it belongs to where that is known. A
// model that names any other has made it up, or was talked into it by a text.
//
// Ids count where they stand as ids: the value of an `id` or `*_id` field anywhere in what the client sent, or a word
// that looks like an id in what the user or the assistant said. What stands inside the text of a note, a task or a
// document does not count: it was written by others.
type Known struct {
	tables map[string]map[string]bool // id -> tables
	loose  map[string]bool            // ids of no known table
}

// Known collects the ids of a request.
func (r Request) Known() Known {
	k := Known{tables: map[string]map[string]bool{}, loose: map[string]bool{}}
	k.walk(nil, r.Context.UserProfile)
	for _, row := range r.Context.RecentTasks {
		k.walk([]string{Tasks}, row)
	}
	k.walk(nil, r.Context.Extra)
	for _, entry := range r.Context.ConversationHistory {
		k.walk(nil, entry)
	}
	k.words(r.Message)
	for _, m := range r.Context.History(maxHistory, MaxMessageBytes) {
		k.words(m.Content)
	}
	return k
}

// Learn adds the ids of records of a table, and those that they refer to.
func (k Known) Learn(table string, rows []map[string]any) {
	k.walk([]string{table}, rows)
}

// Add makes id one of the table's.
func (k Known) Add(table, id string) {
	if k.tables[id] == nil {
		k.tables[id] = map[string]bool{}
	}
	k.tables[id][table] = true
}

// In reports whether id may be used as one of the table's.
func (k Known) In(table, id string) bool {
	if tables, ok := k.tables[id]; ok {
		return tables[table]
	}
	return k.loose[id]
}

// Elsewhere is another table that the id belongs to, empty if there is none.
func (k Known) Elsewhere(id string) string {
	for _, table := range []string{Tasks, TaskComments, Checkpoints, Projects, Notes} {
		if k.tables[id][table] {
			return table
		}
	}
	return ""
}

// Clients is the table of clients, which agents refer to and never change.
const Clients = "clients"

// owners says to which table the ids below a key belong.
var owners = map[string][]string{
	Tasks: {Tasks}, "recent_tasks": {Tasks}, TaskComments: {TaskComments}, "comments": {TaskComments},
	Checkpoints: {Checkpoints}, Projects: {Projects}, Notes: {Notes}, Clients: {Clients},
}

// references says to which table the value of a field belongs.
var references = map[string]string{
	"task_id": Tasks, "comment_id": TaskComments, "checkpoint_id": Checkpoints, "project_id": Projects,
	"note_id": Notes, "client_id": Clients,
}

func (k Known) walk(owner []string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for key, child := range v {
			id, isText := child.(string)
			switch {
			case isText && key == "id":
				k.note(owner, id)
			case isText && strings.HasSuffix(key, "_id"):
				k.reference(key, id)
			case !isText:
				k.walk(owners[key], child)
			}
		}
	case []any:
		for _, child := range v {
			k.walk(owner, child)
		}
	case []map[string]any:
		for _, child := range v {
			k.walk(owner, child)
		}
	}
}

func (k Known) note(owner []string, id string) {
	if id == "" {
		return
	}
	if len(owner) == 0 {
		k.loose[id] = true
	}
	for _, table := range owner {
		k.Add(table, id)
	}
}

func (k Known) reference(key, id string) {
	if table, ok := references[key]; ok && id != "" {
		k.Add(table, id)
		return
	}
	k.note(nil, id)
}

// words adds what looks like an id in something that was said: three or more letters, digits, '-' and '_' with at least
// one digit.
func (k Known) words(text string) {
	for _, w := range strings.FieldsFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' && r != '_'
	}) {
		if len(w) >= 3 && len(w) <= 64 && strings.ContainsFunc(w, unicode.IsDigit) {
			k.loose[w] = true
		}
	}
}
