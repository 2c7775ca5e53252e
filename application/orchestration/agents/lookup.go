package agents

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"

	"github.com/adiuva/cloud/domain/chat"
)

// The bounds of what a client may find.
const (
	maxFinding = 256 << 10 // bytes of one result
	maxReason  = 500       // bytes of why there is none
)

// notSentError is why a read has no answer: the client did not send what it needs. The client may be asked for it.
type notSentError string

func (e notSentError) Error() string { return string(e) }

// lookedUp says which table the records are from that a reading tool finds. A tool that is not here is never asked of a
// client.
var lookedUp = map[string]string{
	"list_tasks": chat.Tasks, "list_tasks_due_today": chat.Tasks, "list_task_comments": chat.TaskComments,
	"list_checkpoints": chat.Checkpoints, "list_projects": chat.Projects, "list_all_projects": chat.Projects, "get_project": chat.Projects,
	"list_notes": chat.Notes, "get_note": chat.Notes,
}

// WaitingError is why an agent stopped: the client has to look something up between this run and the next.
type WaitingError struct{ Calls []chat.ToolCall }

// Error implements error.
func (w *WaitingError) Error() string { return "the client has to look something up first" }

// finding is what the client found, as the model is told, or why it found nothing.
type finding struct {
	result json.RawMessage
	err    error
}

// learn takes in what the client found: it answers the same call from now on, its records can be used by other tools, and
// their ids are known.
func (t *Turn) learn(call chat.ToolCall, f chat.Finding) {
	table, ok := lookedUp[call.Name]
	if !ok {
		return
	}
	at := callKey(call)
	var v any
	switch {
	case f.Failed != "":
		t.found[at] = finding{err: fmt.Errorf("the app could not look this up: %q", chat.Cut(f.Failed, maxReason))}
	case len(f.Result) > maxFinding:
		t.found[at] = finding{err: errors.New("the app found more than can be read at once: ask for less")}
	case json.Unmarshal(f.Result, &v) != nil || !holdsRecords(v):
		t.found[at] = finding{err: errors.New("the app answered nothing that can be read")}
	default:
		t.found[at] = finding{result: f.Result}
		t.merge(table, records(table, v))
	}
}

// merge makes records that were found available to later calls. What this answer has changed already stays as changed.
func (t *Turn) merge(table string, rows []map[string]any) {
	t.known.Learn(table, rows)
	have := make(map[string]map[string]any, len(t.tables[table])+len(rows))
	for _, row := range t.tables[table] {
		have[chat.ID(row)] = row
	}
	for _, row := range rows {
		switch old := have[chat.ID(row)]; {
		case t.gone[chat.ID(row)]:
		case old == nil:
			t.tables[table] = append(t.tables[table], row)
			have[chat.ID(row)] = row
		default:
			merged := maps.Clone(row)
			maps.Copy(merged, old)
			maps.Copy(old, merged)
		}
	}
}

// holdsRecords reports whether a result can be records at all: a list or an object.
func holdsRecords(v any) bool {
	switch v.(type) {
	case []any, map[string]any:
		return true
	}
	return false
}

// records are the rows in a result: a list, a list within an object under `records` or the table's name, or one record.
func records(table string, v any) []map[string]any {
	switch v := v.(type) {
	case []any:
		rows := make([]map[string]any, 0, len(v))
		for _, item := range v {
			if row, ok := item.(map[string]any); ok && chat.ID(row) != "" {
				rows = append(rows, row)
			}
		}
		return rows
	case map[string]any:
		for _, key := range []string{"records", table} {
			if list, ok := v[key].([]any); ok {
				return records(table, list)
			}
		}
		if chat.ID(v) != "" {
			return []map[string]any{v}
		}
	}
	return nil
}

// callKey is the same for calls that ask the same.
func callKey(call chat.ToolCall) string {
	return call.Name + canonical(call.Arguments)
}

// canonical writes arguments anew: sorted, each key once, so that what is checked is what leaves. What is no object stays as
// it is; no tool takes it.
func canonical(arguments string) string {
	values, err := parseArguments(arguments)
	if err != nil {
		return arguments
	}
	sorted, err := json.Marshal(values)
	if err != nil {
		return arguments
	}
	return string(sorted)
}

// lookUp asks the client for what the calls of a round need and the context does not have, all at once.
func (l Loop) lookUp(ctx context.Context, a Agent, t *Turn, calls []chat.ToolCall) error {
	if l.Lookup == nil {
		return nil
	}
	var missing []chat.ToolCall
	asked := map[string]bool{}
	for i, call := range calls {
		if lookedUp[call.Name] == "" || asked[callKey(call)] {
			continue
		}
		_, err := l.call(a, t, call, i) // a read changes nothing, and is checked so before the client is asked
		if _, needs := errors.AsType[notSentError](err); needs {
			asked[callKey(call)] = true
			missing = append(missing, chat.ToolCall{ID: t.ids.NewID(), Name: call.Name, Arguments: canonical(call.Arguments)})
		}
	}
	if len(missing) == 0 {
		return nil
	}
	found, err := l.Lookup.Lookup(ctx, missing)
	if errors.Is(err, chat.ErrLater) {
		return &WaitingError{missing}
	}
	if err != nil {
		return err
	}
	byID := map[string]chat.Finding{}
	for _, f := range found {
		byID[f.CallID] = f
	}
	for _, call := range missing {
		f, ok := byID[call.ID]
		if !ok {
			f.Failed = "no answer came"
		}
		t.learn(call, f)
	}
	return nil
}
