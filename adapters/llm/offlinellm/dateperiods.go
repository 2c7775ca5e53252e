package offlinellm

import (
	"strings"
	"time"
)

// words matches a pattern (| parts alternatives, ? makes a word optional) at token i and returns its length.
func words(ts []token, i int, pattern string) (bool, int) {
	if i < 0 {
		return false, 0
	}
	j := i
	for p := range strings.FieldsSeq(pattern) {
		base, optional := strings.CutSuffix(p, "?")
		hit := j < len(ts) && ts[j].sort == word
		if hit {
			hit = false
			for alt := range strings.SplitSeq(base, "|") {
				hit = hit || ts[j].word == alt
			}
		}
		switch {
		case hit:
			j++
		case !optional:
			return false, 0
		}
	}
	return j > i, j - i
}

func (c calendar) weekdayAt(ts []token, i int) (time.Weekday, bool) {
	if i >= len(ts) || ts[i].sort != word {
		return 0, false
	}
	if w, ok := weekdays[ts[i].word]; ok {
		return w, true
	}
	if w, ok := shortWeekdays[ts[i].word]; ok && i > 0 && ts[i-1].in(asksForDay) {
		return w, true
	}
	if len(ts[i].word) >= 6 {
		for name, w := range weekdays {
			if len(name) >= 6 && misspelt(ts[i].word, name) {
				return w, true
			}
		}
	}
	return 0, false
}

// weekday reads "friday", "next friday", "this friday", "friday next week".
func (c calendar) weekday(ts []token, i int) (day, int) {
	j := i
	if ts[i].is("next", "this", "coming", "the", "following") {
		j++
		if ts[i].is("the") {
			if j >= len(ts) || !ts[j].is("coming", "next", "following") {
				return day{}, 0
			}
			j++
		}
	}
	w, ok := c.weekdayAt(ts, j)
	if !ok {
		return day{}, 0
	}
	d := c.today().after(w)
	if ts[i].is("this") {
		d = c.today().onOrAfter(w)
	}
	if ok, n := words(ts, j+1, "of? next week"); ok {
		return c.plus(7).monday().onOrAfter(w), j + 1 + n - i
	}
	if ok, n := words(ts, j+1, "of? this week"); ok {
		return c.today().onOrAfter(w), j + 1 + n - i
	}
	if ok, n := words(ts, j+1, "week"); ok && j == i {
		return d.plus(7), 1 + n
	}
	return d, j + 1 - i
}

// periodEnd reads the edges of weeks, months and years.
func (c calendar) periodEnd(ts []token, i int) (day, int) {
	t := c.today()
	y, m := t.y, t.m
	friday := t.onOrAfter(time.Friday)
	if t.weekday() == time.Saturday || t.weekday() == time.Sunday {
		friday = t.onOrAfter(time.Sunday)
	}
	next := dayOf(time.Date(y, m+1, 1, 12, 0, 0, 0, time.UTC))
	for _, p := range []struct {
		pattern string
		day     day
	}{
		{"the? end of the? day", t},
		{"the? end of next week", t.plus(7).monday().plus(4)}, {"the? end of the|this? week", friday}, {"eow", friday}, {"this week", friday},
		{"the? end of next month", lastOf(next.y, next.m)}, {"the? end of the|this? month", lastOf(y, m)}, {"eom", lastOf(y, m)},
		{"the? month's|month end", lastOf(y, m)}, {"this month", lastOf(y, m)},
		{"the? end of the|this? year", day{y, 12, 31}}, {"the? year end", day{y, 12, 31}}, {"eoy", day{y, 12, 31}},
		{"the|this|coming? weekend", t.onOrAfter(time.Saturday)},
		{"next weekend", t.plus(7).monday().plus(5)},
		{"the? start|beginning of next week", t.plus(7).monday()}, {"early next week", t.plus(7).monday()},
		{"the? middle of next week", t.plus(7).monday().plus(2)}, {"mid next week", t.plus(7).monday().plus(2)},
		{"the? start|beginning of next month", next}, {"the? start|beginning of next year", day{y + 1, 1, 1}},
	} {
		if ok, n := words(ts, i, p.pattern); ok {
			if p.pattern == "the|this|coming? weekend" && ts[i].is("weekend") && (i == 0 || !ts[i-1].in(asksForDay)) {
				continue
			}
			return p.day, n
		}
	}
	return c.monthEnd(ts, i)
}

// monthEnd reads "end of March", "mid June", "start of May 2027".
func (c calendar) monthEnd(ts []token, i int) (day, int) {
	for _, p := range []struct {
		pattern string
		day     int
	}{{"the? end of", 0}, {"late", 0}, {"the? start|beginning of", 1}, {"early", 1}, {"the? middle of", 15}, {"mid", 15}} {
		ok, n := words(ts, i, p.pattern)
		if !ok || i+n >= len(ts) {
			continue
		}
		m := months[ts[i+n].word]
		if m == 0 {
			continue
		}
		y, n := c.now.Year(), n+1
		said := i+n < len(ts) && year.MatchString(ts[i+n].word)
		if said {
			y, n = number(ts[i+n].word), n+1
		}
		d := day{y, m, p.day}
		if p.day == 0 {
			d = lastOf(y, m)
		}
		if !said && d.before(c.today()) {
			d.y++
			if p.day == 0 {
				d = lastOf(d.y, m)
			}
		}
		return d, n
	}
	return day{}, 0
}

// nextPeriod reads "next week" (its Monday), "next month" and "next year" (their first days).
func (c calendar) nextPeriod(ts []token, i int) (day, int) {
	y, m, _ := c.now.Date()
	for _, p := range []struct {
		pattern string
		day     day
	}{
		{"sometime? next|following week", c.plus(7).monday()},
		{"sometime? next|following month", dayOf(time.Date(y, m+1, 1, 12, 0, 0, 0, time.UTC))},
		{"next|following year", day{y + 1, 1, 1}},
	} {
		if ok, n := words(ts, i, p.pattern); ok {
			return p.day, n
		}
	}
	return day{}, 0
}

var units = map[string]shift{
	"day": {0, 1, 0}, "days": {0, 1, 0}, "week": {0, 7, 0}, "weeks": {0, 7, 0}, "wk": {0, 7, 0}, "wks": {0, 7, 0},
	"fortnight": {0, 14, 0}, "fortnights": {0, 14, 0}, "month": {1, 0, 0}, "months": {1, 0, 0}, "year": {12, 0, 0},
	"years": {12, 0, 0}, "hour": {0, 0, time.Hour}, "hours": {0, 0, time.Hour}, "hr": {0, 0, time.Hour},
	"hrs": {0, 0, time.Hour}, "minute": {0, 0, time.Minute}, "minutes": {0, 0, time.Minute}, "min": {0, 0, time.Minute},
	"mins": {0, 0, time.Minute}, "week's": {0, 7, 0}, "weeks'": {0, 7, 0}, "days'": {0, 1, 0}, "day's": {0, 1, 0},
	"month's": {1, 0, 0}, "hour's": {0, 0, time.Hour},
}

// length reads "two weeks", "a couple of days", "3 hours", "half an hour".
func (c calendar) length(ts []token, i int) (shift, int) {
	if ok, n := words(ts, i, "half an? hour"); ok {
		return shift{0, 0, 30 * time.Minute}, n
	}
	n, j := 0, i
	for ; j < len(ts) && ts[j].sort == word && j < i+4; j++ {
		v, ok := numbers[ts[j].word]
		if d := number(ts[j].word); d > 0 && d < 1000 {
			v, ok = d, true
		}
		if !ok && (!ts[j].is("of", "more", "extra", "additional", "further", "full", "business", "working", "whole", "the") || n <= 0) {
			break
		}
		switch {
		case v > 0 && v < 10 && n >= 20:
			n += v
		case v > 0:
			n = v
		}
	}
	if j >= len(ts) || n == 0 {
		return shift{}, 0
	}
	u, ok := units[ts[j].word]
	if !ok {
		return shift{}, 0
	}
	out := shift{u.months * n, u.days * n, u.rest * time.Duration(n)}
	if out.days > 0 && u.days == 1 && ts[j-1].is("business", "working") {
		out.days = workdays(c.today(), n)
	}
	j++
	if ok, m := words(ts, j, "and a half hours?|hour?"); ok && u.rest == time.Hour {
		out.rest += 30 * time.Minute
		j += m
	}
	return out, j - i
}

func workdays(from day, n int) int {
	days := 0
	for d := from; n > 0; {
		d, days = d.plus(1), days+1
		if w := d.weekday(); w != time.Saturday && w != time.Sunday {
			n--
		}
	}
	return days
}

// counted reads "in two weeks", "two weeks from now", "a week from friday".
func (c calendar) counted(ts []token, i int) (day, int) {
	j, led := i, false
	if ts[i].is("in", "within") {
		j, led = i+1, true
	}
	s, n := c.length(ts, j)
	if n == 0 || s.rest != 0 {
		return day{}, 0
	}
	j += n
	base := c.today()
	if ok, m := words(ts, j, "from|after now|today|tomorrow"); ok {
		if ts[j+1].is("tomorrow") {
			base = base.plus(1)
		}
		j, led = j+m, true
	} else if j < len(ts) && ts[j].is("from", "after") {
		if w, ok := c.weekdayAt(ts, j+1); ok {
			base, j, led = base.after(w), j+2, true
		}
	} else if j < len(ts) && ts[j].is("time", "hence") {
		j++
	}
	if !led {
		return day{}, 0
	}
	return addMonths(base, s.months).plus(s.days), j - i
}

// addMonths adds months and stays within the month: a month after 31 January is the end of February.
func addMonths(d day, n int) day {
	first := dayOf(time.Date(d.y, d.m+time.Month(n), 1, 12, 0, 0, 0, time.UTC))
	return day{first.y, first.m, min(d.d, lastOf(first.y, first.m).d)}
}
