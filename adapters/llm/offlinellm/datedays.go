package offlinellm

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

var (
	isoDay     = regexp.MustCompile(`^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$`)
	slashedDay = regexp.MustCompile(`^(\d{1,2})([/.-])(\d{1,2})(?:[/.-](\d{4}|\d{2}))?$`)
	ordinalDay = regexp.MustCompile(`^(\d{1,2})(st|nd|rd|th)$`)
	plainDay   = regexp.MustCompile(`^\d{1,2}$`)
	year       = regexp.MustCompile(`^(19|20|21)\d\d$`)
)

var months = map[string]time.Month{
	"january": 1, "jan": 1, "february": 2, "feb": 2, "march": 3, "mar": 3, "april": 4, "apr": 4, "may": 5, "june": 6,
	"jun": 6, "july": 7, "jul": 7, "august": 8, "aug": 8, "september": 9, "sep": 9, "sept": 9, "october": 10, "oct": 10,
	"november": 11, "nov": 11, "december": 12, "dec": 12,
}

var weekdays = map[string]time.Weekday{
	"sunday": 0, "monday": 1, "tuesday": 2, "wednesday": 3, "thursday": 4, "friday": 5, "saturday": 6,
	"tues": 2, "thur": 4, "thurs": 4, "tue": 2, "thu": 4, "fri": 5,
}

// shortWeekdays are words of other meanings too: they count only after a word that asks for a day.
var shortWeekdays = map[string]time.Weekday{"sun": 0, "mon": 1, "wed": 3, "sat": 6}

var asksForDay = set("on by until till due next this coming before every for following")

var relativeDays = map[string]int{
	"today": 0, "tonight": 0, "tonite": 0, "2nite": 0, "tomorrow": 1, "tmrw": 1, "tmr": 1, "tmw": 1, "tommorow": 1, "tomorow": 1, "tommorrow": 1,
	"tomorrrow": 1, "2morrow": 1, "tomorro": 1, "tomarrow": 1, "todays": 0, "eod": 0, "cob": 0, "overmorrow": 2,
}

var numbers = map[string]int{
	"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
	"ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17,
	"eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90, "couple": 2, "few": 3,
	"another": 1,
}

// day reads a day that begins at token i.
func (c calendar) day(ts []token, i int) (day, int) {
	if i >= len(ts) || ts[i].sort != word {
		return day{}, 0
	}
	for _, read := range []func([]token, int) (day, int){
		c.written, c.monthDay, c.relativeDay, c.periodEnd, c.weekday, c.counted, c.nextPeriod, c.ordinal,
	} {
		if d, n := read(ts, i); n > 0 && d.valid() {
			return d, n
		}
	}
	return day{}, 0
}

// written reads 2027-02-15 and 15/02/2027.
func (c calendar) written(ts []token, i int) (day, int) {
	w := strings.TrimSuffix(ts[i].word, "z")
	if m := isoDay.FindStringSubmatch(w); m != nil {
		return day{number(m[1]), time.Month(number(m[2])), number(m[3])}, 1
	}
	m := slashedDay.FindStringSubmatch(w)
	if m == nil {
		return day{}, 0
	}
	if m[4] == "" && (m[2] != "/" || i == 0 || !ts[i-1].is("on", "by", "due", "to", "until", "before", "till", "for", "deadline", "date")) {
		return day{}, 0 // 3.12 is a version and 3/4 a fraction, unless a word asks for a day
	}
	d := day{c.now.Year(), time.Month(number(m[3])), number(m[1])}
	if number(m[3]) > 12 {
		d.m, d.d = time.Month(number(m[1])), number(m[3])
	}
	switch len(m[4]) {
	case 4:
		d.y = number(m[4])
	case 2:
		d.y = 2000 + number(m[4])
	default:
		d = c.comingYear(d)
	}
	return d, 1
}

// monthDay reads 1 March 2027, the 1st of March, March 1st, 2027.
func (c calendar) monthDay(ts []token, i int) (day, int) {
	j := i
	if ts[j].is("the") {
		j++
	}
	at := func(k int) token {
		if k < len(ts) && ts[k].sort == word {
			return ts[k]
		}
		return token{sort: mark}
	}
	d := dayNumber(at(j))
	var m time.Month
	var n int
	if d > 0 {
		k := j + 1
		if at(k).is("of") {
			k++
		}
		m, n = months[at(k).word], k+1-i
	} else if m = months[at(j).word]; m > 0 && j == i {
		k := j + 1
		if at(k).is("the") {
			k++
		}
		d, n = dayNumber(at(k)), k+1-i
		if at(i+n).is("times", "people", "minutes", "hours", "copies") {
			return day{}, 0
		}
	}
	if d == 0 || m == 0 {
		return day{}, 0
	}
	k := i + n
	if k < len(ts) && ts[k].is(",") {
		k++
	}
	if year.MatchString(at(k).word) {
		return day{number(at(k).word), m, d}, k + 1 - i
	}
	return c.comingYear(day{c.now.Year(), m, d}), n
}

func dayNumber(t token) int {
	if plainDay.MatchString(t.word) && t.sort == word {
		return number(t.word)
	}
	if m := ordinalDay.FindStringSubmatch(t.word); m != nil {
		return number(m[1])
	}
	return 0
}

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

// comingYear moves a day whose year was not said to the next year once it has passed.
func (c calendar) comingYear(d day) day {
	if d.before(c.today()) {
		d.y++
		for !d.valid() && d.m == time.February && d.d == 29 {
			d.y++
		}
	}
	return d
}

func (c calendar) relativeDay(ts []token, i int) (day, int) {
	if w, n := words(ts, i, "the? day after tomorrow"); w {
		return c.plus(2), n
	}
	if w, n := words(ts, i, "this morning|afternoon|evening"); w {
		return c.today(), n
	}
	if w, n := words(ts, i, "later today|tonight"); w {
		return c.today(), n
	}
	if n, ok := relativeDays[ts[i].word]; ok {
		return c.plus(n), 1
	}
	return day{}, 0
}

// ordinal reads "the 15th", where a word before asks for a day and no noun follows: the next 15th.
func (c calendar) ordinal(ts []token, i int) (day, int) {
	if !ts[i].is("the") || i+1 >= len(ts) || i == 0 || !ts[i-1].is("on", "by", "until", "before", "to", "due", "till", "for") {
		return day{}, 0
	}
	m := ordinalDay.FindStringSubmatch(ts[i+1].word)
	if m == nil || i+2 < len(ts) && ts[i+2].sort == word && !ts[i+2].in(afterDate) {
		return day{}, 0
	}
	y, mo, _ := c.now.Date()
	for k := range 12 {
		first := dayOf(time.Date(y, mo+time.Month(k), 1, 12, 0, 0, 0, time.UTC))
		if d := (day{first.y, first.m, number(m[1])}); d.valid() && !d.before(c.today()) {
			return d, 2
		}
	}
	return day{}, 0
}
