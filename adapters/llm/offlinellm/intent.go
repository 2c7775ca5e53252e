package offlinellm

// deed is what an intent does to things of its kind.
type deed int

const (
	nothing deed = iota // only says why, by its trouble
	makes
	changes
	removes
	lists
	reads
	extends // a note by more text
)

// intent is one thing that a message asks for, with everything it names resolved.
type intent struct {
	kind     kind
	do       deed
	items    []item // what is changed, removed or read
	title    string
	body     string // a note's content, a comment, a description
	project  *item  // where it belongs, or what a list is bounded to
	unknown  string // a project that was named and isn't known
	status   string
	priority string
	people   []string
	due      *when
	later    shift // the date moves by this much
	filter   filter
	replace  bool  // a note's content goes, instead of growing
	undo     bool  // of what is done, and of nothing else
	approved bool  // a suggestion is accepted
	cleared  field // this field is emptied
	client   string
	trouble  trouble
	wants    deed // what it would do if nothing were lacking
}

// filter is what a list is bounded to beyond status and project.
type filter struct {
	overdue, archived, all bool
	open                   bool // whatever isn't done
	search                 string
	from, to               day // due on these days, where to is set
	label                  string
	waiting                bool   // suggested, and not approved so far
	who                    string // whose tasks
	order                  string // the field that a list is sorted by
}

// trouble is why an intent can't be carried out.
type trouble struct {
	code       troubleCode
	phrase     string // what was named
	candidates []item
}

type troubleCode int

const (
	fine      troubleCode = iota
	ambiguous             // several things fit: candidates
	missing               // nothing fits: phrase
	unsaid                // it isn't said which, or what
	homeless              // a checkpoint needs a project
	negated               // the message says not to
	unclear               // not understood
	unable                // understood, and nothing that can be done here
	smallTalk
)

// writes reports whether the intent would change something.
func (in intent) writes() bool {
	return in.trouble.code == fine && (in.do == makes || in.do == changes || in.do == removes || in.do == extends)
}

func troubled(k kind, code troubleCode, phrase string) intent {
	return intent{kind: k, trouble: trouble{code: code, phrase: phrase}}
}
