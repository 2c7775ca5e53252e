package offlinellm

import (
	"strings"
	"time"
)

// maxActions is how many tasks the notes of one meeting become at most.
const maxActions = 25

// fromMeeting makes a task of each action item in the notes of a meeting.
func (s *step) fromMeeting() [][]call {
	var calls []call
	under := false // a heading that announces action items
	now := s.w.now
	for line := range strings.SplitSeq(strings.ReplaceAll(s.text("notes"), "\r\n", "\n"), "\n") {
		line = strings.TrimSpace(line)
		ts := tokenize(line)
		if len(ts) == 0 {
			continue
		}
		if len(ts) > 2 && ts[0].is("date") && ts[1].is(":") {
			now = heldOn(ts[2:], now)
			continue
		}
		if announces, heading := actionHeading(ts); heading {
			under = announces
			continue
		}
		for _, in := range s.agreed(line, under, now) {
			if len(calls) < maxActions {
				args := newFields(in, s.w)
				args["description"] = "Agreed in a meeting: " + strings.TrimSpace(strings.TrimLeft(line, "-*•> \t"))
				args["is_ai_suggested"], args["is_approved"] = 1, 0
				calls = append(calls, call{"create_task", args, 0})
			}
		}
	}
	return s.inRounds(calls)
}

// heldOn is the date that a text bears, now where it bears none that has been.
func heldOn(ts []token, now time.Time) time.Time {
	for i := range ts {
		if d, n := (calendar{now}).day(ts, i); n > 0 {
			at := time.Date(d.y, d.m, d.d, 9, 0, 0, 0, now.Location())
			if year := now.Year() - at.Year(); at.After(now) && year < 0 {
				at = at.AddDate(year, 0, 0) // a day without a year is one that has been
			}
			if !at.After(now) && now.Sub(at) < 400*24*time.Hour {
				return at
			}
		}
	}
	return now
}

// actionHeading reports whether a line is a heading, and whether action items stand below it.
func actionHeading(ts []token) (announces, heading bool) {
	bare := strings.Trim(strings.Join(wordsOf(ts), " "), " ")
	marked := ts[0].is("#", "##", "###", "####") || ts[0].sort == mark && strings.HasPrefix(ts[0].word, "**")
	ends := ts[len(ts)-1].is(":") || ts[len(ts)-1].sort == mark && strings.HasPrefix(ts[len(ts)-1].word, "**")
	switch bare {
	case "action items", "actions", "action points", "to do", "todo", "todos", "to-dos", "next steps", "tasks", "follow-ups", "follow ups", "next actions", "action item list", "open actions":
		return true, true
	}
	return false, (marked || ends) && len(ts) <= 8
}

func wordsOf(ts []token) []string {
	var out []string
	for _, t := range ts {
		if t.sort == word {
			out = append(out, t.word)
		}
	}
	return out
}

// actionMarks begin an action item.
var actionMarks = []string{"todo|to-do|action|ap|ai|task|next|follow-up|followup", "to do", "action item|point", "next step|action", "follow up"}

// agreed are the tasks in one line of a meeting's notes.
func (s *step) agreed(line string, under bool, now time.Time) []intent {
	if strings.HasPrefix(line, ">") {
		return nil
	}
	item, open := checkbox(line)
	if !open && item == "" {
		return nil // a box that is ticked
	}
	w := s.places()
	w.now = now
	p := &parser{message: item, world: w, said: tokenize(item)}
	ts := p.said
	if len(ts) == 0 {
		return nil
	}
	i, certain := 0, open
	if n := bullet(ts, 0); n > 0 {
		certain = certain || under
		i = n
	} else if under && !strings.ContainsAny(line, ".") {
		certain = true
	}
	for _, m := range actionMarks {
		if ok, n := words(ts, i, m); ok && i+n+1 < len(ts) && ts[i+n].is(":", "-", "–", "—") {
			i, certain = i+n+1, true
			break
		}
	}
	if i >= len(ts) {
		return nil
	}
	if certain {
		return s.action(p, ts[i:])
	}
	return s.undertaken(p, item)
}

// checkbox takes "- [ ]" from a line; a ticked one leaves nothing.
func checkbox(line string) (item string, open bool) {
	bare := strings.TrimLeft(line, "-*•+ \t")
	for _, box := range []string{"[ ]", "[]", "☐"} {
		if rest, ok := strings.CutPrefix(bare, box); ok {
			return strings.TrimSpace(rest), true
		}
	}
	for _, box := range []string{"[x]", "[X]", "☑", "✅", "✓"} {
		if strings.HasPrefix(bare, box) {
			return "", false
		}
	}
	return line, false
}

// undertaken are the sentences of a line in which somebody takes something on: "Bob will call the bank by Friday".
func (s *step) undertaken(p *parser, line string) []intent {
	var out []intent
	for _, sentence := range sentencesOf(line) {
		if strings.HasSuffix(sentence, "?") {
			continue
		}
		q := &parser{message: sentence, world: p.world, said: tokenize(sentence)}
		for _, part := range clausesOf(q.said) {
			if who, rest := q.takesOn(part); rest < len(part) && (who != nil || part[0].sort == word && strings.HasPrefix(part[0].word, "@")) {
				out = append(out, s.action(q, part)...)
			}
		}
	}
	return out
}

// clausesOf parts a sentence at "and" and commas before a name that takes something on.
func clausesOf(ts []token) [][]token {
	var out [][]token
	start := 0
	for k := 1; k+2 < len(ts); k++ {
		if ts[k].is("and", ",", ";", "while") && ts[k+1].sort == word && ts[k+2].is("will", "to", "needs", "has", "must", "should", "takes", "is") && k > start {
			out = append(out, ts[start:k])
			start = k + 1
		}
	}
	return append(out, ts[start:])
}

// undertakings are what a name is followed by.
var undertakings = []string{"will|shall|should|must|can", "has|needs|agreed|promised|offered|volunteered|is|wants|plans to", "is going to", "to", "'ll", "takes|owns", "takes over|on|care of?", "prepares|sends|checks|writes|calls|organises|organizes|reviews|updates|books|contacts|asks|creates|drafts|schedules|shares|fixes|sets"}

// takesOn reads who takes something on, and where what it is begins: "Bob will", "@Ada:", "Bob and Ada to".
func (p *parser) takesOn(ts []token) (who []string, at int) {
	if len(ts) < 3 {
		return nil, len(ts)
	}
	v := p.view(ts)
	if strings.HasPrefix(ts[0].word, "@") && ts[0].sort == word {
		at = 1
		for at < len(ts) && ts[at].is(":", "-", "–", "will", "to", ",") {
			at++
		}
		return []string{strings.TrimPrefix(p.message[ts[0].start:ts[0].end], "@")}, at
	}
	if ts[0].is("i") && ts[1].is("will", "must", "have", "need") || ts[0].is("i'll") || ts[0].is("we") && ts[1].is("need", "must", "have") {
		at = 1
		for at < len(ts) && ts[at].is("will", "must", "have", "need", "to") {
			at++
		}
		return []string{}, at
	}
	if !capital(p.message, ts[0]) || ts[0].in(notNames) || participle(ts[0].word) != "" {
		return nil, len(ts)
	}
	who, end := v.names(0)
	if len(who) == 0 || end >= len(ts) {
		return nil, len(ts)
	}
	for _, u := range undertakings {
		if ok, n := words(ts, end, u); ok && end+n < len(ts) {
			at = max(at, end+n)
			if n == 1 && strings.HasSuffix(ts[end].word, "s") && !ts[end].is("has", "is") && !ts[end].is("takes", "owns", "needs") {
				at = end // the verb stays in the title
			}
		}
	}
	if at == 0 {
		return nil, len(ts)
	}
	return who, at
}

// notNames begin sentences with a capital and are nobody.
var notNames = set(`i we you he she it they the a an this that these those there everyone everybody nobody someone somebody anyone all each both what who when where
	why how if as so then also but and or not no yes next today tomorrow yesterday one two three budget launch marketing sales design decision discussion`)

// action makes a task of an action item, with whom it names at its start or its end.
func (s *step) action(p *parser, ts []token) []intent {
	v := p.view(ts)
	if p.aimed(ts, 0) || p.sweeping(ts, 0) {
		return nil
	}
	who, at := p.takesOn(ts)
	if at >= len(ts) || who == nil {
		who, at = v.labelled()
	}
	v.take(0, at)
	if tail, from := v.inBrackets(); len(who) == 0 && len(tail) > 0 {
		who = tail
		v.take(from, len(ts))
	}
	in := v.taskSlots()
	if len(in.people) == 0 {
		in.people = who
	}
	title := cleanTitle(strings.TrimRight(v.title(v.trimLeft(at, set("to : - – — ,"))), "?!. ()"))
	in.title = capitalFirst(thirdPerson(title))
	if in.title == "" || onlyTails(in.title) {
		return nil
	}
	return []intent{in}
}

// thirdPerson turns "sends the minutes" into "send the minutes".
func thirdPerson(title string) string {
	first, rest, ok := strings.Cut(title, " ")
	if base := strings.TrimSuffix(strings.ToLower(first), "s"); ok && base != strings.ToLower(first) && imperatives[base] && !imperatives[strings.ToLower(first)] {
		return base + " " + rest
	}
	return title
}

// labelled reads "Ada: review the draft" and "[Ada] review".
func (v *view) labelled() (who []string, at int) {
	if len(v.ts) > 2 && v.ts[0].is("[", "(") && capital(v.p.message, v.ts[1]) {
		if names, end := v.names(1); len(names) > 0 && end+1 < len(v.ts) && v.ts[end].is("]", ")") {
			return names, end + 1
		}
	}
	if names, end := v.names(0); len(names) > 0 && end+1 < len(v.ts) && v.ts[end].is(":") && capital(v.p.message, v.ts[0]) && !v.ts[0].in(notNames) {
		return names, end + 1
	}
	return nil, 0
}

// inBrackets reads who does it from the end: "(Ada)", "(Ada, Friday)", "- Ada", "→ Ada".
func (v *view) inBrackets() (who []string, from int) {
	for k := len(v.ts) - 2; k > 1; k-- {
		if !v.ts[k].is("(", "[", "-", "–", "—", "->", "@") || v.used[k] {
			continue
		}
		names, end := v.names(k + 1)
		if len(names) == 0 || !capital(v.p.message, v.ts[k+1]) || v.isDate(k+1) || v.ts[k+1].in(notNames) {
			return nil, 0
		}
		rest := v.p.view(v.ts[end:])
		rest.when()
		if rest.trimLeft(0, set(") ] , . by due ( -")) >= len(rest.ts) {
			v.withoutDate(k, end)
			return names, len(v.ts)
		}
	}
	return nil, 0
}

// withoutDate takes names and brackets and leaves a date behind them to be read.
func (v *view) withoutDate(k, end int) {
	v.take(k, end)
	for j := end; j < len(v.ts); j++ {
		if v.ts[j].is(")", "]", ",") {
			v.used[j] = true
		}
	}
}
