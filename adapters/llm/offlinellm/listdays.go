package offlinellm

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
