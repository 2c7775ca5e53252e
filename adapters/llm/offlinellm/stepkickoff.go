package offlinellm

import (
	"encoding/json"
	"strconv"
	"time"
)

// newProject makes the project, unless there is an active one of that name.
func (s *step) newProject() [][]call {
	name := s.text("name")
	if name == "" {
		return nil
	}
	return [][]call{{{"create_project", map[string]any{"name": name}, 0}}}
}

// home is the project that was set up: the one that an earlier step made, else the newest that came along.
func (s *step) home() (id string) {
	if id := s.text("project_id"); id != "" {
		return id
	}
	for _, r := range s.w.results {
		for _, a := range r.Actions {
			if a.Table == "projects" && text(a.Data, "id") != "" {
				id = text(a.Data, "id")
			}
		}
	}
	if id != "" {
		return id
	}
	newest := -1.0
	for _, r := range s.rows(project, "list_projects") {
		made, _ := r["created_at"].(float64)
		if made >= newest && text(r, "id") != "" && text(r, "status") != "archived" {
			newest, id = made, text(r, "id")
		}
	}
	return id
}

// milestones are the stations of any project; the last is its goal.
var milestones = []string{"Scope and plan agreed", "First result ready for review", "Goal reached"}

// newMilestones spreads three milestones up to the deadline, or over the coming weeks.
func (s *step) newMilestones() [][]call {
	id := s.home()
	if id == "" {
		return nil
	}
	var calls []call
	for i, at := range s.stations() {
		title := milestones[i]
		if goal := oneLine(s.text("goal")); goal != "" && i == len(milestones)-1 {
			title = capitalFirst(goal)
		}
		calls = append(calls, call{"create_checkpoint", map[string]any{"project_id": id, "title": title, "date": at.UnixMilli(), "is_ai_suggested": 1, "is_approved": 0}, 0})
	}
	return s.inRounds(calls)
}

// stations are the dates of the milestones: thirds of the time up to the deadline, the last at the deadline itself; two,
// four and eight weeks from now where none is given, or it has passed.
func (s *step) stations() []time.Time {
	now := s.w.now
	deadline := s.moment("deadline")
	if !deadline.After(now) {
		var out []time.Time
		for _, weeks := range []int{2, 4, 8} {
			out = append(out, s.workday(now.AddDate(0, 0, 7*weeks)))
		}
		return out
	}
	third := deadline.Sub(now) / 3
	out := []time.Time{s.workday(now.Add(third)), s.workday(now.Add(2 * third)), deadline}
	for i := range out[:2] {
		if out[i].After(deadline) || !out[i].After(now) {
			out[i] = now.Add(time.Duration(i+1) * third).Truncate(time.Minute)
		}
	}
	return out
}

// workday is the end of the working day, on the Friday before where t is at a weekend.
func (s *step) workday(t time.Time) time.Time {
	switch t.Weekday() {
	case time.Saturday:
		t = t.AddDate(0, 0, -1)
	case time.Sunday:
		t = t.AddDate(0, 0, -2)
	default: // a working day
	}
	return time.Date(t.Year(), t.Month(), t.Day(), defaultHour, 0, 0, 0, t.Location())
}

// moment is a variable that holds milliseconds since 1970, or a date as it is written.
func (s *step) moment(name string) time.Time {
	var ms int64
	if json.Unmarshal(s.Variables[name], &ms) == nil {
		return millis(ms, s.w.now.Location())
	}
	if ms, err := strconv.ParseInt(s.text(name), 10, 64); err == nil {
		return millis(ms, s.w.now.Location())
	}
	ts := tokenize(s.text(name))
	if len(ts) == 0 {
		return time.Time{}
	}
	w, _ := calendar{s.w.now}.read(ts, 0)
	return w.at
}

// millis is a moment, zero where the number can't be one.
func millis(ms int64, zone *time.Location) time.Time {
	if ms < 1e11 || ms > 1e15 {
		return time.Time{}
	}
	return time.UnixMilli(ms).In(zone)
}

// beginnings are the first things to do in any project, and how many days there are for each.
var beginnings = []struct {
	title, priority string
	days            int
}{
	{"Write down the goal and how success is measured", "high", 2}, {"List who takes part and who decides", "medium", 3},
	{"Draft a first plan with the main pieces of work", "high", 5}, {"Collect the open questions and risks", "medium", 7},
	{"Hold the kickoff meeting", "medium", 9},
}

// firstTasks are the tasks with which a project begins.
func (s *step) firstTasks() [][]call {
	id := s.home()
	if id == "" {
		return nil
	}
	var calls []call
	for i, b := range beginnings {
		args := map[string]any{"project_id": id, "title": b.title, "priority": b.priority, "due_date": s.workday(s.w.now.AddDate(0, 0, b.days)).UnixMilli(), "is_ai_suggested": 1, "is_approved": 0}
		if due := s.workday(s.w.now.AddDate(0, 0, b.days)); !due.After(s.w.now) {
			args["due_date"] = s.workday(s.w.now.AddDate(0, 0, b.days+3)).UnixMilli()
		}
		if goal := s.text("goal"); goal != "" && i == 0 {
			args["description"] = "The goal so far: " + goal
		}
		calls = append(calls, call{"create_task", args, 0})
	}
	return s.inRounds(calls)
}

// oneLine is the first line of a text, short enough for a title.
func oneLine(s string) string {
	line := headlineOf(s)
	if r := []rune(line); len(r) > 120 {
		return string(r[:119]) + "…"
	}
	return line
}

func headlineOf(s string) string {
	ts := tokenize(s)
	for _, t := range ts {
		if t.sort == line {
			return cleanTitle(s[:t.start])
		}
	}
	return cleanTitle(s)
}
