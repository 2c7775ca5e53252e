package offlinellm

import "strings"

// orders are fields that a list of tasks can be sorted by.
var orders = []struct{ pattern, field string }{
	{"by|after|according the? due|target? date|deadline|dates|deadlines|day", "due_date"}, {"by priority|prio|importance|urgency", "priority"}, {"by status|state|progress", "status"},
	{"by title|name|alphabet", "title"}, {"alphabetically", "title"}, {"in alphabetical order", "title"}, {"in order of priority|importance|urgency", "priority"}, {"in order of due? date|deadline", "due_date"},
	{"most urgent|important first", "priority"}, {"earliest|soonest first", "due_date"},
}

// ordered takes what a list is to be sorted by.
func (v *view) ordered(f *filter) {
	for _, o := range orders {
		if i, n := v.find(0, o.pattern); i >= 0 {
			f.order = o.field
			v.take(i, i+n)
			return
		}
	}
}

// whose takes a person whose tasks are asked for: "assigned to Nadia", "Nadia's tasks", "the tasks that Nadia has".
func (v *view) whose(f *filter) {
	for i := range v.ts {
		if v.used[i] || v.inside(i) || v.ts[i].sort != word {
			continue
		}
		if n := v.at(i, "assigned|given|delegated to"); n > 0 {
			if who, m := v.name(i + n); m > 0 {
				f.who = who
				v.take(i, i+n+m)
				return
			}
		}
		name := strings.TrimSuffix(strings.TrimPrefix(v.ts[i].word, "@"), "'s")
		if v.p.world.knows(name) {
			f.who = strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(v.p.message[v.ts[i].start:v.ts[i].end], "@"), "'s"), "’s")
			v.used[i] = true
			return
		}
	}
}

// knows reports whether somebody of that name has a task.
func (w *world) knows(name string) bool {
	for _, it := range w.items {
		for _, who := range it.people {
			if first, _, _ := strings.Cut(fold(who), " "); fold(who) == name || first == name {
				return true
			}
		}
	}
	return false
}

// dueOn takes the days that a list is bounded to.
func (v *view) dueOn(f *filter) {
	c := v.p.calendar()
	t := c.today()
	for _, r := range []struct {
		pattern  string
		from, to day
		label    string
	}{
		{"today's|todays|today|tonight", t, t, "today"}, {"tomorrow's|tomorrow", t.plus(1), t.plus(1), "tomorrow"},
		{"this week|week's", t, t.monday().plus(6), "this week"}, {"next week|week's", t.plus(7).monday(), t.plus(7).monday().plus(6), "next week"},
		{"this month|month's", t, lastOf(t.y, t.m), "this month"}, {"the|this|coming? weekend", t.onOrAfter(6), t.onOrAfter(0), "at the weekend"}, {"soon|upcoming", t, t.plus(7), "in the next seven days"}, {"coming up", t, t.plus(7), "in the next seven days"},
	} {
		if i, n := v.find(0, r.pattern); i >= 0 {
			if r.label == "at the weekend" && !v.ts[i+n-1].is("weekend") {
				continue
			}
			f.from, f.to, f.label = r.from, r.to, r.label
			v.take(i, i+n)
			return
		}
	}
	if i, n := v.find(0, "next|coming|following few? 2|3|5|7|10|14|30|two|three|five|seven days"); i >= 0 {
		if s, _ := c.length(v.ts, i+n-2); s.days > 0 {
			f.from, f.to, f.label = t, t.plus(s.days), "in the next days"
			v.take(i, i+n)
			return
		}
	}
	if dates := v.dates(); len(dates) > 0 {
		s := dates[0]
		d := dayOf(s.when.at)
		f.from, f.to, f.label = d, d, "on "+s.when.at.Format("Monday 2 January")
		if v.ts[s.i].is("by", "before", "until") {
			f.from, f.label = t, "by "+s.when.at.Format("Monday 2 January")
		}
		v.take(s.i, s.j)
	}
}
