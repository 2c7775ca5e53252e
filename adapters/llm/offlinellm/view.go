package offlinellm

import "strings"

// view is one clause of which words are taken one by one: the verb, the date, the priority. What is left in the end is
// the title.
type view struct {
	p        *parser
	ts       []token
	used     []bool
	mentions []mention
	link     string // how the clause hangs on the one before: with, and
	place    *item  // the project that the clause began with
	said     string // the priority that the noun phrase gave
	state    string // the status that the noun phrase gave
	taskEnd  int    // behind the word "task"
}

func (p *parser) view(ts []token) *view {
	return &view{p: p, ts: ts, used: make([]bool, len(ts)), mentions: p.mentions(ts)}
}

func (v *view) take(i, j int) {
	for k := i; k < j; k++ {
		v.used[k] = true
	}
}

// first is the first token that is not taken, len(ts) if there is none.
func (v *view) first() int { return v.next(0) }

func (v *view) next(i int) int {
	for i < len(v.ts) && v.used[i] {
		i++
	}
	return i
}

// at matches a pattern at token i, marks between its words aside, none of it taken yet.
func (v *view) at(i int, pattern string) int {
	if i < 0 {
		return 0
	}
	j := i
	for p := range strings.FieldsSeq(pattern) {
		base, optional := strings.CutSuffix(p, "?")
		k := j
		for k < len(v.ts) && k > i && v.ts[k].is(":", ",", "=", "-", "(") {
			k++
		}
		hit := false
		if k < len(v.ts) && !v.used[k] && v.ts[k].sort != quoted {
			for alt := range strings.SplitSeq(base, "|") {
				hit = hit || v.ts[k].word == alt
			}
		}
		switch {
		case hit:
			j = k + 1
		case !optional:
			return 0
		}
	}
	return j - i
}

// find looks for a pattern from token i on.
func (v *view) find(i int, pattern string) (at, n int) {
	for ; i < len(v.ts); i++ {
		if n := v.at(i, pattern); n > 0 && !v.inside(i) {
			return i, n
		}
	}
	return -1, 0
}

// inside reports whether token i belongs to the full title of something known.
func (v *view) inside(i int) bool {
	for _, m := range v.mentions {
		if m.i <= i && i < m.j {
			return true
		}
	}
	return false
}

// text is what tokens [i, j) say, without what is taken, as it was written.
func (v *view) text(i, j int) string {
	var parts []string
	for k := i; k < j; {
		if v.used[k] {
			k++
			continue
		}
		from := k
		for k < j && !v.used[k] {
			k++
		}
		parts = append(parts, strings.TrimSpace(v.p.message[v.ts[from].start:v.ts[k-1].end]))
	}
	return strings.Join(parts, " ")
}

// trimLeft drops words at the front that only lead to what follows.
func (v *view) trimLeft(i int, leads map[string]bool) int {
	for i < len(v.ts) && (v.used[i] || v.ts[i].in(leads)) {
		i++
	}
	return i
}

var (
	titleLeads = set("its to that about for called named titled entitled saying says : - , – — of which is should be as name title it = with and")
	titleTails = set(", ; : - – — . ! ? and with which but as due please ) ( by plus then also")
)

// title is what is left of the clause from token i on. A quotation that leads is the title alone.
func (v *view) title(i int) string {
	i = v.trimLeft(i, titleLeads)
	if i < len(v.ts) && v.ts[i].sort == quoted {
		if k := v.next(i + 1); k >= len(v.ts) || v.ts[k].sort != word || v.ts[k].in(titleTails) || v.ts[k].in(afterQuote) {
			v.used[i] = true
			return v.ts[i].word
		}
	}
	j := len(v.ts)
	for j > i && (v.used[j-1] || v.ts[j-1].in(titleTails)) {
		j--
	}
	return v.text(i, j)
}

// afterQuote are words after which a quotation's sentence goes on about something else.
var afterQuote = set("in to for on as under with at by due into of and from which saying that")

// cleanTitle takes off the marks that a title was wrapped or ended in.
func cleanTitle(s string) string {
	s = strings.TrimSpace(s)
	if ts := tokenize(s); len(ts) == 1 && ts[0].sort == quoted {
		s = ts[0].word
	}
	s = strings.TrimRight(s, ".,;:! ")
	s = strings.TrimLeft(s, ",;:.- ")
	return strings.TrimSpace(s)
}
