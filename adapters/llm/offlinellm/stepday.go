package offlinellm

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// maxPlanned is how many tasks a plan for a day has.
const maxPlanned = 7

// lookAtTasks asks for the tasks.
func (s *step) lookAtTasks() [][]call {
	for _, tool := range []string{"list_tasks", "list_tasks_due_today"} {
		if s.c.tools[tool] {
			return [][]call{{{tool, map[string]any{}, 0}}}
		}
	}
	return nil
}

// planned is a task as a plan sees it.
type planned struct {
	item
	priority string
	group    int
}

// The groups of a plan, in their order.
var groups = []string{"Overdue", "Due today", "High priority", "In progress", "Due in the next days", "Open"}

// dayPlan is an ordered plan for today: what is late first, then what is due today, then what matters most.
func (s *step) dayPlan(_ []call) string {
	rows := s.rows(task, "list_tasks", "list_tasks_due_today")
	var open []planned
	for _, r := range rows {
		t := planned{item: newItem(task, r, s.w.now.Location()), priority: text(r, "priority")}
		if t.status != "done" && t.title != "" {
			t.group = s.groupOf(t)
			open = append(open, t)
		}
	}
	day := s.w.now.Format("Monday 2 January 2006")
	switch {
	case len(rows) == 0:
		return "No tasks were sent with this step, so there is nothing to plan for " + day + "."
	case len(open) == 0:
		return "All tasks are done: there is nothing to plan for " + day + "."
	}
	slices.SortStableFunc(open, func(a, b planned) int {
		return cmp.Or(cmp.Compare(a.group, b.group), cmp.Compare(rank(a.priority), rank(b.priority)), byDue(a.due, b.due))
	})
	lines := []string{"# Plan for " + day}
	group := -1
	for n, t := range open[:min(len(open), maxPlanned)] {
		if t.group != group {
			group = t.group
			lines = append(lines, "", "## "+groups[group], "")
		}
		lines = append(lines, fmt.Sprintf("%d. %s%s", n+1, t.title, s.reason(t)))
	}
	if more := len(open) - maxPlanned; more > 0 {
		lines = append(lines, "", fmt.Sprintf("%d more can wait.", more))
	}
	if next := s.nextMilestone(); next != "" {
		lines = append(lines, "", next)
	}
	return strings.Join(lines, "\n")
}

func rank(priority string) int {
	switch priority {
	case "high":
		return 0
	case "low":
		return 2
	}
	return 1
}

// byDue puts what has no date last.
func byDue(a, b time.Time) int {
	switch {
	case a.IsZero() && b.IsZero():
		return 0
	case a.IsZero():
		return 1
	case b.IsZero():
		return -1
	}
	return a.Compare(b)
}

func (s *step) groupOf(t planned) int {
	today := dayOf(s.w.now)
	switch d := dayOf(t.due); {
	case !t.due.IsZero() && d.before(today):
		return 0
	case !t.due.IsZero() && d == today:
		return 1
	case t.priority == "high":
		return 2
	case t.status == "in_progress":
		return 3
	case !t.due.IsZero() && d.before(today.plus(8)):
		return 4
	}
	return 5
}

// reason is why a task stands where it stands.
func (s *step) reason(t planned) string {
	var why []string
	switch {
	case t.group == 0:
		why = append(why, "was due "+t.due.Format("Monday 2 January"))
	case t.group == 1:
		why = append(why, "until "+t.due.Format("15:04"))
	case !t.due.IsZero():
		why = append(why, "due "+t.due.Format("Monday 2 January"))
	}
	if t.priority == "high" {
		why = append(why, "high priority")
	}
	if t.status == "in_progress" {
		why = append(why, "in progress")
	}
	if len(why) == 0 {
		return ""
	}
	return " (" + strings.Join(why, ", ") + ")"
}

// nextMilestone names the nearest milestone that is near.
func (s *step) nextMilestone() string {
	var best item
	for _, r := range s.rows(checkpoint) {
		it := newItem(checkpoint, r, s.w.now.Location())
		if it.due.IsZero() || dayOf(it.due).before(dayOf(s.w.now)) || it.due.Sub(s.w.now) > 14*24*time.Hour {
			continue
		}
		if best.title == "" || it.due.Before(best.due) {
			best = it
		}
	}
	if best.title == "" {
		return ""
	}
	return "The next milestone is " + quote(best.title) + " on " + best.due.Format("Monday 2 January") + "."
}
