package offlinellm

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// report looks up what the context doesn't have, as far as tools are offered for it, and writes the report as a note.
func (s *step) report() [][]call {
	var look []call
	for _, tool := range []string{"list_tasks", "list_projects", "list_checkpoints"} {
		if s.c.tools[tool] {
			look = append(look, call{tool, map[string]any{}, 0})
		}
	}
	var rounds [][]call
	if len(look) > 0 {
		rounds = append(rounds, look)
	}
	if len(s.c.rounds) < len(rounds) || s.empty() || !s.c.tools["create_note"] {
		return rounds
	}
	return append(rounds, []call{{"create_note", map[string]any{"title": weeklyTitle(s.w.now), "content": s.weekly()}, 0}})
}

// empty reports whether there is nothing to report about.
func (s *step) empty() bool {
	return len(s.rows(task, "list_tasks")) == 0 && len(s.rows(project, "list_projects")) == 0 && len(s.rows(checkpoint, "list_checkpoints")) == 0
}

func (s *step) reported(_ []call) string {
	switch {
	case s.empty():
		return "Neither tasks nor projects nor milestones were sent with this step, so there is no report."
	case s.c.tools["create_note"]:
		return "I wrote the note " + quote(weeklyTitle(s.w.now)) + ": " + s.inShort() + "."
	}
	return "# " + weeklyTitle(s.w.now) + "\n\n" + s.weekly()
}

// weeklyTitle names the seven days that end today: "Weekly report, 9 to 15 May 2026".
func weeklyTitle(now time.Time) string {
	from, format := now.AddDate(0, 0, -6), "2"
	switch {
	case from.Year() != now.Year():
		format = "2 January 2006"
	case from.Month() != now.Month():
		format = "2 January"
	}
	return "Weekly report, " + from.Format(format) + " to " + now.Format("2 January 2006")
}

// section is one part of the report.
type section struct {
	title string
	lines []string
}

// sections are the parts of the report that have something in them.
func (s *step) sections() []section {
	today := dayOf(s.w.now)
	parts := make([]section, 5)
	for i, title := range []string{"Done this week", "In progress", "Late", "Due next", "Milestones ahead"} {
		parts[i].title = title
	}
	for _, r := range s.rows(task, "list_tasks") {
		it := newItem(task, r, s.w.now.Location())
		at := -1
		switch {
		case it.title == "":
		case it.status == "done":
			if when, known := finishedAt(r, s.w.now.Location()); !known || !dayOf(when).before(today.plus(-6)) {
				at = 0
			}
		case !it.due.IsZero() && dayOf(it.due).before(today):
			at = 2
		case it.status == "in_progress":
			at = 1
		case !it.due.IsZero() && dayOf(it.due).before(today.plus(8)):
			at = 3
		}
		if at >= 0 && at < len(parts) {
			parts[at].lines = append(parts[at].lines, s.line(it, at != 0))
		}
	}
	for _, r := range s.rows(checkpoint, "list_checkpoints") {
		it := newItem(checkpoint, r, s.w.now.Location())
		if it.title != "" && !it.due.IsZero() && !dayOf(it.due).before(today) && dayOf(it.due).before(today.plus(29)) {
			parts[4].lines = append(parts[4].lines, s.line(it, true))
		}
	}
	return slices.DeleteFunc(parts, func(p section) bool { return len(p.lines) == 0 })
}

// line is one entry with its project and its date.
func (s *step) line(it item, dated bool) string {
	line := "- " + it.title
	projects := s.rows(project, "list_projects")
	if i := slices.IndexFunc(projects, func(r map[string]any) bool { return it.project != "" && text(r, "id") == it.project }); i >= 0 {
		line += " (" + text(projects[i], "name", "title") + ")"
	}
	if dated && !it.due.IsZero() {
		line += ", " + it.due.Format("Monday 2 January")
	}
	return line
}

// finishedAt is when a task was done, where its record tells.
func finishedAt(row map[string]any, zone *time.Location) (time.Time, bool) {
	for _, key := range []string{"completed_at", "done_at", "updated_at"} {
		if ms, ok := row[key].(float64); ok && ms > 1e11 && ms < 1e15 {
			return time.UnixMilli(int64(ms)).In(zone), true
		}
	}
	return time.Time{}, false
}

// weekly is the report as Markdown.
func (s *step) weekly() string {
	var out []string
	for _, p := range s.sections() {
		out = append(out, "## "+p.title+"\n\n"+strings.Join(p.lines, "\n"))
	}
	if active := s.activeProjects(); len(active) > 0 {
		out = append(out, "## Active projects\n\n- "+strings.Join(active, "\n- "))
	}
	if len(out) == 0 {
		return "Nothing was finished, is under way or falls due in these days."
	}
	return strings.Join(out, "\n\n")
}

// activeProjects are the projects with how many of their tasks are done.
func (s *step) activeProjects() []string {
	var out []string
	for _, r := range s.rows(project, "list_projects") {
		name := text(r, "name", "title")
		if name == "" || text(r, "status") == "archived" {
			continue
		}
		done, all := 0, 0
		for _, t := range s.rows(task, "list_tasks") {
			if id := text(r, "id"); id != "" && text(t, "project_id") == id {
				all++
				if text(t, "status") == "done" {
					done++
				}
			}
		}
		if all > 0 {
			name += ": " + strconv.Itoa(done) + " of " + strconv.Itoa(all) + " tasks done"
		}
		out = append(out, name)
	}
	return out
}

// inShort counts what the report has.
func (s *step) inShort() string {
	var out []string
	for _, p := range s.sections() {
		out = append(out, strconv.Itoa(len(p.lines))+" "+strings.ToLower(p.title))
	}
	if len(out) == 0 {
		return "it was a quiet week"
	}
	return join(out, "and")
}
