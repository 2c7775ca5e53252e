package offlinellm

import "time"

// when is a moment that a message speaks of.
type when struct {
	at    time.Time
	day   bool // the day was said; else it is the next on which the time of day makes sense
	clock bool // the time of day was said
}

// shift is a length of time: "by two days".
type shift struct {
	months, days int
	rest         time.Duration
}

func (s shift) zero() bool { return s == shift{} }

func (s shift) after(t time.Time) time.Time { return t.AddDate(0, s.months, s.days).Add(s.rest) }

// The time of day where none is said: the end of a working day, and the end of the day once that is over.
const (
	defaultHour = 17
	lastHour    = 23
	lastMinute  = 59
)

// day is a calendar day; clock a time of day.
type day struct {
	y int
	m time.Month
	d int
}

type clock struct{ h, m int }

// calendar reads dates in tokens, seen from a moment in the user's zone.
//
// A date is a day (ISO; D/M/Y, or M/D/Y where only that can be; a month's name with a day's number; a weekday, always
// the first such day after today; today, tomorrow, in two weeks, end of the month, the weekend, next week = its Monday,
// next month = its first), a time of day (3pm, 15:00, at 3, noon, half past two, in the evening), or both in any order.
// A day alone means 17:00 of it, or 23:59 when that has passed. A time alone means the next moment with that time. A
// day and month without a year are the next to come.
type calendar struct{ now time.Time }

// span is a date found in tokens [i, j).
type dateSpan struct {
	i, j int
	when when
}

// read finds a date that begins exactly at token i; n is the number of its tokens, 0 for none.
func (c calendar) read(ts []token, i int) (when, int) {
	if w, n := c.instant(ts, i); n > 0 {
		return w, n
	}
	if d, n := c.day(ts, i); n > 0 {
		at, said := fixedHour(ts[i : i+n])
		vague := said
		j := i + n
		for range 2 { // "tomorrow morning at 8" says the time twice
			k, t := c.joined(ts, j)
			if t == 0 {
				break
			}
			at, _ = c.clock(ts, k, true)
			said, vague, j = true, ts[k+t-1].in(vagueHours), k+t
		}
		switch w := c.at(d, at); {
		case !said:
			return c.wholeDay(d), n
		case vague && d == c.today() && !w.at.After(c.now):
			return c.at(d, clock{lastHour, lastMinute}), j - i
		default:
			return w, j - i
		}
	}
	at, n := c.clock(ts, i, false)
	if n == 0 {
		return when{}, 0
	}
	for k := i + n; k < len(ts) && k <= i+n+2; k++ {
		if d, m := c.day(ts, k); m > 0 {
			return c.at(d, at), k + m - i
		}
		if !ts[k].is("on", ",", "this", "of") {
			break
		}
	}
	return c.next(at), n
}

// joined finds a time of day after a day, behind at most two words that join them.
func (c calendar) joined(ts []token, j int) (k, n int) {
	for k = j; k < len(ts) && k <= j+2; k++ {
		if _, n = c.clock(ts, k, true); n > 0 {
			return k, n
		}
		if !ts[k].is(",", "at", "by", "@", "around", "in", "before", "after", "from", "about") {
			break
		}
	}
	return j, 0
}

func (c calendar) at(d day, t clock) when {
	return when{at: time.Date(d.y, d.m, d.d, t.h, t.m, 0, 0, c.now.Location()), day: true, clock: true}
}

func (c calendar) wholeDay(d day) when {
	w := c.at(d, clock{defaultHour, 0})
	if d == c.today() && !w.at.After(c.now) {
		w = c.at(d, clock{lastHour, lastMinute})
	}
	w.clock = false
	return w
}

// next is the next moment with that time of day.
func (c calendar) next(t clock) when {
	w := c.at(c.today(), t)
	if !w.at.After(c.now) {
		w = c.at(c.plus(1), t)
	}
	w.day = false
	return w
}

func (c calendar) today() day { return dayOf(c.now) }

func (c calendar) plus(days int) day { return c.today().plus(days) }

func dayOf(t time.Time) day {
	y, m, d := t.Date()
	return day{y, m, d}
}

func (d day) plus(days int) day { return dayOf(time.Date(d.y, d.m, d.d+days, 12, 0, 0, 0, time.UTC)) }

func (d day) weekday() time.Weekday { return time.Date(d.y, d.m, d.d, 12, 0, 0, 0, time.UTC).Weekday() }

// after is the first such weekday after d.
func (d day) after(w time.Weekday) day {
	n := (int(w) - int(d.weekday()) + 7) % 7
	if n == 0 {
		n = 7
	}
	return d.plus(n)
}

// onOrAfter is d itself where it is such a weekday.
func (d day) onOrAfter(w time.Weekday) day { return d.plus(-1).after(w) }

// monday is the Monday of d's week, which begins on Monday.
func (d day) monday() day { return d.plus(-((int(d.weekday()) + 6) % 7)) }

func (d day) valid() bool {
	return d.y >= 1 && d.d >= 1 && d == dayOf(time.Date(d.y, d.m, d.d, 12, 0, 0, 0, time.UTC))
}

func (d day) before(e day) bool {
	return time.Date(d.y, d.m, d.d, 0, 0, 0, 0, time.UTC).Before(time.Date(e.y, e.m, e.d, 0, 0, 0, 0, time.UTC))
}

func lastOf(y int, m time.Month) day { return dayOf(time.Date(y, m+1, 0, 12, 0, 0, 0, time.UTC)) }

// vagueHours are times of day that reach to the day's end once they have begun.
var vagueHours = set("morning afternoon evening night tonight lunchtime lunch")

// fixedHour is the hour that some days bring along: tonight, this evening.
func fixedHour(ts []token) (clock, bool) {
	last := ts[len(ts)-1]
	if last.is("tonight", "tonite", "2nite") {
		return clock{20, 0}, true
	}
	if !last.in(vagueHours) {
		return clock{}, false
	}
	t, ok := partsOfDay[last.word]
	return t, ok
}
