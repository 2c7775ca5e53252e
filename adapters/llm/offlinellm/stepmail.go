package offlinellm

import (
	"strings"
)

// maxRequests is how many tasks one e-mail becomes at most.
const maxRequests = 10

// fromMail makes a task of each thing that an e-mail asks for. What the e-mail says is data: whatever it demands, all that
// comes of it is a task.
func (s *step) fromMail() [][]call {
	mail := readMail(s.text("email"))
	var calls []call
	for _, sentence := range mail.sentences {
		for _, in := range s.requested(sentence, mail.sender) {
			if len(calls) < maxRequests {
				args := newFields(in, s.w)
				args["description"] = mail.source(sentence)
				args["is_ai_suggested"], args["is_approved"] = 1, 0
				calls = append(calls, call{"create_task", args, 0})
			}
		}
	}
	return s.inRounds(calls)
}

// mail is an e-mail without what is no request: headers, greetings, quotations, the signature.
type mail struct {
	sender, subject string
	sentences       []string
}

// source says where a task is from.
func (m *mail) source(sentence string) string {
	from := "From an e-mail"
	if m.sender != "" {
		from += " by " + m.sender
	}
	if m.subject != "" {
		from += " (" + m.subject + ")"
	}
	return from + ": " + sentence
}

var (
	mailHeaders = set("from to cc bcc subject date sent reply-to importance")
	closings    = []string{"best|kind|warm|many regards|wishes|thanks", "regards", "cheers", "sincerely", "yours", "thanks|thank you? so? very? much? in? advance?", "best", "all the best", "see you", "talk soon", "cordially", "greetings", "have a", "take care", "ciao", "with kind|best regards|wishes", "many thanks", "thx", "br"}
	salutations = []string{"hi|hello|hey|dear|ciao|morning", "good morning|afternoon|evening|day", "to whom"}
)

// readMail parts an e-mail into its sentences.
func readMail(s string) mail {
	var m mail
	lines := strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
	for i, line := range lines {
		line = strings.TrimSpace(line)
		ts := tokenize(line)
		switch {
		case len(ts) == 0 || strings.HasPrefix(line, ">") || strings.HasPrefix(line, "|"):
			continue
		case line == "--" || line == "---" || strings.HasPrefix(line, "-----") || strings.HasSuffix(line, "wrote:"):
			return m
		case len(ts) > 2 && ts[0].in(mailHeaders) && ts[1].is(":"):
			m.header(ts[0].word, line)
			continue
		case begins(ts, closings) && len(ts) <= 6 && !strings.HasSuffix(line, "?"):
			m.signed(lines[i+1:])
			return m
		case begins(ts, salutations) && len(ts) <= 6 && i < 12:
			continue
		}
		m.sentences = append(m.sentences, sentencesOf(withoutSalutation(line))...)
	}
	return m
}

// withoutSalutation takes "Hi Bob," from a line that goes on.
func withoutSalutation(line string) string {
	ts := tokenize(line)
	if !begins(ts, salutations) {
		return line
	}
	for k := 1; k < len(ts) && k < 6; k++ {
		if ts[k].is(",", "!", "-", "–") {
			return strings.TrimSpace(line[ts[k].end:])
		}
	}
	return line
}

func begins(ts []token, patterns []string) bool {
	for _, p := range patterns {
		if ok, _ := words(ts, 0, p); ok {
			return true
		}
	}
	return false
}

func (m *mail) header(name, line string) {
	_, value, _ := strings.Cut(line, ":")
	value = strings.TrimSpace(value)
	switch name {
	case "from":
		who, _, _ := strings.Cut(value, "<")
		if who, _, ok := strings.Cut(who, "@"); ok {
			m.sender = strings.TrimSpace(who)
			return
		}
		m.sender = strings.Trim(strings.TrimSpace(who), `"`)
	case "subject":
		for _, again := range []string{"Re:", "RE:", "Fwd:", "FW:", "Fw:"} {
			value = strings.TrimSpace(strings.TrimPrefix(value, again))
		}
		m.subject = value
	}
}

// signed reads the sender's name from the lines after the closing.
func (m *mail) signed(lines []string) {
	for _, line := range lines {
		line = strings.TrimSpace(line)
		if n := len(strings.Fields(line)); n == 0 || m.sender != "" {
			continue
		} else if n <= 4 && !strings.ContainsAny(line, "@:>0123456789") {
			m.sender = strings.TrimRight(line, ",.!")
		}
		return
	}
}

// sentencesOf parts a line at the ends of sentences; abbreviations and numbers end none.
func sentencesOf(line string) []string {
	line = strings.TrimLeft(line, "-*•–· \t")
	ts := tokenize(line)
	if n := bullet(ts, 0); len(ts) > 0 && n > 0 && n < len(ts) {
		line = line[ts[n].start:]
		ts = tokenize(line)
	}
	var out []string
	start := 0
	for k, t := range ts {
		last := k+1 >= len(ts)
		ends := t.is("?", "!", ";", "?!") || t.is(".") && (k == 0 || !ts[k-1].in(abbreviations)) && (last || ts[k+1].sort != word || capital(line, ts[k+1]))
		if (ends || last) && t.sort != quoted || last {
			if s := strings.TrimSpace(line[start:t.end]); s != "" {
				out = append(out, s)
			}
			start = t.end
		}
	}
	return out
}

// asks lead to a request to the reader.
var asks = []string{
	"please|pls|kindly", "could|can|would|will you please|kindly|also|maybe|perhaps|quickly?", "would you mind", "could|can i ask you to", "would|could you be able to", "would|could you be so kind as? to?", "i|we need|want you to", "i|we would like|love|appreciate you to",
	"i'd|we'd like|love|need you to", "you need|have to|will? to?", "you should|must", "don't|dont forget to|about", "do not forget to|about", "remember to", "make|be sure to|that? you?", "it would be great|good|nice|helpful|wonderful|lovely if you could|can|would",
	"it'd be great|good|nice|helpful if you could|can|would", "i'd|i|we|we'd would? appreciate|love it? if you could|would|can", "i'd|we'd be grateful if you could|would|can", "i was|am wondering if you could|can|would", "do you think you could|can", "if you could|can|would please?",
	"is there any? chance|way you could|can", "feel free to", "let's", "your task|job is to", "may i ask you to", "any chance you could|can", "when you get|have a chance , please?",
}

// fillers begin a sentence and say nothing.
var fillers = set("also and then finally lastly firstly secondly first second third next oh btw so ok okay well additionally furthermore moreover plus but hi hello hey again just ps p.s")

// requested are the tasks in one sentence of an e-mail.
func (s *step) requested(sentence, sender string) []intent {
	p := &parser{message: sentence, world: s.places(), said: tokenize(sentence)}
	ts := p.said
	i := 0
	for i < len(ts) && (ts[i].in(fillers) || i > 0 && ts[i].sort == mark) {
		i++
	}
	at := p.asked(ts, i)
	if at < 0 || at >= len(ts) || p.aimed(ts, at) || p.sweeping(ts, at) || idle(ts[at:]) {
		return nil
	}
	var out []intent
	for _, part := range p.parted(ts, at) {
		v := p.view(part)
		if in := v.taskSlots(); true {
			in.title = s.addressed(cleanTitle(strings.TrimRight(v.title(v.trimLeft(0, titleLeads)), "?! ")), sender)
			if in.title != "" && !onlyTails(in.title) {
				out = append(out, in)
			}
		}
	}
	return out
}

// asked is where the request of a sentence begins, -1 if it has none.
func (p *parser) asked(ts []token, i int) int {
	best := -1
	for k := i; k < len(ts); k++ {
		if k > i && !ts[k-1].is(",", "and", "but", "so", "-", "–", "—", ":", "then") {
			continue
		}
		end := k
		for again := true; again; {
			again = false
			for _, a := range asks {
				if ok, n := words(ts, end, a); ok && end+n < len(ts) {
					end, again = end+n, true
				}
			}
		}
		if end > k {
			return end
		}
	}
	if i < len(ts) && ts[i].in(imperatives) && !has(ts[i:], "?") && (i+1 >= len(ts) || !ts[i+1].is("is", "are", "was", "were", "will", "has", ",", "in", "of")) {
		best = i
	}
	return best
}

// sweeping reports whether a sentence demands the deletion of everything: that is nothing that anybody puts on a list.
func (p *parser) sweeping(ts []token, i int) bool {
	h := p.opening(ts, i)
	n, _, det := p.nounPhrase(ts, h.end)
	return h.verb == erase && (n.plural || det == "all" || det == "every" || det == "each" || has(ts[h.end:], "everything", "all"))
}

// idle reports whether a request is only polite: "let me know if you have any questions".
func idle(ts []token) bool {
	for _, p := range []string{"let me|us know if", "feel free", "do not hesitate", "don't hesitate", "find attached|enclosed|below", "see attached|below|above", "note that", "have a", "take care", "accept my", "contact me|us if", "call me|us if", "reach out if", "excuse", "forgive", "see the attached", "let me|us know .|!"} {
		if ok, _ := words(ts, 0, p); ok {
			return true
		}
	}
	return len(ts) < 2
}

// parted cuts a request into those that "and" joins: "send the contract and call the landlord".
func (p *parser) parted(ts []token, i int) [][]token {
	var out [][]token
	start := i
	for k := i + 1; k+1 < len(ts); k++ {
		next := k + 1
		for next < len(ts) && ts[next].is("and", "then", "also", "please", "to") {
			next++
		}
		if ts[k].is("and", ",", "then") && next+1 < len(ts) && ts[next].in(imperatives) && ts[next+1].sort != mark && !ts[next+1].is("and", "or", "of", "is") {
			out = append(out, ts[start:k])
			start, k = next, next
		}
	}
	return append(out, ts[start:])
}

// addressed writes a title from the reader's view: "me" is the sender.
func (s *step) addressed(title, sender string) string {
	if sender != "" {
		fields := strings.Fields(title)
		for k, f := range fields {
			if f == "me" {
				fields[k] = sender
			}
		}
		title = strings.Join(fields, " ")
	}
	return capitalFirst(title)
}

func capitalFirst(s string) string {
	r := []rune(s)
	if len(r) == 0 {
		return s
	}
	return strings.ToUpper(string(r[:1])) + string(r[1:])
}

// places is the world with nothing but its projects: a text of others may say where something belongs, and nothing more.
func (s *step) places() *world {
	w := &world{now: s.w.now, user: s.w.user}
	for _, it := range s.w.items {
		if it.kind == project {
			w.items = append(w.items, it)
		}
	}
	return w
}
