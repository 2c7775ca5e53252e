package offlinellm

import "strings"

// kind is what a request is about. Each but comment has an agent of its own; comments are the task agent's.
type kind string

const (
	noKind     kind = ""
	task       kind = "task"
	checkpoint kind = "checkpoint"
	project    kind = "project"
	note       kind = "note"
	comment    kind = "comment"
)

// agent is the agent that looks after a kind.
func (k kind) agent() string {
	if k == comment || k == noKind {
		k = task
	}
	return string(k) + "_agent"
}

type noun struct {
	kind   kind
	plural bool
}

var nouns = map[string]noun{
	"task": {task, false}, "tasks": {task, true}, "todo": {task, false}, "todos": {task, true}, "to-do": {task, false},
	"to-dos": {task, true}, "reminder": {task, false}, "reminders": {task, true}, "chore": {task, false}, "subtask": {task, false}, "sub-task": {task, false}, "subtasks": {task, true},
	"chores": {task, true}, "errand": {task, false}, "errands": {task, true}, "todo's": {task, true},
	"checkpoint": {checkpoint, false}, "checkpoints": {checkpoint, true}, "milestone": {checkpoint, false},
	"milestones": {checkpoint, true}, "check-point": {checkpoint, false}, "project": {project, false},
	"projects": {project, true}, "note": {note, false}, "notes": {note, true}, "memo": {note, false},
	"memos": {note, true}, "comment": {comment, false}, "comments": {comment, true}, "remark": {comment, false},
	"remarks": {comment, true},
}

// correctable are the nouns that a typo is traced back to.
var correctable = strings.Fields("task tasks checkpoint checkpoints milestone milestones project projects note notes comment comments reminder")

// nounOf tells which kind a token names, with typos forgiven.
func nounOf(t token) (noun, bool) {
	if t.sort != word {
		return noun{}, false
	}
	if n, ok := nouns[t.word]; ok {
		return n, true
	}
	if realWords[t.word] {
		return noun{}, false
	}
	for _, k := range correctable {
		if misspelt(t.word, k) {
			return nouns[k], true
		}
	}
	return noun{}, false
}

// verb is what a clause wants done, as its first words say it.
type verb int

const (
	noVerb     verb = iota
	create          // make a new thing of the kind that is named
	compose         // write, draft, save: a note, or else a task whose title keeps the verb
	remind          // a task, whatever comes after
	jot             // a note, whatever comes after
	change          // set fields, by what comes after
	rename          // change the title or name
	postpone        // change the date, or the project
	assign          // change the assignee
	finish          // status done
	begin           // status in_progress
	reopen          // status todo, or an active project
	archive         // a project's status archived
	unarchive       // a project's status active
	erase           // delete
	list            // look things up
	openIt          // read one thing
	annotate        // comment on a task
	extendIt        // more text for a note
	prioritize      // priority high
	relax           // priority low
)

// opener is a way to begin a clause. In a pattern | parts alternatives and ? after a word makes it optional.
type opener struct {
	pattern string
	verb    verb
}

var openers = compile([]opener{
	{"add|create|insert|put|append", create},
	{"make|new|set|start|open|begin|kick|spin|schedule|plan|build|log|register|enter|generate|launch|initiate|define|establish|include|another", create},
	{"make|create|add me", create}, {"set|start|open|spin up", create}, {"kick off", create}, {"put together", create},
	{"write|draft|record|save|store|keep|capture|type|leave|post|drop", compose},
	{"write|draft|make|create|save me? up?", compose},
	{"remind me|us to|about|of|that?", remind}, {"set me? a reminder to|for|about|that?", remind},
	{"i|we really|also|still|probably|definitely|just|only? need|have|want|ought|got really|also|still|probably|definitely|urgently? to", remind},
	{"i|we really|also|still|probably|definitely|just? must|should|gotta really|also|still|probably|definitely?", remind},
	{"someone|somebody|anyone|one has|needs|ought|got to", remind}, {"someone|somebody|anyone|one should|must|could", remind}, {"it's|it is? time to", remind}, {"it's|it is? really|very|super? important|vital|crucial|essential|urgent|critical that|to i|we|you?", remind},
	{"it|this|that would be good|nice|great|best|useful to", remind}, {"i've|we've|i got to", remind},
	{"somebody|someone please? remind me to|about|of|that?", remind}, {"my|the|our next|first|new|other|another? task|todo|to-do|job is|would|will be? to?", remind}, {"a|an|one|another new|next? task|todo for? me|us? would|will|should be|is to?", remind},
	{"jot|write|put a|an new|quick? task|todo|reminder down for? me?", remind}, {"here's|here is? something|one|thing to note|remember|write|jot down?", jot}, {"i'll|we'll|i'd probably|certainly|also? need|have to", remind}, {"i|we will probably|certainly|also? need|have to", remind}, {"i have got to", remind}, {"i|we need|want", create}, {"i'd|we'd|i'll|we'll like|need|love|want|have", create}, {"i|we will need|want|have", create}, {"could|can|may i|we get|have", create}, {"i|we would like|need|love", create},
	{"we|i have", create}, {"i've|we've got?", create}, {"we|i have got", create}, {"we're|i'm starting|launching|creating|opening|planning|making|adding", create}, {"we|i are|am starting|launching|creating|opening|planning|making|adding", create}, {"there is|should|must|needs to? be?", create}, {"there's", create}, {"i|we could|can really|probably|also? use", create}, {"i|we could do with", create}, {"have|get", create},
	{"i would|'d like to", remind}, {"i'd like to", remind},
	{"i|i'd|we|we'd want|would|need|wish|like like? to be reminded to|about|of|that?", remind}, {"be reminded to|about|of|that?", remind},
	{"need|have|must|gotta to", remind}, {"gotta", remind}, {"i am|'m supposed to", remind},
	{"i'm supposed to", remind}, {"i mustn't|shouldn't|can't forget to|about?", remind}, {"i must|should not forget to|about?", remind},
	{"don't forget to|about|that?", remind}, {"not forget to|about|that", remind}, {"must|should not forget to|about|that?", remind}, {"mustn't|can't|cannot|shouldn't forget to|about|that?", remind}, {"do not forget to|about|that?", remind}, {"make sure i|to|that i?", remind},
	{"dont forget to|about|that?", remind},
	{"don't|dont let me forget to|about|that?", remind}, {"do not let me forget to|about|that?", remind},
	{"never let me forget to|about|that?", remind}, {"remember to", remind}, {"help me remember to", remind},
	{"todo|to-do|reminder|task", remind}, {"to do", remind}, {"follow up on|with", noVerb},
	{"note to self", jot}, {"note that|down|this?", jot}, {"notes|memo|ps", jot}, {"make|take a? quick? note of|that|about?", jot},
	{"take notes|down", jot}, {"take this|that|it|the? following? down", jot}, {"take a? note", jot}, {"jot this? down", jot}, {"jot", jot}, {"jot|write|put something|this|that|it down", jot}, {"write this? down that?", jot},
	{"put this? down", jot}, {"remember that|this", jot}, {"keep in mind that?", jot}, {"put|write|save|keep|add|record|store this|that|it|the? following? in|as|into|to a new? note", jot}, {"scribble down?", jot},
	{"for the record", jot}, {"save this as a note", jot}, {"note", jot},
	{"update|change|edit|modify|mark|flag|set|adjust|turn|switch|put|give|make|bump|raise|lower|increase|decrease|alter|amend|tweak|revise|correct|replace", change},
	{"rename|retitle|relabel", rename}, {"change the? name|title of", rename}, {"update the? name|title of", rename},
	{"set the? name|title of", rename}, {"edit the? name|title of", rename},
	{"move|push|postpone|reschedule|delay|defer|shift|bring|pull|extend|advance|transfer", postpone},
	{"move|push|pull|shift back|forward|out", postpone}, {"bring forward", postpone}, {"put off", postpone},
	{"assign|reassign|delegate|hand|unassign", assign},
	{"finish|complete|close|resolve|done|finished|completed|tick|check|cross", finish}, {"tick|check|cross off", finish},
	{"close off|out", finish}, {"wrap up", finish}, {"done with", finish}, {"finished|completed with?", finish},
	{"i|we just|already|finally|now? finished|completed|did|resolved|closed|fixed|shipped|sent|wrote|made|paid|called|bought|cleaned|delivered|submitted|booked|ordered|renewed|reviewed|prepared", finish},
	{"i've|we've just|already|finally|now? finished|completed|done|resolved|closed|fixed|shipped|sent|written|paid|called|bought|cleaned|delivered|submitted|booked|ordered|renewed|reviewed|prepared with?", finish},
	{"i|we have just|already|finally|now? finished|completed|done|resolved|closed|fixed|shipped|sent|written|paid|called|bought|cleaned|delivered|submitted|booked|ordered|renewed|reviewed|prepared with?", finish},
	{"i'm|we're done|finished with?", finish}, {"we are done|finished with?", finish}, {"i am done|finished with?", finish},
	{"just finished|completed|did", finish}, {"i ticked|checked off", finish},
	{"start|begin|starting|beginning working? work? on?", begin}, {"just|already? started|began working? work? on?", begin}, {"work|working on", begin}, {"i'm starting|working|beginning work? on?", begin},
	{"i am starting|working|beginning work? on?", begin}, {"i started|began working? work? on?", begin}, {"i've started|begun working? work? on?", begin},
	{"resume|continue working? on?", begin}, {"i'll|i will start|begin working? work? on?", begin}, {"get started|going|cracking on|with", begin},
	{"i'm now? working on", begin}, {"i am now? working on", begin}, {"i will start|begin working? work? on?", begin},
	{"reopen|re-open|undo|uncheck|untick", reopen}, {"archive|shelve|mothball", archive}, {"close down|the project", archive},
	{"unarchive|un-archive|reactivate|re-activate|restore|revive|activate|reinstate", unarchive}, {"bring back", unarchive},
	{"take out of archive", unarchive},
	{"delete|remove|erase|trash|discard|scrap|cancel|kill|drop|bin|clear|destroy|eliminate", erase}, {"scratch|toss|ditch|dump|nuke|purge|wipe|axe", erase}, {"get rid of", erase},
	{"throw away|out", erase}, {"take off|out", erase},
	{"list|show|display|view|see|find|search|get|fetch|count|which|what|what's|whats|any|where|who|when|when's|pull", list},
	{"show|give|tell|get|find|read|list me", list}, {"look up|for", list}, {"search for|in", list}, {"pull up", openIt}, {"how many", list},
	{"do i|we still|already? have", list}, {"have i|we got", list}, {"are there|is there", list}, {"am i", list}, {"i want|like to see|view|know|check|look", list}, {"i need to see|view|know", list},
	{"i would|'d like to see|view|know", list}, {"i'd like|love to see|view|know", list}, {"let me see|have|view", list}, {"can|could|may i see|get|have|view", list},
	{"tell me about?", list}, {"what is|are", list}, {"anything|something", list}, {"what remains|else", list}, {"sort|order|rank|group|arrange|filter my|the|all|our tasks|todos|projects|milestones|notes|list", list}, {"is|are|did|does|has|have", list}, {"check", list},
	{"give me", list}, {"i want|need a list|overview of", list}, {"go over|through", list}, {"a|an|the? full|complete|quick|short|brief? overview|list|rundown|summary|listing|inventory|recap of|on|with", list}, {"names|titles|name of", list},
	{"name|enumerate|itemize|itemise", list}, {"remind me what|which|when", list}, {"summarize|summarise|summary|recap|status|overview", list},
	{"open|read|show|view|display", openIt}, {"open|read|bring|call up|out", openIt}, {"what have|did i|we write|written|note|noted|jot|jotted down? about|on|for", openIt}, {"read me", openIt}, {"what does|do", openIt}, {"what's in|on", openIt}, {"what is in|on", openIt},
	{"comment|annotate on|under|to?", annotate}, {"reply to|on", annotate},
	{"append|attach", extendIt}, {"prioritize|prioritise|escalate", prioritize}, {"deprioritize|deprioritise|de-prioritize", relax},
})

// phrase is a compiled opener.
type phrase struct {
	verb  verb
	parts []part
}

type part struct {
	any      map[string]bool
	optional bool
}

func compile(rows []opener) []phrase {
	out := make([]phrase, len(rows))
	for i, r := range rows {
		out[i] = phrase{r.verb, nil}
		for w := range strings.FieldsSeq(r.pattern) {
			base, optional := strings.CutSuffix(w, "?")
			out[i].parts = append(out[i].parts, part{set(strings.ReplaceAll(base, "|", " ")), optional})
		}
	}
	return out
}
