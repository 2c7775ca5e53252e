package chat

import "maps"

// The client's tables, as they are named in actions.
const (
	Tasks        = "tasks"
	TaskComments = "task_comments"
	Checkpoints  = "checkpoints"
	Projects     = "projects"
	Notes        = "notes"
)

// Rows are the records of a table that the client sent, in its order, and whether it sent that table at all: an empty
// table is not a missing one, and what is no list is none. The maps are copies, one level deep. Tasks come as recent_tasks, as tasks, or both.
func (c Context) Rows(table string) (rows []map[string]any, sent bool) {
	extra := c.Extra[table]
	sent = isList(extra)
	if table == Tasks && c.RecentTasks != nil {
		rows, sent = cloneRows(c.RecentTasks), true
	}
	return withoutRepeats(append(rows, cloneRows(maplist(extra))...)), sent
}

// ID is the id of a record as a client writes it, empty if it has none.
func ID(row map[string]any) string {
	id, _ := row["id"].(string)
	return id
}

// Title is what a person calls a record: its title, else its name.
func Title(row map[string]any) string {
	if s, ok := row["title"].(string); ok && s != "" {
		return s
	}
	s, _ := row["name"].(string)
	return s
}

func isList(v any) bool {
	switch v.(type) {
	case []any, []map[string]any:
		return true
	}
	return false
}

// maplist reads a list of objects, whether it came from JSON or from Go; anything else in it is left out.
func maplist(v any) []map[string]any {
	switch list := v.(type) {
	case []map[string]any:
		return list
	case []any:
		rows := make([]map[string]any, 0, len(list))
		for _, item := range list {
			if row, ok := item.(map[string]any); ok {
				rows = append(rows, row)
			}
		}
		return rows
	}
	return nil
}

func cloneRows(rows []map[string]any) []map[string]any {
	out := make([]map[string]any, len(rows))
	for i, r := range rows {
		out[i] = maps.Clone(r)
	}
	return out
}

// withoutRepeats keeps the first of the rows with the same id, and all that have none.
func withoutRepeats(rows []map[string]any) []map[string]any {
	seen := map[string]bool{}
	kept := rows[:0]
	for _, r := range rows {
		id := ID(r)
		if id != "" && seen[id] {
			continue
		}
		seen[id] = true
		kept = append(kept, r)
	}
	return kept
}
