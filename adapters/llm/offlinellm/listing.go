package offlinellm

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// maxShown is how many entries a list in a reply has.
const maxShown = 50

// listing is a list as a tool returned it, bounded further by what no tool can.
func listing(in intent, results []string, w *world) string {
	var found []item
	for _, r := range results {
		for _, fields := range records(r) {
			it := newItem(in.kind, fields, w.now.Location())
			if in.keeps(it, fields, w) {
				found = append(found, it)
			}
		}
	}
	if in.kind == note && in.filter.search != "" {
		return in.foundNotes(results, w)
	}
	what := in.described()
	if in.unknown != "" {
		return "There is no project called " + quote(in.unknown) + " among what the app sent me."
	}
	if len(found) == 0 {
		return "I found no " + what + "."
	}
	if in.filter.to != (day{}) || in.filter.overdue {
		slices.SortStableFunc(found, func(a, b item) int { return a.due.Compare(b.due) })
	}
	lines := []string{fmt.Sprintf("I found %d %s:", len(found), singular(what, len(found)))}
	for i, it := range found {
		if i == maxShown {
			lines = append(lines, fmt.Sprintf("and %d more.", len(found)-maxShown))
			break
		}
		lines = append(lines, "- "+entry(it, w))
	}
	return strings.Join(lines, "\n")
}

func singular(what string, n int) string {
	if n > 1 {
		return what
	}
	for _, k := range []string{"tasks", "milestones", "projects", "notes", "comments"} {
		what = strings.Replace(what, k, k[:len(k)-1], 1)
	}
	return what
}

// keeps reports whether an item passes what bounds the list.
func (in intent) keeps(it item, fields map[string]any, w *world) bool {
	f := in.filter
	switch {
	case f.waiting && !it.waiting, f.who != "" && !slices.ContainsFunc(it.people, func(n string) bool { return sameText(n, f.who) }),
		in.priority != "" && text(fields, "priority") != in.priority,
		in.kind == task && in.status != "" && it.status != in.status, f.open && it.status == "done",
		f.overdue && (it.due.IsZero() || !it.due.Before(w.now) || it.status == "done"):
		return false
	}
	if f.to != (day{}) {
		d := dayOf(it.due)
		if it.due.IsZero() || d.before(f.from) || f.to.before(d) {
			return false
		}
	}
	if f.search != "" {
		want := carrying(plainWords(f.search), true)
		have := carrying(append(slices.Clone(it.words), plainWords(it.content)...), false)
		return nearly(want, have) == len(want)
	}
	return true
}

// described is what a list holds, in words.
func (in intent) described() string {
	s := plural(kindName(in.kind))
	if in.kind == task {
		switch in.status {
		case "in_progress":
			s += " in progress"
		case "done":
			s = "finished " + s
		case "todo":
			s = "open " + s
		}
	}
	if in.filter.open {
		s = "open " + s
	}
	if in.priority != "" {
		s = in.priority + " priority " + s
	}
	if in.filter.overdue {
		s = "overdue " + s
	}
	if in.kind == comment {
		s += " on " + quote(first(in.items).title)
	}
	if in.project != nil {
		s += " in " + in.project.title
	}
	if in.filter.label != "" {
		s += " due " + in.filter.label
	}
	if in.filter.who != "" {
		s += " of " + in.filter.who
	}
	if in.filter.waiting {
		s = "suggested " + s
	}
	if in.filter.search != "" {
		s += " about " + quote(in.filter.search)
	}
	return s
}

// entry is one line of a list.
func entry(it item, w *world) string {
	var extra []string
	if it.kind == task && it.status != "" || it.kind == project && it.status == "archived" {
		extra = append(extra, strings.ReplaceAll(it.status, "_", " "))
	}
	if !it.due.IsZero() {
		extra = append(extra, spellDate(it.due, it.kind))
	}
	if p, ok := w.byID(it.project); ok && it.kind != comment && p.kind == project {
		extra = append(extra, p.title)
	}
	if len(it.people) > 0 {
		extra = append(extra, "assigned to "+join(it.people, "and"))
	}
	if len(extra) == 0 {
		return it.title
	}
	return it.title + " (" + strings.Join(extra, ", ") + ")"
}

func spellDate(t time.Time, k kind) string {
	if k == checkpoint {
		return t.Format("Monday 2 January 2006")
	}
	return "due " + t.Format("Monday 2 January 2006")
}

// reading shows single things: a note's text, a project with what belongs to it, a task or a milestone with its date.
func reading(in intent, results []string, w *world) string {
	if in.kind == task || in.kind == checkpoint {
		var lines []string
		for _, r := range results {
			for _, fields := range records(r) {
				it := newItem(in.kind, fields, w.now.Location())
				if slices.ContainsFunc(in.items, func(x item) bool { return x.id == it.id }) {
					lines = append(lines, entry(it, w)+comma(text(fields, "priority"), " priority")+".")
				}
			}
		}
		if len(lines) > 0 {
			return strings.Join(lines, "\n")
		}
		return "I could not find " + titles(in.kind, in.items) + "."
	}
	var out []string
	for i, r := range results {
		for _, fields := range records(r) {
			it := newItem(in.kind, fields, w.now.Location())
			if it.title == "" && i < len(in.items) {
				it.title = in.items[i].title
			}
			if it.kind == note {
				out = append(out, shown(it))
			} else {
				out = append(out, overview(it, w))
			}
		}
	}
	return strings.Join(out, "\n\n")
}

func shown(it item) string {
	if strings.TrimSpace(it.content) == "" {
		return "The note " + quote(it.title) + " is empty."
	}
	return "The note " + quote(it.title) + " says:\n\n" + it.content
}

func comma(s, unit string) string {
	if s == "" {
		return ""
	}
	return ", " + s + unit
}

// overview tells of a project and what the app sent of it.
func overview(p item, w *world) string {
	status := p.status
	if status == "" {
		status = "active"
	}
	var s strings.Builder
	s.WriteString("The project " + quote(p.title) + " is " + status + ".")
	for _, k := range []kind{task, checkpoint, note} {
		var names []string
		for _, it := range w.all(k) {
			if it.project == p.id && p.id != "" {
				names = append(names, entry(it, &world{}))
			}
		}
		if len(names) > 0 {
			s.WriteString("\n" + capitalized(plural(kindName(k))) + ": " + strings.Join(names, "; ") + ".")
		}
	}
	return s.String()
}
