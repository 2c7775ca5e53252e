package offlinellm

import (
	"fmt"
	"strings"
	"time"
)

// introduction is what the offline model says of itself where it can't help.
const introduction = `I am the offline model, a set of rules that stands in for a language model: I understand everyday requests about tasks, projects, milestones and notes, such as "add a task to call Bob tomorrow at 3pm" or "what is due this week?".`

// idleAnswer is an agent's answer to a message that is for others; a synthesis leaves it out.
const idleAnswer = "There is nothing in this message for me to do."

func kindName(k kind) string {
	if k == checkpoint {
		return "milestone"
	}
	if k == noKind {
		return "item"
	}
	return string(k)
}

func plural(s string) string { return s + "s" }

// answer is the last word of an agent: a sentence for each intent.
func answer(mine, all []intent, rounds [][]call, c conversation, w *world) string {
	var said []string
	for i, in := range mine {
		var calls []call
		var results []string
		for r, round := range rounds {
			for n, k := range round {
				if k.intent == i && (k.tool != "get_note" || in.do == reads) {
					calls = append(calls, k)
					results = append(results, c.answers[k.wire(r, n).ID])
				}
			}
		}
		said = append(said, sentence(in, calls, results, w))
	}
	if len(said) == 0 {
		if len(all) > 0 {
			return idleAnswer
		}
		return "I did not understand what to do, and nothing was changed. " + introduction
	}
	return strings.Join(said, "\n\n")
}

// sentence says what became of one intent.
func sentence(in intent, calls []call, results []string, w *world) string {
	if in.trouble.code != fine {
		return excuse(in)
	}
	if len(calls) == 0 {
		if in.writes() {
			return "I can't change anything in this answer, so nothing was done. Please ask again for exactly what you want."
		}
		return "I can't look that up here."
	}
	for _, r := range results {
		if e := failed(r); e != "" {
			return refusedBecause(e)
		}
	}
	switch in.do {
	case lists:
		return listing(in, results, w)
	case reads:
		return reading(in, results, w)
	case makes:
		return created(in, w)
	case removes:
		return "I prepared the deletion of " + titles(in.kind, in.items) + "; it happens once you confirm."
	case extends:
		if in.replace {
			return "I replaced the text of the note " + quote(first(in.items).title) + "."
		}
		return "I added " + quote(in.body) + " to the note " + quote(first(in.items).title) + "."
	default:
		return changed(in, w)
	}
}

// refusedBecause says why a tool refused. What was not sent is said as the app's part.
func refusedBecause(problem string) string {
	problem = strings.TrimRight(strings.TrimSuffix(problem, "; say so"), ".")
	if strings.HasPrefix(problem, "the app did not send") {
		return capitalized(problem) + ". Nothing was changed."
	}
	return "I could not do that: " + problem + "."
}

func titles(k kind, items []item) string {
	var out []string
	for _, it := range items {
		out = append(out, quote(it.title))
	}
	name := kindName(k)
	if len(items) > 1 {
		name = plural(name)
	}
	return "the " + name + " " + join(out, "and")
}

func join(parts []string, word string) string {
	if n := len(parts); n > 1 {
		return strings.Join(parts[:n-1], ", ") + " " + word + " " + parts[n-1]
	}
	return strings.Join(parts, "")
}

func created(in intent, w *world) string {
	if in.kind == comment {
		return "I added the comment " + quote(in.body) + " to " + titles(task, in.items) + "."
	}
	var s strings.Builder
	s.WriteString("I added the " + kindName(in.kind) + " " + quote(in.title))
	for _, d := range details(in, w) {
		s.WriteString(", " + d)
	}
	s.WriteString(".")
	if in.unknown != "" {
		s.WriteString(" There is no project called " + quote(in.unknown) + ", so it belongs to none.")
	}
	return s.String()
}

// details are an intent's fields in words.
func details(in intent, w *world) []string {
	var out []string
	if in.due != nil {
		out = append(out, "due "+spell(in.due.at))
	}
	if in.priority != "" {
		out = append(out, in.priority+" priority")
	}
	if in.status != "" && in.do == makes {
		out = append(out, strings.ReplaceAll(in.status, "_", " "))
	}
	if len(in.people) > 0 {
		out = append(out, "assigned to "+join(in.people, "and"))
	}
	if in.project != nil && projectID(in, w) != "" {
		out = append(out, "in the project "+quote(in.project.title))
	}
	return out
}

func spell(t time.Time) string { return t.Format("Monday 2 January 2006 at 15:04") }

var statusWords = map[string]string{"done": "marked as done", "in_progress": "marked as in progress", "todo": "marked as to do", "archived": "archived", "active": "active again"}

func changed(in intent, w *world) string {
	what := capitalized(titles(in.kind, in.items))
	verb := " is now "
	if len(in.items) > 1 {
		verb = " are now "
	}
	if in.title != "" {
		return what + verb + "called " + quote(in.title) + "."
	}
	var parts []string
	if s := statusWords[in.status]; s != "" {
		parts = append(parts, s)
	}
	if !in.later.zero() {
		parts = append(parts, "due "+spell(moved(first(in.items), in, w)))
	}
	parts = append(parts, details(in, w)...)
	if in.approved {
		parts = append(parts, "approved")
	}
	if without := clearedWords[in.cleared]; without != "" {
		parts = append(parts, without)
	}
	if in.body != "" {
		parts = append(parts, "described as "+quote(in.body))
	}
	return what + verb + join(parts, "and") + "."
}

var clearedWords = map[field]string{dueField: "without a date", peopleField: "assigned to nobody", projectField: "in no project"}

func capitalized(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// excuse says why an intent can't be carried out, and what would help.
func excuse(in intent) string {
	var names []string
	for _, it := range in.trouble.candidates {
		names = append(names, quote(it.title)+apart(it, in.trouble.candidates))
	}
	t := in.trouble
	switch t.code {
	case ambiguous:
		if len(names) == 0 {
			return "I see no " + plural(kindName(in.kind)) + " that this could mean. Nothing was changed."
		}
		return "Which one do you mean: " + join(names, "or") + "? Nothing was changed yet."
	case missing:
		return fmt.Sprintf("I could not find %s among what the app sent me, so nothing was changed. Please give the exact title.", quote(t.phrase))
	case unsaid:
		return "Please tell me " + wanting[t.phrase] + missingText(t.phrase) + ". Nothing was changed yet."
	case homeless:
		s := "A milestone belongs to a project. Which project is " + quote(t.phrase) + " for"
		if in.unknown != "" {
			s = "There is no project called " + quote(in.unknown) + ", and a milestone belongs to a project. Which project is " + quote(t.phrase) + " for"
		}
		if len(names) > 0 {
			s += ": " + join(names, "or")
		}
		return s + "?"
	case negated:
		return "All right, I leave everything as it is."
	case unable:
		return t.phrase + " Nothing was changed."
	case smallTalk:
		return "Hello! I am here whenever you need something done with your tasks, projects, milestones or notes."
	default:
		return "I can't answer that, and nothing was changed. " + introduction
	}
}

var wanting = map[string]string{"it": "which one you mean, by its title", "one": "which one you mean, by its title", "task": "what the task is", "project": "what the project should be called",
	"note": "what the note should say", "milestone": "what the milestone is called", "text": "what to add to the note"}

func missingText(phrase string) string {
	if wanting[phrase] != "" {
		return ""
	}
	return phrase
}

// apart tells things of the same title apart by the id that the app gave them.
func apart(it item, among []item) string {
	for _, other := range among {
		if other.id != it.id && sameText(other.title, it.title) {
			return " (" + it.id + ")"
		}
	}
	return ""
}
