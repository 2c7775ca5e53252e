package offlinellm

import "slices"

import "strings"

// dateLeads are words before a date that belong to it.
var dateLeads = set("due by on at before until till for from around starting to")

// dates finds the dates in what is not taken, with the words that lead to them.
func (v *view) dates() []dateSpan {
	var out []dateSpan
	c := v.p.calendar()
	for i := 0; i < len(v.ts); i++ {
		if v.used[i] || v.inside(i) || v.ts[i].sort != word {
			continue
		}
		w, n := c.read(v.ts, i)
		if n == 0 || !v.datable(i, n) {
			continue
		}
		if ok, m := words(v.ts, i+n, "at the latest|earliest"); ok {
			n += m
		} else if ok, m := words(v.ts, i+n, "or sooner|earlier|before"); ok {
			n += m
		} else if ok, m := words(v.ts, i+n, "latest|sharp"); ok {
			n += m
		}
		out = append(out, dateSpan{v.dateStart(i), i + n, w})
		i += n - 1
	}
	return out
}

// datable reports whether a date at i is said as one: "the Friday report" and "Monday standup" are not.
func (v *view) datable(i, n int) bool {
	for k := i; k < i+n; k++ {
		if v.used[k] || v.inside(k) {
			return false
		}
	}
	if n > 1 && !v.ts[i].is("this", "at", "by") || strings.ContainsAny(v.ts[i].word, "0123456789") {
		return true
	}
	before, after := token{}, token{}
	if i > 0 {
		before = v.ts[i-1]
	}
	if i+n < len(v.ts) {
		after = v.ts[i+n]
	}
	switch {
	case before.is("the", "a", "my", "our", "every", "each", "last", "of") && (!before.is("of") || i <= 1 || !v.ts[i-2].is("date", "deadline")):
		return false
	case before.is("on", "by", "until", "due", "before", "till"), n > 1:
		return true
	case after.sort != word || i+n >= len(v.ts) || v.used[i+n] || after.in(afterDate):
		return true
	case v.next(0) == i || before.sort == mark:
		return after.in(imperatives) || v.p.opening(v.ts, i+n).verb != noVerb
	case v.priorityAt(i+n) > 0:
		return true
	}
	return after.is("everyone", "everybody", "someone", "again")
}

// dateStart moves to the left over words like "due on" and "with a deadline of".
func (v *view) dateStart(i int) int {
	start, named := i, false
	for start > 0 && !v.used[start-1] && v.ts[start-1].sort != quoted && !v.inside(start-1) {
		t := v.ts[start-1]
		switch {
		case t.is("deadline", "date", "scheduled", "due", "needed", "wanted", "required", "expected"):
			named = true
		case t.in(dateLeads) && start >= i-1:
		case t.is("of", ":", "is", "set", "to", "be", "it's", "its", "a", "the", "for", "with", "and", "than", "later", "no", "that's", "(", "=") && (named || t.is("it's", "its", "than", "(")):
		case t.is("of", ":") && start == i && start > 1 && v.ts[start-2].is("deadline", "date", "due"):
		case t.is("later", "no") && start > 1 && v.ts[start].is("than", "later"):
		default:
			return start
		}
		start--
	}
	return start
}

// when takes the clause's date: a day and a time of day may stand apart.
func (v *view) when() *when {
	spans := v.dates()
	if len(spans) == 0 {
		return nil
	}
	best := 0
	for k, s := range spans {
		if v.ts[s.i].is("due", "by", "before", "deadline", "until") && !v.ts[spans[best].i].is("due", "by", "before", "deadline", "until") {
			best = k
		}
	}
	w := spans[best].when
	v.take(spans[best].i, spans[best].j)
	for k, s := range spans {
		if k == best || s.when.day == w.day || s.when.clock && w.clock {
			continue
		}
		dayPart, clockPart := w, s.when
		if !w.day {
			dayPart, clockPart = s.when, w
		}
		w = v.p.calendar().at(dayOf(dayPart.at), clock{clockPart.at.Hour(), clockPart.at.Minute()})
		v.take(s.i, s.j)
		break
	}
	return &w
}

// level is a way to say a priority. An edge phrase counts at the clause's ends, before a colon or a kind's name only:
// "the urgent email" is an e-mail.
type level struct {
	pattern, priority string
	edge              bool
}

var levels = []level{
	{"less|not so|that? important|urgent|critical|pressing", "low", false}, {"more|very important|urgent|critical|pressing now?", "high", true},
	{"with|at|as|on|and|, a|the? high|highest|top|urgent|critical|maximum|max|highest|higher priority|prio|importance", "high", false},
	{"high|highest|top|urgent|critical|maximum|max|higher priority|prio|importance", "high", false},
	{"with? a? high-priority|top-priority|highest-priority|high-prio|top-prio|hi-prio", "high", false}, {"with|set|make? a? the? priority|prio|importance set? to|is? high|highest|urgent|critical|top|1", "high", false},
	{"asap|a.s.a.p|urgently|immediately", "high", false}, {"as soon as possible", "high", false}, {"right away|now", "high", false},
	{"it's|its|that's|thats|and|which|, is? really|very|super|pretty|quite|extremely|so? urgent|important|critical|high|crucial priority?", "high", true},
	{"it|this|that|which is really|very|super|pretty|quite|extremely|so? urgent|important|critical|crucial", "high", false},
	{"it's|its|that's really|very|super|pretty|quite|extremely|so? urgent|important|critical|crucial", "high", false},
	{"it's|its a? high|top priority", "high", false}, {"it is a? high|top priority", "high", false},
	{"marked|flagged|as urgent|important|critical", "high", false}, {"as high", "high", true},
	{"really|very|super? urgent|important|critical", "high", true}, {"p1", "high", false}, {"!!|!!!|!!!!", "high", false}, {"high", "high", true},
	{"with|at|as|on|and|, a|the? low|lowest|lower priority|prio|importance", "low", false}, {"low|lowest|lower priority|prio|importance", "low", false},
	{"with? a? low-priority|low-prio|lo-prio", "low", false}, {"with|set|make? a? the? priority|prio|importance set? to|is? low|lowest|3", "low", false},
	{"it's|its|it|there's|there is|there? no rush|hurry", "low", false}, {"no rush|hurry|pressure", "low", false}, {"when|whenever i|you|we have|get|find some|a|the? time|chance|moment", "low", false},
	{"it's|it|its|that's is? not urgent|important|pressing", "low", false}, {"not urgent|important", "low", false}, {"it isn't urgent|important", "low", false}, {"someday|sometime|eventually|whenever", "low", true},
	{"p3", "low", false}, {"low", "low", true}, {"as low", "low", true}, {"nice to have", "low", true},
	{"with|at|as|on|and|, a|the? medium|normal|moderate|mid|regular|average|standard priority|prio|importance", "medium", false},
	{"medium|normal|moderate|mid|regular|average|standard priority|prio|importance", "medium", false}, {"with? a? medium-priority|medium-prio|mid-prio", "medium", false},
	{"with|set|make? a? the? priority|prio|importance set? to|is? medium|normal|moderate|2", "medium", false}, {"p2", "medium", false}, {"medium", "medium", true}, {"as medium|normal", "medium", true},
}

// priorityAt is the length of a priority phrase at i.
func (v *view) priorityAt(i int) int {
	_, n := v.levelAt(i, false)
	return n
}

func (v *view) levelAt(i int, everywhere bool) (string, int) {
	best, n := "", 0
	for _, l := range levels {
		m := v.at(i, l.pattern)
		if m <= n || v.ts[i].sort == quoted || v.inside(i) || v.inside(i+m-1) {
			continue
		}
		if l.edge && !everywhere && !v.atEdge(i, i+m) {
			continue
		}
		best, n = l.priority, m
	}
	return best, n
}

func (v *view) atEdge(i, j int) bool {
	before, after := i, v.next(j)
	for before > 0 && v.used[before-1] {
		before--
	}
	if before == 0 && after < len(v.ts) && v.ts[after].is(":", "-", ",", "–", "—") {
		return true
	}
	if after < len(v.ts) && !v.ts[after].is(".", "!", ",", ")", "!!", "!!!", "and", "but") {
		_, isNoun := nounOf(v.ts[after])
		return isNoun && before <= 2
	}
	return before > 0 && !v.ts[before-1].is("the", "a", "an", "my", "is", "be", "very", "not") || v.at(i, "it's|its|that's|and|which|,") > 0
}

// priority takes a priority phrase; everywhere also counts a bare "high" or "urgent" in any place.
func (v *view) priority(everywhere bool) string {
	for i := range v.ts {
		if v.used[i] {
			continue
		}
		l, n := v.levelAt(i, everywhere)
		if n == 0 {
			continue
		}
		v.take(i, i+n)
		for k := i - 1; k >= 0 && !v.used[k] && v.ts[k].is(",", "(", "with", "as", "at"); k-- {
			v.used[k] = true
		}
		for k := i + n; k < len(v.ts) && v.ts[k].is(":", ")"); k++ {
			v.used[k] = true
		}
		return l
	}
	return ""
}

var statuses = []struct{ pattern, status string }{
	{"not|isn't|is not? done|finished|complete|completed", "todo"}, {"in progress|process|work", "in_progress"}, {"in-progress|in_progress|ongoing|started|underway|wip|inprogress", "in_progress"},
	{"under way", "in_progress"}, {"being worked on", "in_progress"}, {"work in progress", "in_progress"}, {"not started", "todo"}, {"un-done|undone|unfinished|incomplete|todo|to-do|open|pending|outstanding|remaining|unstarted", "todo"}, {"to do", "todo"},
	{"done|finished|completed|complete|closed|resolved", "done"}, {"doing", "in_progress"},
}

// statusAt is the length of a status at i.
func (v *view) statusAt(i int) int {
	n := 0
	for _, s := range statuses {
		n = max(n, v.at(i, s.pattern))
	}
	return n
}

// status takes the clause's last status phrase.
func (v *view) status() string {
	for i := range slices.Backward(v.ts) {
		if v.used[i] || v.inside(i) {
			continue
		}
		found, n := "", 0
		for _, s := range statuses {
			if m := v.at(i, s.pattern); m > n {
				found, n = s.status, m
			}
		}
		if n == 0 {
			continue
		}
		if k := i - 1; k >= 0 && v.at(k, "not|to|in|isn't|aren't|wasn't") > 0 {
			if longer := v.statusAt(k); longer > n {
				continue
			}
		}
		v.take(i, i+n)
		return found
	}
	return ""
}
