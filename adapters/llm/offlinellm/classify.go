package offlinellm

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode"
)

// verdict is the classifier's answer.
type verdict struct {
	Agents  []string `json:"agents"`
	Asks    bool     `json:"asks"`
	Sure    bool     `json:"sure"`
	Deletes bool     `json:"deletes"`
}

// classify names the agents that a message needs, in the order in which it asks for their work. What nobody understands
// is not guessed at: the answer then says that it isn't sure.
func classify(c conversation, w *world) string {
	v := verdict{Asks: true, Sure: true, Deletes: saysDelete(c.said)}
	ins := parse(c.said, w)
	idle, unsure := len(ins) > 0, len(ins) == 0
	for _, in := range ins {
		idle = idle && in.trouble.code == smallTalk
		unsure = unsure || in.trouble.code == unclear
		v.Deletes = v.Deletes || in.do == removes || in.wants == removes
		name := in.kind.agent()
		if in.trouble.code == unsaid && w.last != noKind && len(in.items) == 0 && in.trouble.phrase == "it" {
			name = w.last.agent()
		}
		if !slices.Contains(v.Agents, name) && c.offers(name) {
			v.Agents = append(v.Agents, name)
		}
	}
	if idle {
		v = verdict{Sure: true}
	}
	v.Sure = v.Sure && !unsure
	if len(v.Agents) == 0 {
		v.Agents = []string{task.agent()}
		if unsure && w.last != noKind {
			v.Agents = []string{w.last.agent()}
		}
	}
	out, err := json.Marshal(v)
	if err != nil { // strings and truth values always encode
		return task.agent()
	}
	return string(out)
}

// deletions are words with which people ask for a deletion. What they mean may only be found in contents, which the classifier
// is not told: so the word is enough to let the agent look.
var deletions = strings.Fields("delete remove erase trash discard scrap cancel kill drop bin clear destroy eliminate scratch toss ditch dump nuke " +
	"purge wipe axe rid throw take lose deleted removed erased cancelled canceled deleting removing")

func saysDelete(message string) bool {
	for w := range strings.FieldsFuncSeq(strings.ToLower(message), func(r rune) bool { return !unicode.IsLetter(r) }) {
		if slices.Contains(deletions, w) {
			return true
		}
	}
	return false
}

// offers reports whether an agent is on the list; an empty list offers all.
func (c conversation) offers(name string) bool {
	return len(c.agents) == 0 || slices.ContainsFunc(c.agents, func(a agentInfo) bool { return a.Name == name })
}
