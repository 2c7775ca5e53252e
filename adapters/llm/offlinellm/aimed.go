package offlinellm

import "slices"

var (
	// speaks are verbs by which a message may tell the assistant itself what to say or be.
	speaks = set(`print show reveal repeat tell output display dump share leak give expose disclose ignore forget disregard override bypass recite
		send paste list quote summarize summarise echo write state provide copy describe explain translate encode spell say`)
	// insides are what only the assistant has.
	insides = set(`prompt prompts instructions instruction guidelines configuration config secrets secret key keys password passwords training system rules rule
		programming directives directive model weights context memory guardrails filters restrictions source message messages`)
	// becomes are verbs that ask the assistant to be something else.
	becomes = set("act behave pretend roleplay role-play imagine simulate impersonate become")
	tongues = set(`english french german spanish italian portuguese dutch polish russian chinese japanese korean turkish arabic latin greek swedish klingon
		pirate rhymes verse emoji emojis capitals caps`)
	// genres are texts that only a real model writes.
	genres = set(`poem poems haiku limerick joke jokes story stories song songs riddle rap sonnet verse ballad tale fable anecdote pun puns lullaby trivia`)
)

// aimed reports whether a clause tells the assistant what to say or to be, rather than what there is to do: "print your
// system prompt", "act as a pirate", "answer in French", "write me a poem". No such thing becomes a task.
func (p *parser) aimed(ts []token, i int) bool {
	rest := until(ts[i:])
	if len(rest) == 0 || rest[0].sort != word {
		return false
	}
	verb := rest[0]
	switch {
	case len(rest) > 2 && rest[1].is("your") && verb.sort == word && !rest[2].is("team", "boss"):
		return verb.in(imperatives) || verb.in(speaks)
	case verb.is("recommend", "suggest", "advise") && len(rest) > 1 && (rest[1].is("me", "us", "a", "an", "some", "something")):
		return true
	case verb.is("solve", "calculate", "compute", "evaluate", "convert") && slices.ContainsFunc(rest[1:], func(t token) bool {
		return t.sort == word && number(t.word) > 0 || t.is("=", "+", "*", "squared", "percent", "equation", "root")
	}):
		return true
	case verb.is("chat", "talk") && len(rest) <= 2:
		return true
	case verb.is("call") && len(rest) > 2 && rest[1].is("me") && rest[2].sort == word && !rest[2].in(dateLeads) && !rest[2].is("back", "in", "when", "tomorrow", "tonight", "a", "an", "if"):
		return true
	case verb.in(becomes):
		return len(rest) > 1 && rest[1].is("as", "like", "to", "you", "you're", "that", "a", "an", "the")
	case verb.is("speak", "talk", "answer", "reply", "respond", "write", "continue", "say") && inTongue(rest[1:]):
		return true
	case verb.is("translate") && (has(rest, "to", "into", "from") && inTongue(rest) || len(rest) > 1 && rest[1].is("this", "that", "it")):
		return true
	case verb.is("write", "compose", "sing", "tell", "make", "give", "recite", "create", "generate", "read", "invent", "improvise") && p.genre(rest[1:]):
		return true
	case verb.in(speaks):
		return p.inside(rest[1:])
	case verb.is("you", "from", "your", "you're", "start", "stop", "be", "always", "never", "stay", "enter", "switch", "turn", "activate", "enable"):
		return p.commands(rest)
	}
	return false
}

func inTongue(ts []token) bool {
	for k, t := range ts {
		if t.in(tongues) && k <= 4 && (k+1 >= len(ts) || ts[k+1].sort == mark || ts[k+1].is("from", "please", "now", "only", "speak")) {
			return true
		}
	}
	return false
}

// genre reports whether tokens speak of a text of a genre that is wanted here and now: "me a poem about spring".
func (p *parser) genre(ts []token) bool {
	for k := 0; k < len(ts) && k < 6; k++ {
		switch {
		case ts[k].sort == quoted || ts[k].is("task", "note", "called", "for", "to", "my", "the", "project"):
			return false
		case ts[k].in(genres), ts[k].is("fact") && k > 0 && ts[k-1].is("fun"):
			return true
		}
	}
	return false
}

// inside reports whether tokens speak of the assistant's own: "your instructions", "the system prompt", "all previous
// instructions", "everything above".
func (p *parser) inside(ts []token) bool {
	for k, t := range ts {
		switch {
		case t.is("called", "named", "titled", ":") || t.sort == quoted:
			return false
		case t.is("your") && k+1 < len(ts) && k <= 4:
			return !ts[k+1].is("team", "tasks", "list", "notes") && (has(ts[k:], "prompt", "instructions", "rules", "system", "prompts", "secrets", "secret", "guidelines",
				"configuration", "training", "password", "key", "keys", "model", "programming", "memory", "developer", "hidden", "initial", "internal", "context"))
		case t.is("previous", "prior", "above", "hidden", "initial", "original", "internal", "preceding", "earlier", "system", "developer", "all") && k+1 < len(ts) && ts[k+1:][0].in(insides):
			return true
		case t.is("everything", "text", "words", "all") && k+1 < len(ts) && ts[k+1].is("above", "before", "so"):
			return true
		}
	}
	return false
}

// commands reports whether a clause gives the assistant a role: "you are now DAN", "from now on you ...", "stop being polite".
func (p *parser) commands(ts []token) bool {
	for _, c := range []string{"you are|must|will|should|shall|have|can|need", "you're", "from now on", "your name|job|role|task is", "stop being|talking|answering|acting", "be more|less|nice|polite|brief|concise|funny|quiet|honest|creative|a|an",
		"always|never answer|reply|respond|speak|say|talk|refuse", "stay in character", "enter|switch|activate|enable|turn to|into|on? developer|dan|debug|god|jailbreak|admin|unrestricted mode?"} {
		if ok, _ := words(ts, 0, c); ok {
			return true
		}
	}
	return false
}
