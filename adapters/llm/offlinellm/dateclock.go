package offlinellm

import (
	"regexp"
	"time"
)

var (
	clockTime = regexp.MustCompile(`^([01]?\d|2[0-3])[:.h]([0-5]\d)(am|pm|a\.m|p\.m)?$`)
	hourTime  = regexp.MustCompile(`^(1[012]|0?[1-9])(am|pm|a\.m|p\.m)$`)
	isoTime   = regexp.MustCompile(`^(\d{4}-\d\d-\d\d)t(\d\d):(\d\d)(?::\d\d)?(z|[+-]\d\d:?\d\d)?$`)
)

// partsOfDay are hours for the parts of a day; a number beside one is moved into it.
var partsOfDay = map[string]clock{
	"morning": {9, 0}, "noon": {12, 0}, "midday": {12, 0}, "lunchtime": {12, 0}, "lunch": {12, 0}, "afternoon": {15, 0},
	"evening": {19, 0}, "night": {20, 0}, "midnight": {23, 59},
}

// afterDate are words that may follow a date or a bare hour; any other noun makes it something else ("at 5 locations").
var afterDate = set(`to for in on at by and with about because so please asap in to project that then but as due of from
	high low medium urgent also if when saying titled called named before after or tomorrow today tonight next this
	monday tuesday wednesday thursday friday saturday sunday o'clock sharp am pm a.m p.m thanks i it it's its
	assigned assign because mark set using via until till priority regarding re the`)

// instant reads what names a moment by itself: 2027-02-15T14:00, in three hours, half an hour from now.
func (c calendar) instant(ts []token, i int) (when, int) {
	if i >= len(ts) || ts[i].sort != word {
		return when{}, 0
	}
	if m := isoTime.FindStringSubmatch(ts[i].word); m != nil {
		layout, zone := "2006-01-02 15:04", c.now.Location()
		if m[4] != "" && m[4] != "z" {
			return when{}, 0
		}
		if m[4] == "z" {
			zone = time.UTC
		}
		if t, err := time.ParseInLocation(layout, m[1]+" "+m[2]+":"+m[3], zone); err == nil {
			return when{at: t, day: true, clock: true}, 1
		}
	}
	j := i
	if ts[i].is("in", "within") {
		j++
	}
	s, n := c.length(ts, j)
	if n == 0 || s.rest == 0 {
		return when{}, 0
	}
	if j > i {
		return when{at: s.after(c.now).Truncate(time.Minute), day: true, clock: true}, n + 1
	}
	if ok, m := words(ts, j+n, "from now"); ok {
		return when{at: s.after(c.now).Truncate(time.Minute), day: true, clock: true}, n + m
	}
	return when{}, 0
}

// clock reads a time of day that begins at token i. Beside a day, less needs to be said: "friday 15:00", "friday evening".
func (c calendar) clock(ts []token, i int, beside bool) (clock, int) {
	j := i
	said := false
	if j < len(ts) && ts[j].is("at", "@", "around", "by", "before", "until", "till", "from") {
		j, said = j+1, true
		if j < len(ts) && ts[j].is("around", "about") {
			j++
		}
	}
	if j >= len(ts) {
		return clock{}, 0
	}
	if t, n := c.part(ts, j, beside || said); n > 0 {
		return t, j + n - i
	}
	t, exact, n := bareClock(ts, j, said || beside && i > 0 && ts[i-1].is("at", "@"))
	if n == 0 {
		return clock{}, 0
	}
	j += n
	for _, p := range []string{"in the", "at", "this", "o'clock in the", "o'clock", ""} {
		m := 0
		if p != "" {
			if _, m = words(ts, j, p); m == 0 {
				continue
			}
		}
		if p == "o'clock" {
			return workingHour(t, exact), j + m - i
		}
		if j+m < len(ts) && ts[j+m].sort == word {
			if part, ok := partsOfDay[ts[j+m].word]; ok && part.h != 12 {
				return into(t, part), j + m + 1 - i
			}
		}
	}
	for _, k := range []int{i - 1, i - 2} {
		if k >= 0 && ts[k].is("tonight", "afternoon", "evening", "night", "morning") {
			part := partsOfDay[ts[k].word]
			if ts[k].is("tonight") {
				part = clock{20, 0}
			}
			t, exact = into(t, part), true
		}
	}
	if !exact && j < len(ts) && ts[j].sort == word && !ts[j].in(afterDate) {
		if _, isDay := c.day(ts, j); isDay == 0 {
			return clock{}, 0
		}
	}
	return workingHour(t, exact), j - i
}

// part reads "noon", "this evening", "in the morning", "first thing", and beside a day "evening" alone.
func (c calendar) part(ts []token, j int, beside bool) (clock, int) {
	if ok, n := words(ts, j, "first thing in? the? morning?"); ok {
		return clock{9, 0}, n
	}
	if ok, n := words(ts, j, "half past|after"); ok && j+n < len(ts) {
		if h := hourWord(ts[j+n]); h > 0 {
			return workingHour(clock{h, 30}, false), n + 1
		}
	}
	for _, q := range []struct {
		pattern string
		minutes int
	}{{"a? quarter past|after", 15}, {"a? quarter to", -15}} {
		if ok, n := words(ts, j, q.pattern); ok && j+n < len(ts) {
			if h := hourWord(ts[j+n]); h > 0 {
				t := workingHour(clock{h, 0}, false)
				m := t.h*60 + q.minutes
				return clock{m / 60, m % 60}, n + 1
			}
		}
	}
	n := 0
	for _, lead := range []string{"in the", "this", "the", "late", "early"} {
		if ok, m := words(ts, j, lead); ok {
			n = m
			break
		}
	}
	if j+n >= len(ts) || ts[j+n].sort != word {
		return clock{}, 0
	}
	t, ok := partsOfDay[ts[j+n].word]
	w := ts[j+n].word
	if !ok || w == "lunch" && !beside || n == 0 && !beside && !ts[j].is("noon", "midday", "midnight") {
		return clock{}, 0
	}
	if ts[j].is("the") && !beside {
		return clock{}, 0
	}
	return t, n + 1
}

// bareClock reads digits: 15:00 and 3pm always, a bare 3 only where a word asked for a time.
func bareClock(ts []token, j int, said bool) (t clock, exact bool, n int) {
	if ts[j].sort != word {
		return clock{}, false, 0
	}
	w := ts[j].word
	if m := clockTime.FindStringSubmatch(w); m != nil {
		t = clock{number(m[1]), number(m[2])}
		if m[3] == "" && j+1 < len(ts) && ts[j+1].is("am", "pm", "a.m", "p.m") {
			return meridiem(t, ts[j+1].word), true, 2
		}
		if m[3] == "" && !said && w[len(w)-3] == '.' {
			return clock{}, false, 0 // 3.12 is a version
		}
		return meridiem(t, m[3]), m[3] != "" || len(w) == 5 || t.h > 12 || t.h == 0, 1
	}
	if m := hourTime.FindStringSubmatch(w); m != nil {
		return meridiem(clock{number(m[1]), 0}, m[2]), true, 1
	}
	h := hourWord(ts[j])
	if h == 0 {
		if v := number(w); said && v > 12 && v < 24 {
			return clock{v, 0}, false, 1
		}
		return clock{}, false, 0
	}
	if j+1 < len(ts) && ts[j+1].is("am", "pm", "a.m", "p.m") {
		return meridiem(clock{h, 0}, ts[j+1].word), true, 2
	}
	if ok, _ := words(ts, j+1, "o'clock"); ok || said {
		return clock{h, 0}, false, 1
	}
	return clock{}, false, 0
}

func hourWord(t token) int {
	if t.sort != word || t.is("a", "an", "couple", "few", "another") {
		return 0
	}
	h := numbers[t.word]
	if h == 0 && len(t.word) <= 2 {
		h = number(t.word)
	}
	if h < 1 || h > 12 {
		return 0
	}
	return h
}

func meridiem(t clock, m string) clock {
	switch {
	case m == "":
	case m[0] == 'p' && t.h < 12:
		t.h += 12
	case m[0] == 'a' && t.h == 12:
		t.h = 0
	}
	return t
}

// into moves an hour of the clock's face into a part of the day.
func into(t, part clock) clock {
	if part.h >= 12 && t.h < 12 {
		t.h += 12
	}
	return t
}

// workingHour reads an hour without am or pm: eight to eleven in the morning, one to seven in the afternoon.
func workingHour(t clock, exact bool) clock {
	if !exact && t.h >= 1 && t.h <= 7 {
		t.h += 12
	}
	return t
}
