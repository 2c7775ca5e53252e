package offlinellm

import "maps"

import "encoding/json"

// call is one tool call that an intent needs.
type call struct {
	tool   string
	args   map[string]any
	intent int // which it is for
}

// perRound is how many calls are made at once; an application runs 25.
const perRound = 20

// script is the rounds of tool calls that carry out the intents: what has to be read first, then the rest in order. It
// depends on the request alone; what a note holds by now is filled in from the results of the first round.
func script(ins []intent, c conversation, w *world) [][]call {
	var before, then []call
	for i, in := range ins {
		if in.trouble.code != fine {
			continue
		}
		if in.do == extends && c.tools["get_note"] {
			for _, it := range in.items {
				before = append(before, call{"get_note", map[string]any{"note_id": it.id}, i})
			}
		}
		for _, k := range callsFor(in, i, c, w) {
			if c.tools[k.tool] {
				then = append(then, k)
			}
		}
	}
	var rounds [][]call
	for _, part := range [][]call{before, then, c.readFound(ins)} {
		for len(part) > 0 {
			n := min(len(part), perRound)
			rounds = append(rounds, part[:n])
			part = part[n:]
		}
	}
	return rounds
}

// readFound reads the notes that were listed for a search: a list has no texts.
func (c conversation) readFound(ins []intent) []call {
	var out []call
	for i, in := range ins {
		if in.kind != note || in.do != lists || in.filter.search == "" || !c.tools["get_note"] {
			continue
		}
		for _, k := range c.listedNotes() {
			if id := text(k, "id"); id != "" && len(out) < perRound {
				out = append(out, call{"get_note", map[string]any{"note_id": id}, i})
			}
		}
	}
	return out
}

// listedNotes are the notes that list_notes returned in this answer.
func (c conversation) listedNotes() []map[string]any {
	var out []map[string]any
	for _, round := range c.rounds {
		for _, k := range round {
			if k.Function.Name == "list_notes" && failed(c.answers[k.ID]) == "" {
				out = append(out, records(c.answers[k.ID])...)
			}
		}
	}
	return out
}

// verbsOf are the tools for each deed and the argument that names the record.
var verbsOf = map[kind]struct{ make, change, remove, id string }{
	task:       {"create_task", "update_task", "delete_task", "task_id"},
	checkpoint: {"create_checkpoint", "update_checkpoint", "delete_checkpoint", "checkpoint_id"},
	project:    {"create_project", "update_project", "delete_project", "project_id"},
	note:       {"create_note", "update_note", "delete_note", "note_id"},
	comment:    {"add_task_comment", "", "delete_task_comment", "comment_id"},
}

func callsFor(in intent, i int, c conversation, w *world) []call {
	t := verbsOf[in.kind]
	switch in.do {
	case lists:
		return []call{listCall(in, i)}
	case reads:
		return readCalls(in, i)
	case makes:
		if in.kind == comment {
			return each(in, i, t.make, "task_id", map[string]any{"content": in.body})
		}
		return []call{{t.make, newFields(in, w), i}}
	case removes:
		return each(in, i, t.remove, t.id, nil)
	case extends:
		return growCalls(in, i, c)
	case changes:
		var out []call
		for _, it := range in.items {
			args := changedFields(in, it, w)
			args[t.id] = it.id
			out = append(out, call{t.change, args, i})
		}
		return out
	case nothing:
	}
	return nil
}

// each is one call for every item of an intent.
func each(in intent, i int, tool, id string, args map[string]any) []call {
	var out []call
	for _, it := range in.items {
		all := map[string]any{id: it.id}
		maps.Copy(all, args)
		out = append(out, call{tool, all, i})
	}
	return out
}

func listCall(in intent, i int) call {
	args := map[string]any{}
	if in.project != nil && in.project.id != "" {
		args["project_id"] = in.project.id
	}
	switch in.kind {
	case comment:
		return call{"list_task_comments", map[string]any{"task_id": first(in.items).id}, i}
	case checkpoint:
		return call{"list_checkpoints", args, i}
	case note:
		return call{"list_notes", args, i}
	case project:
		if in.filter.all || in.filter.archived {
			return call{"list_all_projects", map[string]any{}, i}
		}
		return call{"list_projects", map[string]any{}, i}
	default: // tasks follow
	}
	if in.filter.label == "today" && len(args) == 0 && in.status == "" && !in.filter.overdue && !in.filter.open {
		return call{"list_tasks_due_today", map[string]any{}, i}
	}
	if in.status != "" {
		args["status"] = in.status
	}
	if in.filter.to != (day{}) || in.filter.overdue {
		args["order_by"] = "due_date"
	}
	if in.filter.order != "" {
		args["order_by"] = in.filter.order
	}
	return call{"list_tasks", args, i}
}

func readCalls(in intent, i int) []call {
	switch in.kind {
	case note:
		return each(in, i, "get_note", "note_id", nil)
	case project:
		return each(in, i, "get_project", "project_id", nil)
	case checkpoint:
		return []call{{"list_checkpoints", map[string]any{}, i}}
	default: // tasks follow
	}
	return []call{{"list_tasks", map[string]any{}, i}}
}

// newFields are the arguments of a new record.
func newFields(in intent, w *world) map[string]any {
	name := "title"
	if in.kind == project {
		name = "name"
	}
	args := map[string]any{name: in.title}
	if in.kind == note {
		args["content"] = in.body
	} else if in.body != "" {
		args["description"] = in.body
	}
	if id := projectID(in, w); id != "" {
		args["project_id"] = id
	}
	if in.client != "" {
		args["client_id"] = in.client
	}
	addFields(args, in)
	return args
}

// projectID is the id of an intent's project; one that this message makes has it in the results of the agent before.
func projectID(in intent, w *world) string {
	if in.project == nil {
		return ""
	}
	if in.project.id == "" {
		return w.createdProject(in.project.title)
	}
	return in.project.id
}

func changedFields(in intent, it item, w *world) map[string]any {
	args := map[string]any{}
	if in.approved {
		args["is_approved"] = 1
	}
	switch in.cleared {
	case dueField:
		args[dateField(in.kind)] = 0
	case peopleField:
		args["assignees"] = "[]"
	case projectField:
		args["project_id"] = "none"
	default: // nothing is emptied
	}
	if in.title != "" {
		args["title"] = in.title
		if in.kind == project {
			args = map[string]any{"name": in.title}
		}
	}
	if in.body != "" {
		args["description"] = in.body
	}
	if id := projectID(in, w); id != "" {
		args["project_id"] = id
	}
	addFields(args, in)
	if !in.later.zero() {
		args[dateField(in.kind)] = moved(it, in, w).UnixMilli()
	}
	return args
}

// addFields adds what new and changed records have in common.
func addFields(args map[string]any, in intent) {
	if in.status != "" {
		args["status"] = in.status
	}
	if in.priority != "" {
		args["priority"] = in.priority
	}
	if in.due != nil {
		args[dateField(in.kind)] = in.due.at.UnixMilli()
	}
	if len(in.people) > 0 {
		if b, err := json.Marshal(in.people); err == nil {
			args["assignees"] = string(b)
		}
	}
}

func dateField(k kind) string {
	if k == checkpoint {
		return "date"
	}
	return "due_date"
}
