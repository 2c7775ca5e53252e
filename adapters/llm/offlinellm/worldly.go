package offlinellm

import "strings"

// worldly are orders that only somebody out in the world, a device or a real model could carry out. Alternatives and
// optional words are written as in an opener; a trailing "..." lets more follow.
var worldly = []string{
	// Somebody is to come, or to bring something.
	"call|ring|phone|dial|hail|get|order|book me|us? a|an|the? 911|112|999|110|ambulance|police|firefighters|taxi|cab|uber|lyft|emergency ...",
	"call|ring|phone|dial the|a|an? fire department|brigade|service|engine ...", "call|phone|ring for help ...", "get help",
	"order|get|fetch|bring|deliver me|us? a|an|some|the|two|my|our? large|small|big|hot|cold|fresh? pizza|pizzas|sushi|takeaway|takeout|burger|burgers|curry|coffee|food|tacos|noodles|ramen|kebab|sandwich|salad|fries|dinner|lunch|breakfast|drinks|beer|beers ...",
	"buy|sell|trade|short some|my|the|all? NUMBER? stock|stocks|share|shares|bitcoin|bitcoins|ethereum|crypto ...",
	"transfer|wire|venmo|paypal NUMBER ...", "send|pay|give NAME NUMBER dollars|euros|pounds|bucks|eur|usd ...",
	// A device is to do something.
	"turn|switch|put on|off|up|down the|my|some|all? ...", "turn|switch the|my|all ANY? ANY? on|off|up|down ...", "dim|brighten|mute|unmute the|my? ...", "play ...",
	"skip|pause|resume the|this? song|track|music|video|movie ...", "set|start the|a|an|my? timer|alarm|stopwatch|thermostat|temperature|heating|volume|brightness ...",
	"lock|unlock|open|close|shut the|my front|back|garage|car|cellar|bedroom|kitchen? garage|door|doors|window|windows|blinds|curtains|gate|trunk|car ...", "start the|my car|engine|dishwasher|vacuum|roomba|oven|robot ...",
	"open|launch|start youtube|spotify|netflix|chrome|google|instagram|whatsapp|facebook|gmail|excel|maps ...", "take a|an? selfie|picture|photo|screenshot ...",
	"beam ...", "navigate to|home ...", "drive me ...", "shut|power down|off|yourself ...",
	// Something is to be looked up or worked out.
	"define ...", "spell ...", "pronounce ...", "conjugate ...", "google ...", "bing ...", "guess ...", "predict ...", "psychoanalyze|psychoanalyse ...",
	"rate|grade|judge|rank|roast|criticize|criticise|compliment|praise|motivate|diagnose|analyze|analyse|assess|evaluate me|my|this|our ...",
	"search|browse|surf the|my? web|internet|net|online|google|wikipedia ...", "look|check|find up|out? the|today's|tomorrow's|a? weather|forecast|news|headlines|traffic|score|scores|exchange|stock|recipe ...",
	"find a|an|the|some cheap|cheapest|good|best|nearest|closest ...", "recommend|suggest ...", "flip|toss a? coin ...", "roll a|the|some? dice|die ...", "pick|choose a|any? number|card|color|colour ...", "count to|from|backwards|sheep ...",
	"translate ...", "solve ...", "compute ...", "multiply|divide|subtract|integrate|differentiate|factor NUMBER ...",
	// A text or a picture is to be made here and now.
	"summarize|summarise|proofread|rewrite|rephrase|paraphrase|shorten|improve|correct|explain|debug|check|review|edit|fix this|that|these ...", "summarize|summarise|proofread|rewrite|rephrase|paraphrase|explain the following ...",
	"draw|sketch|paint|generate|create|make|design|render a|an|some|me NAME? picture|pictures|image|images|drawing|photo|meme|portrait|wallpaper ...", "draw|sketch a|an|me ...",
	"write|compose|generate|create|draft a|an|some short|long|quick|little|simple|python|javascript|java? essay|script|code|program|function|slogan|tweet|caption ...",
	"send|write a|an|the? email|e-mail|text|message|sms|whatsapp|tweet to ANY saying|that ...", "send|write a|an|the? email|text|message to ANY ANY saying|that ...", "send NAME a|an|the? email|e-mail|text|message|sms ...",
	"post|share|publish|upload|like|retweet this|that|it|my? ...", "post|tweet ANY? ANY? ANY? on|to instagram|facebook|twitter|linkedin|tiktok|reddit ...", "fly|go|travel|teleport|take me? to the? moon|mars|space|past|future ...",
	"shut up ...", "go away ...", "leave me|us alone|be ...", "be quiet|nice|funny|honest|silent|serious ...",
	"sing ...", "dance ...", "entertain|surprise|amuse|comfort|hug|kiss|teach|cheer|wake|marry|save|advise|hire|pay|lend me|us ...",
	"make|cook|bake|pour|brew|fix|sing|play|draw|paint|book|buy|order|lend|fetch|bring|find|pick|compose|grab|hand|pass|teach|send|write|read me|us a|an|some|the|something|my|one|dinner|lunch|breakfast|coffee|tea ...",
	"make me laugh|smile|happy|rich|feel ...", "talk|chat|speak to|with me|us ...", "text|message|whatsapp|email|e-mail|tell|sms ANY that ...", "text|message|email|tell ANY ANY that ...",
}

// judges are verbs of such orders even where something known follows: "rate my resume".
var judges = set("rate grade judge rank roast define spell pronounce compliment criticize criticise praise")

// services are verbs of what somebody else is to do where it is "for me".
var services = set("book reserve order buy cook find pay call phone ring draft compose write do solve bake fetch get pick research translate fix clean wash")

// ordersWorld reports whether a clause gives an order to the world rather than to keep something in mind: "call 911",
// "order me a pizza", "define entropy". One that speaks of our things, or says by when, is an errand all the same.
func (p *parser) ordersWorld(v *view, i int) bool {
	rest := until(v.ts[i:])
	if i > 0 && v.anyUsed(i) || len(rest) < 2 && !v.ts[i].is("sing", "dance") || v.link == "with" || p.header {
		return false
	}
	for k, t := range rest {
		if _, ok := nounOf(t); ok || t.is("list", "agenda", "todo", "overview", "everything") || k > 0 && t.sort == line {
			return false
		}
	}
	if len(v.mentions) > 0 || len(v.dates()) > 0 || v.urgent(i) {
		return false
	}
	if level := p.view(rest).priority(true); level != "" || !rest[0].in(judges) && p.known(v.ts, min(i+1, len(v.ts)-1)) {
		return false
	}
	if end := rest[max(0, len(rest)-3):]; rest[0].in(services) && has(end, "for") && has(end, "me", "us") {
		return true
	}
	for _, w := range worldly {
		if fitsOrder(p, rest, w) {
			return true
		}
	}
	return false
}

// anyUsed reports whether something before i said more than a courtesy: a date, a priority, a place.
func (v *view) anyUsed(i int) bool {
	return v.said != "" || v.place != nil || v.state != "" || len(v.p.view(v.ts[:i]).dates()) > 0
}

// fitsOrder reports whether tokens are such an order. NUMBER is a number or an amount, NAME a capitalised word, ANY a word.
func fitsOrder(p *parser, ts []token, pattern string) bool {
	k := 0
	for part := range strings.FieldsSeq(pattern) {
		if part == "..." {
			return true
		}
		base, optional := strings.CutSuffix(part, "?")
		if k < len(ts) && fitsWord(p, ts[k], base) {
			k++
		} else if !optional {
			return false
		}
	}
	for k < len(ts) && (ts[k].sort == mark || ts[k].in(politely)) {
		k++
	}
	return k >= len(ts)
}

func fitsWord(p *parser, t token, part string) bool {
	switch part {
	case "NUMBER":
		return number(t.word) > 0 || t.is("$", "€", "£")
	case "NAME":
		return t.sort == word && capital(p.message, t)
	case "ANY":
		return t.sort == word
	}
	return t.sort != quoted && isOneOf(t.word, part)
}

func isOneOf(w, alternatives string) bool {
	for alt := range strings.SplitSeq(alternatives, "|") {
		if alt == w {
			return true
		}
	}
	return false
}
