package agents

import (
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/ports"
)

// The bounds of one answer.
const (
	maxActions = 50
	maxDeletes = 5
)

// Turn is one answer in the making, shared by all agents that work on it: what the client sent, which ids may be named,
// and the actions so far. The rules that hold for every tool stand here. It is used by one goroutine at a time.
type Turn struct {
	Request chat.Request
	Now     time.Time // in the user's zone
	Asks    bool      // what the client did not send can be asked for

	ids     ports.IDs
	known   chat.Known
	tables  map[string][]map[string]any // what the client sent, with the changes of this answer
	sent    map[string]bool
	gone    map[string]bool    // deleted in this answer
	made    map[string]bool    // created in this answer
	read    map[string]bool    // notes that were read in this answer
	found   map[string]finding // what the client looked up, by the call's key
	deletes int
	actions []chat.Action
}

// NewTurn begins an answer to r at now.
func NewTurn(r chat.Request, now time.Time, ids ports.IDs) *Turn {
	t := &Turn{
		Request: r, Now: now.In(r.Context.Location()), ids: ids, known: r.Known(),
		tables: map[string][]map[string]any{}, sent: map[string]bool{}, gone: map[string]bool{}, made: map[string]bool{}, read: map[string]bool{},
		found: map[string]finding{},
	}
	for _, table := range []string{chat.Tasks, chat.TaskComments, chat.Checkpoints, chat.Projects, chat.Notes} {
		t.tables[table], t.sent[table] = r.Context.Rows(table)
	}
	for _, f := range r.Found {
		t.learn(chat.ToolCall{Name: f.Name, Arguments: f.Arguments}, chat.Finding{Result: f.Result})
	}
	return t
}

// Actions are what the client is asked to do, in order.
func (t *Turn) Actions() []chat.Action { return t.actions }

// rows are the records of a table as they will be when the actions so far are carried out. An error says that the client
// did not send that table: nobody can know what is in it.
func (t *Turn) rows(table string) ([]map[string]any, error) {
	if !t.sent[table] && (t.Asks || len(t.tables[table]) == 0) {
		return nil, notSentError("the app did not send its " + label[table] + " with this message, so they cannot be looked up; say so")
	}
	return t.tables[table], nil
}

// find is the record with this id, nil if the client did not send it.
func (t *Turn) find(table, id string) map[string]any {
	for _, row := range t.tables[table] {
		if chat.ID(row) == id {
			return row
		}
	}
	return nil
}

// refer checks that id names a record of the table that this conversation knows of.
func (t *Turn) refer(table string, id recordID) error {
	switch {
	case id == "":
		return nil
	case t.gone[string(id)]:
		return fmt.Errorf("%q is deleted in this answer and cannot be used any more", id)
	case t.known.In(table, string(id)):
		return nil
	}
	if other := t.known.Elsewhere(string(id)); other != "" {
		return fmt.Errorf("%q is not one of the %s: it is one of the %s", id, label[table], label[other])
	}
	return fmt.Errorf("no %s with the id %q are known here: use an id from the context, or ask the user which one is meant", label[table], id)
}

// referOrNone is refer for a reference that may be taken away.
func (t *Turn) referOrNone(table string, id recordID) error {
	if id == none {
		return nil
	}
	return t.refer(table, id)
}

// create asks for a new record and gives it its id.
func (t *Turn) create(table string, f fields) (done, error) {
	data := maps.Clone(map[string]any(f))
	data["id"] = t.ids.NewID()
	if err := t.act(chat.CreateRecord, table, data); err != nil {
		return done{}, err
	}
	t.known.Add(table, chat.ID(data))
	t.tables[table] = append(t.tables[table], maps.Clone(data))
	t.made[chat.ID(data)] = true
	return done{OK: true, Action: chat.CreateRecord, Table: table, Data: data}, nil
}

// update asks for changes of a record that refer has checked.
func (t *Turn) update(table string, id recordID, changes fields) (done, error) {
	if len(changes) == 0 {
		return done{}, errors.New("nothing would change: give at least one field besides the id")
	}
	row := t.find(table, string(id))
	if t.made[string(id)] && row["is_ai_suggested"] == 1 && changes["is_approved"] == 1 {
		return done{}, errors.New("your own suggestion waits for the user's approval: say so")
	}
	data := maps.Clone(map[string]any(changes))
	data["id"] = string(id)
	if err := t.act(chat.UpdateRecord, table, data); err != nil {
		return done{}, err
	}
	if row != nil {
		maps.Copy(row, map[string]any(changes))
	}
	return done{OK: true, Action: chat.UpdateRecord, Table: table, Data: data}, nil
}

// remove asks for the deletion of a record. The client asks a person first.
func (t *Turn) remove(table string, id recordID) (done, error) {
	if err := t.refer(table, id); err != nil {
		return done{}, err
	}
	if t.deletes >= maxDeletes {
		return done{}, fmt.Errorf("at most %d records are deleted in one answer; tell the user to ask again for the rest", maxDeletes)
	}
	data := map[string]any{"id": string(id)}
	if err := t.act(chat.DeleteRecord, table, data); err != nil {
		return done{}, err
	}
	t.deletes++
	t.gone[string(id)] = true
	kept := t.tables[table][:0:0]
	for _, row := range t.tables[table] {
		if chat.ID(row) != string(id) {
			kept = append(kept, row)
		}
	}
	t.tables[table] = kept
	return done{OK: true, Action: chat.DeleteRecord, Table: table, Data: data, Note: "The app asks the user to confirm before it deletes."}, nil
}

func (t *Turn) act(kind chat.ActionType, table string, data map[string]any) error {
	if len(t.actions) >= maxActions {
		return fmt.Errorf("at most %d changes are made in one answer; tell the user to ask again for the rest", maxActions)
	}
	t.actions = append(t.actions, chat.Action{Type: kind, Table: table, Data: data})
	return nil
}

// done tells the model what the client will be asked to do.
type done struct {
	OK     bool            `json:"ok"`
	Action chat.ActionType `json:"action"`
	Table  string          `json:"table"`
	Data   map[string]any  `json:"data"`
	Note   string          `json:"note,omitempty"`
}

// label is what people call the records of a table.
var label = map[string]string{
	chat.Tasks: "tasks", chat.TaskComments: "comments", chat.Checkpoints: "checkpoints", chat.Projects: "projects",
	chat.Notes: "notes", chat.Clients: "clients",
}
