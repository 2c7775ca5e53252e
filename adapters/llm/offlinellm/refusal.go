package offlinellm

import "strings"

var negations = []string{
	"don't|dont|never", "do not", "please don't|dont", "no need to", "there's|there is no need to", "i|we don't|dont need|want|have|think to?",
	"i|we do not need|want|have to?", "i|we haven't|havent|didn't|didnt|won't|can't|cannot|couldn't", "i|we have|did|will|can|could not", "i'd rather not|you",
	"you don't|needn't|shouldn't|mustn't need? have? to?", "not", "without", "nobody|nothing|none", "i'm|we're not going|planning? to?", "i|we am|are not going|planning? to?", "hold off with|on?", "wait with|before", "i wouldn't|shouldn't|wouldnt", "let's not", "stop", "avoid",
}

// notNegations begin like one and ask for a reminder.
var notNegations = []string{"don't|dont|never let me forget", "don't|dont forget", "do not forget", "do not let me forget", "i can't|mustn't|shouldn't forget", "i? must|should not forget", "never forget", "not forget to|about|that", "mustn't|can't|cannot|shouldn't forget"}

var withdrawals = []string{"never mind", "nevermind", "forget it|that|about", "scratch that", "ignore that|it", "actually no|don't", "on second thought", "no wait", "cancel that|it", "stop"}

// negation returns how many words at i say not to do what follows; a withdrawal takes back everything before.
func (p *parser) negation(ts []token, i int) int {
	for _, n := range notNegations {
		if ok, _ := words(ts, i, n); ok {
			return 0
		}
	}
	if last := until(ts[i:]); i < len(ts) && ts[i].is("leave", "keep") && len(last) > 2 && last[len(last)-1].is("alone", "untouched", "is", "unchanged") {
		return 1
	}
	if i+1 < len(ts) && ts[i].is("keep") && len(until(ts[i:])) <= 8 && p.known(ts, i+1) && !has(ts[i:], "in", "at", "on", "as", "to", "a") {
		return 1
	}
	best := 0
	for _, n := range append(negations, withdrawals[:7]...) {
		if ok, m := words(ts, i, n); ok {
			best = max(best, m)
		}
	}
	if best > 0 && ts[i].is("not") && i+1 < len(ts) && ts[i+1].is("urgent", "important") {
		return 0
	}
	return best
}

// refuse notes that a clause says not to do something.
func (p *parser) refuse(v *view, i, n int) {
	for _, w := range withdrawals {
		if ok, m := words(v.ts, i, w); ok && len(v.ts)-i-m <= 2 && (len(p.out) > 0 || w != "stop") {
			p.add(troubled(task, negated, ""))
			return
		}
	}
	v.take(0, i+n)
	p.subject = v.spokenOfIn(i+n, len(v.ts))
	p.add(troubled(p.kindIn(v.ts), negated, cleanTitle(v.text(i+n, len(v.ts)))))
}

// kindIn is the kind that a text is about: by the noun it uses, else by what it names.
func (p *parser) kindIn(ts []token) kind {
	if items, fit := p.world.resolve(names(ts)); fit >= sameWords && len(items) == 1 {
		return items[0].kind
	}
	for _, t := range ts {
		if n, ok := nounOf(t); ok {
			if n.kind == comment {
				return task
			}
			return n.kind
		}
	}
	for _, m := range p.mentions(ts) {
		return m.item.kind
	}
	return task
}

// questions ask for an explanation or an opinion: there is nothing to do.
var questions = []string{
	"how do|does|can|could|should|would|to|come|about|are|is|did", "how's", "why", "should|shall|would|may|might i|we|it|you", "what if", "what's|whats a|an|the? difference|point|purpose|meaning|weather|time|capital|best|name|your|milestone|checkpoint|task|project|note|up",
	"what is|are a|an|the|your? difference|point|purpose|meaning|weather|time|capital|best|name", "what is|are a|an", "what's|whats|what is? a|an|your",
	"what can|could|do|would you", "what should i|we|you?", "who are|is|made|created you?", "where are|do|does|can|is|did", "is it possible|okay|ok|a|better|safe|true|possible|worth", "is there a way|any", "do you", "are you|we|they", "can you create|delete|manage|handle|make|add|edit|do tasks|projects|notes|milestones|checkpoints|things|anything|reminders",
	"what does a|an|the? milestone|checkpoint|project|task mean", "what do you think|mean|recommend|suggest", "what would happen|you", "what happens", "explain", "tell me a joke|story", "tell me about yourself", "tell me how|why", "which is better", "what kind of", "i wonder|was", "i'm|i am wondering|curious|thinking",
	"did|does|do|was|were|has|had anyone|someone|you|it|he|she|they", "if", "could i|we have deleted", "would it", "what to", "can i|we", "how to", "i might|may|could", "maybe", "imagine", "suppose", "say that", "write a poem|song|story|haiku", "sing", "calculate",
}

// question reports whether a clause only asks to be told something that no tool knows.
func (p *parser) question(v *view, i int) bool {
	ts := v.ts
	for _, q := range questions {
		ok, n := words(ts, i, q)
		if !ok || n == len(strings.Fields(q)) && n == 0 {
			continue
		}
		if ts[i].is("what", "what's", "whats", "how", "where", "is", "should", "tell", "explain", "can", "could", "do", "does", "did", "has", "any", "are") && p.asksData(ts, i) {
			return false
		}
		return true
	}
	return false
}

// asksData reports whether a question is about the user's own things.
func (p *parser) asksData(ts []token, i int) bool {
	if ok, _ := words(ts, i, "how do|does|can|could|should|would|to|come|did"); ok {
		return false
	}
	if ts[i].is("should", "would", "explain", "if") {
		return false
	}
	for _, definition := range []string{"what is|are a|an", "what's|whats a|an", "what's|whats|what is? the? difference|weather|capital|meaning|point|purpose"} {
		if ok, _ := words(ts, i, definition); ok {
			return false
		}
	}
	if has(ts[i:], "suggest", "suggested", "suggestions", "propose", "proposed") {
		return p.listCue(ts[i:])
	}
	if ok, _ := words(ts, i, "can|could i|we"); ok {
		return has(ts, "see", "have", "get", "view")
	}
	if ok, _ := words(ts, i, "what should i|we do|work|focus|finish"); ok && p.listCue(ts[i:]) {
		return true
	}
	mine := len(p.mentions(ts[i:])) > 0 || has(ts, "my", "our")
	if ts[i].is("can", "could", "do", "did", "does") {
		return mine && !has(ts[i:], "you")
	}
	n, _, det := p.nounPhrase(ts, i+2)
	return mine || n.plural || n.kind != noKind && det == "the" || p.listCue(ts[i:])
}

// listCue reports whether words speak of what there is to do.
func (p *parser) listCue(ts []token) bool {
	for i := range ts {
		for _, cue := range []string{"due", "overdue", "agenda", "to do", "todo list", "on my plate|list|schedule|calendar|agenda", "have to do", "deadlines|deadline", "late",
			"still open|there|around", "in progress", "working on", "doing today|tomorrow", "pending", "outstanding", "coming up", "to-do", "to-do list", "scheduled", "priorities", "planned", "left", "high|medium|low|top|highest|urgent priority|prio|stuff|things|work|items", "i|we already|just|really|recently? finish|finished|complete|completed|done|achieved", "upcoming", "work on today|next|tomorrow|this", "remains|remain", "unfinished|incomplete|undone|unresolved", "with|containing the? word|words|text", "suggestion|suggestions|suggested|proposal|proposals|proposed", "waiting for approval|me", "did you suggest|propose", "assigned to", "most|more important|urgent|critical|pressing", "not done|finished|completed|complete", "to be done", "anything|something|what's|whats|what really|still|so? urgent|important|critical|pressing|high"} {
			if ok, _ := words(ts, i, cue); ok {
				return true
			}
		}
	}
	return false
}

// greetings are what a message may wholly consist of when it asks for nothing.
var greetings = strings.Split(`hello|hi|hey|hiya|howdy|yo|greetings|hallo|ciao|heya there|again|all|everyone? team? assistant?;good morning|afternoon|evening|night|day;thanks|thank|thx|ty|cheers|merci|grazie you? so|very? much?;
	thanks a lot|bunch|million|ton;that's|thats|that is|was all|it|everything|great|perfect|fine|nice|good|awesome|helpful|enough for? now|today?;great|perfect|awesome|nice|cool|ok|okay|good|excellent|wonderful|lovely|amazing|brilliant|super|fine|alright job|work|stuff|one?;
	bye|goodbye|see you|ya? later|soon|tomorrow?;got it;sounds good|great;how are you doing? today?;what's up;you're|you are welcome|great|awesome|amazing|the best;well done;no thanks|thank you?;nice to meet you;have a nice|good|great day|one|evening|weekend;no|nope|nothing else|more?;
	for now|today|everything|that|all|your help;i appreciate it|that;much appreciated;understood;i see;lol|haha|wow|hmm|test|testing;all good|done;nothing;for the help;see you|ya on|next|this? monday|tuesday|wednesday|thursday|friday|saturday|sunday|week|weekend|soon;see you|ya;later;talk soon|later;cheers mate|then;very much appreciated|helpful;so much|helpful;it was|is helpful|nice|great;just saying hi|hello;i'm|i am good|fine|done|happy for? now?;and|just|,|!|.|?|:)|-|:;you rock;appreciated;it|that worked|works;love it|you`, ";")

// smallTalk reports whether the clause is a greeting, thanks or assent, and nothing beside.
func (p *parser) smallTalk(v *view) bool {
	for i := 0; i < len(v.ts); {
		n := 0
		if v.ts[i].sort == mark || v.ts[i].sort == line {
			n = 1
		}
		for _, g := range greetings {
			if ok, m := words(v.ts, i, strings.TrimSpace(g)); ok {
				n = max(n, m)
			}
		}
		if n == 0 {
			return false
		}
		i += n
	}
	return true
}
