package offlinellm

import (
	"slices"
	"strings"
)

// head is how a clause begins: its verb and the tokens that say it.
type head struct {
	verb verb
	word string // the first word, for a title that keeps its verb
	said []int  // the tokens
	end  int    // behind them
}

// courtesies come before a request and say nothing.
var courtesies = strings.Split(`please|pls|plz|kindly;can|could|would|will you please?;can|could we please?;would you mind;
	hey|hi|hello|ok|okay|so|also|then|and|now|just|finally|lastly|actually|alright|great|well|um|uh|oh|yo|right|sure;
	first of all;first|second|secondly|thirdly|firstly|next;
	i mean;or rather;that is;in other words;
	i want|need|would you to;i'd like|love you to;i would like you to;let's|lets;let us;go ahead and;do me a favor|favour and?;
	help me to?;adiuva|assistant|ai|bot;after that|this;in addition;thanks|thx|cheers;
	good morning|afternoon|evening;if you can|could;when you can;quick one|question;one more thing;yes|yep|yeah;quickly;maybe;and;try to;
	i want|wish|like to;i'd like|love to;i would like to;i wanna;we should;you should|can|could|must|need to?;
	it'd|it would? be great|nice|good|lovely|helpful|awesome|wonderful|cool|super if you could|can|would?;would be great|nice|good|lovely|helpful|awesome|wonderful|cool|super if you could|can|would?;i'd appreciate it if you could|would;would it be possible to;would you be able to;
	i was wondering if you could|can|would;do you mind;is there any? chance|way you could|can;permanently|simply;i changed my mind;if you don't mind;
	a? few|two|three|couple|some of? things|requests;be so kind as? to?;be so kind and;feel free to;for me;oh and;by the way;btw`, ";")

// wishes are courtesies only before a verb of ours: "I want to delete X" asks for it, "I want to learn piano" is a task.
var wishes = set("i we i'd")

// skip returns where a clause begins behind its courtesies.
func (p *parser) skip(ts []token, i int) int {
	for i < len(ts) {
		n := 0
		for _, c := range courtesies {
			if ok, m := words(ts, i, c); ok && m > n && i+m < len(ts) {
				n = m
			}
		}
		if n == 0 && i+1 < len(ts) && ts[i].is(",", "-", "*", "•", "!", ".", ":", "–", "—", ")", "(", "...", "?") {
			n = 1
		}
		if n == 0 {
			break
		}
		if ts[i].in(wishes) {
			h := p.opening(ts, i+n)
			if h.verb == noVerb || h.verb == compose && !p.namesNote(ts[h.end:]) {
				break
			}
			own := p.opening(ts, i)
			if own.verb != noVerb && own.verb != remind || own.verb == remind && p.newErrand(ts, h) {
				break
			}
		}
		i += n
	}
	return i
}

// newErrand reports whether a wish to change something is a task of its own, since nothing that is there is named: "we
// should update the terms of service".
func (p *parser) newErrand(ts []token, h head) bool {
	if h.verb != change && h.verb != postpone || h.end >= len(ts) || ts[h.end].in(pronouns) || p.known(ts, h.end) {
		return false
	}
	n, _, _ := p.nounPhrase(ts, h.end)
	return n.kind == noKind && !has(ts[h.end:], "priority", "due", "deadline", "status", "title", "name", "description", "note") && !p.view(ts).resolvesFrom(h.end)
}

func (p *parser) namesNote(ts []token) bool {
	n, _, _ := p.nounPhrase(ts, 0)
	return n.kind == note
}

// opening finds the verb of a clause that begins at token i: the longest opener that fits. A date may stand between the
// words of a reminder: "remind me tomorrow to call Bob".
func (p *parser) opening(ts []token, i int) head {
	best := head{}
	if i >= len(ts) || ts[i].sort != word {
		return best
	}
	tries := [][]token{ts}
	fixed := corrected(ts[i])
	if base := wished[ts[i].word]; base != "" && i > 1 && ts[i-1].is("you") && ts[i-2].is("if") {
		fixed = base
	}
	if fixed != ts[i].word {
		copied := append([]token(nil), ts...)
		copied[i].word = fixed
		tries = append(tries, copied)
	}
	titles := p.mentions(ts)
	for _, try := range tries {
		for _, o := range openers {
			said, end := p.spelled(o, try, i)
			if len(said) == 0 || within(titles, i, end) || len(said) < len(best.said) || len(said) == len(best.said) && !p.better(o.verb, best, ts, end) {
				continue
			}
			if h := (head{o.verb, try[i].word, said, end}); o.verb != create || !p.possesses(h, ts, i) {
				best = h
			}
		}
		if best.verb != noVerb {
			break
		}
	}
	return p.weigh(best, ts, i)
}

// within reports whether words from i to end reach into a full title that begins behind i: "make Note the reading urgent"
// makes no note.
func within(titles []mention, i, end int) bool {
	return slices.ContainsFunc(titles, func(m mention) bool { return m.i > i && m.i < end && m.j-m.i > 1 })
}

// better decides between openers that share a word: "open", "start", "drop" and "close" mean another thing before an item
// that is there than before the name of a kind.
func (p *parser) better(v verb, than head, ts []token, end int) bool {
	known := p.known(ts, end)
	switch {
	case than.verb == create && v == begin, than.verb == create && v == change:
		return known
	case than.verb == create && v == openIt:
		return known || !p.newThing(ts, end)
	case than.verb == list && v == openIt:
		return p.opensNote(ts, end)
	case than.verb == compose && v == erase:
		return known
	}
	return false
}

func (p *parser) spelled(o phrase, ts []token, i int) (said []int, end int) {
	j := i
	for k, part := range o.parts {
		if j < len(ts) && k > 0 && o.verb == remind && ts[j].sort == word && !part.any[ts[j].word] {
			if _, n := p.calendar().read(ts, j); n > 0 {
				j += n
			} else if ts[j].is("on", "at", "by", "for") {
				if _, n := p.calendar().read(ts, j+1); n > 0 {
					j += n + 1
				}
			}
		}
		switch {
		case j < len(ts) && ts[j].sort == word && part.any[ts[j].word]:
			said = append(said, j)
			j++
		case !part.optional:
			return nil, i
		}
	}
	if len(said) == 0 {
		return nil, i
	}
	return said, said[len(said)-1] + 1
}

// weigh takes back a verb that needs more than its word: "task: ..." is a reminder, "task list" is not; "note" is a verb
// before a colon or "that" only; "I fixed the sink" says something done only of what is known.
func (p *parser) weigh(h head, ts []token, i int) head {
	colon := h.end < len(ts) && ts[h.end].is(":", "-", "–", "—")
	if n, ok := nounAt(ts, i+1); ok && ts[i].is("open", "finished", "completed", "done", "closed") && n.plural && len(h.said) == 1 {
		return head{verb: list, word: h.word, said: nil, end: i}
	}
	if n, _, det := p.nounPhrase(ts, h.end); h.verb == list && (h.word == "get" || h.word == "give" || h.word == "make") && n.kind != noKind && !n.plural && (det == "a" || det == "an" || det == "another" || det == "new") {
		return head{verb: create, word: "add", said: h.said, end: h.end}
	}
	if n, _, _ := p.nameBefore(ts, h.end); n.kind != noKind && h.verb == list && (ts[i].is("get", "have", "could", "can", "may", "give")) {
		return head{verb: create, word: "add", said: h.said, end: h.end}
	}
	switch n, _, det := p.nounPhrase(ts, h.end); {
	case len(h.said) == 1 && ts[i].is("name", "enumerate", "itemize", "itemise") && h.verb == list && (!n.plural || det == ""):
		return head{}
	case len(h.said) == 1 && h.verb == remind && ts[i].is("todo", "to-do", "reminder", "task") && !colon,
		len(h.said) == 2 && ts[i].is("to") && h.verb == remind && !colon,
		len(h.said) == 1 && h.verb == jot && ts[i].is("note", "notes", "memo", "ps") && !colon:
		return head{}
	case h.verb == finish && ts[i].is("did", "sent", "check", "cross", "tick") && len(h.said) == 1 && !p.known(ts, h.end) && (!p.nounEnds(ts, h.end) || !ts[h.end].is("the", "that")):
		return head{}
	case h.verb == change && len(h.said) == 1 && ts[i].is("turn", "switch") && h.end < len(ts) && ts[h.end].is("on", "off", "up", "down") && !p.known(ts, h.end):
		return head{}
	case h.verb == postpone && ts[i].is("transfer") && !p.known(ts, h.end) && !has(ts, "it", "them", "task"):
		return head{}
	case h.verb == erase && len(h.said) == 1 && erasesKnown[h.word] && !p.known(ts, h.end):
		return head{}
	}
	return h
}

// possesses reports whether "I want", "there is" and the like lead to no new thing: "there is a leak", "we have the notes".
func (p *parser) possesses(h head, ts []token, i int) bool {
	if !ts[i].is("i", "i'd", "i'm", "i'll", "i've", "we've", "we'll", "we", "we'd", "we're", "could", "can", "may", "there", "there's", "have", "get") {
		return false
	}
	for k := h.end; k+2 < len(ts); k++ {
		if n, ok := nounAt(ts, k+2); ok && ts[k].is("as") && ts[k+1].is("a", "an", "my", "our", "new") && n.kind != comment {
			return false
		}
	}
	n, _, det := p.nounPhrase(ts, h.end)
	return n.kind == noKind || n.plural && !has(ts[h.end:], ":") || det == "" || det == "the" || det == "my" || det == "our"
}

// erasesKnown are verbs that mean a deletion only of what is there: "dump the trash" is an errand.
var erasesKnown = set("drop scratch toss ditch dump nuke purge wipe axe")

var correctableVerbs = strings.Fields(`create delete remove remind schedule rename update change archive reactivate complete finish
	assign postpone reschedule comment append display search cancel reopen start mark move show list make write open push`)

// gerunds stand behind "would you mind".
var gerunds = map[string]string{
	"adding": "add", "creating": "create", "making": "make", "deleting": "delete", "removing": "remove", "marking": "mark",
	"moving": "move", "renaming": "rename", "archiving": "archive", "setting": "set", "putting": "put", "reminding": "remind",
	"assigning": "assign", "showing": "show", "listing": "list", "opening": "open", "scheduling": "schedule", "updating": "update",
	"changing": "change", "noting": "note", "rescheduling": "reschedule", "postponing": "postpone", "commenting": "comment",
}

// wished stand behind "it would be great if you".
var wished = map[string]string{"created": "create", "added": "add", "made": "make", "deleted": "delete", "removed": "remove", "marked": "mark",
	"moved": "move", "renamed": "rename", "archived": "archive", "set": "set", "put": "put", "reminded": "remind", "assigned": "assign", "showed": "show", "opened": "open"}

// corrected is the verb that a token was probably meant to be.
func corrected(t token) string {
	if base, ok := gerunds[t.word]; ok {
		return base
	}
	if t.word == "ad" || t.word == "addd" || t.word == "adda" {
		return "add"
	}
	if realWords[t.word] || imperatives[t.word] {
		return t.word
	}
	for _, v := range correctableVerbs {
		if misspelt(t.word, v) {
			return v
		}
	}
	return t.word
}

// known reports whether the clause from token i on names something that is there, by its full title or clearly enough.
func (p *parser) known(ts []token, i int) bool {
	rest := ts[i:min(len(ts), i+longest)]
	end := len(rest)
	for k, t := range rest {
		if t.sort == line || t.is(",", ";", ".") || k > 0 && t.is("and", "to", "as", "by", "for", "until", "with", ":", "then", "on", "in", "into", "under", "from") {
			end = k
			break
		}
	}
	for _, m := range p.mentions(rest) {
		if m.i < end {
			return true
		}
	}
	for j := end; j > 0; j-- {
		if _, fit := p.world.resolve(names(rest[:j])); fit >= sameWords {
			return true
		}
	}
	phrase := names(rest[:end])
	_, fit := p.world.resolve(phrase)
	return fit >= partOf && len(content(phrase, true)) >= 2 || fit >= partOf && len(phrase) != len(content(phrase, false))
}

// newThing reports whether a kind's name follows that something new could be of: "a project", "new tasks".
func (p *parser) newThing(ts []token, i int) bool {
	n, _, det := p.nounPhrase(ts, i)
	return n.kind != noKind && det != "the" && det != "my"
}

// opensNote reports whether "show" means reading one note: a note is named, or anything but several notes.
func (p *parser) opensNote(ts []token, i int) bool {
	for _, t := range ts[min(i, len(ts)):] {
		if n, ok := nounOf(t); ok && (n.plural || n.kind != note) {
			return false
		}
	}
	items, fit := p.world.resolve(names(ts[min(i, len(ts)):]))
	return fit >= partOf && items[0].kind == note
}
