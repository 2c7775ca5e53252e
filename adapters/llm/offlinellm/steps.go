package offlinellm

import (
	"encoding/json"
	"strings"

	"github.com/adiuva/cloud/domain/chat"
)

// step is a step of a plan, on its way: a template with its variables, and what the tools have answered so far.
type step struct {
	Template  string                     `json:"template"`
	Variables map[string]json.RawMessage `json:"variables"`

	c conversation
	w *world
}

// template is how one step is run: which tools it can't do without, its rounds of calls, and its last words.
type template struct {
	needs  string
	rounds func(*step) [][]call
	says   func(*step, []call) string
}

// templates are the steps that rules can run.
var templates = map[string]template{
	"email_to_tasks":      {"create_task", (*step).fromMail, madeOf("task", "I found nothing in the e-mail that asks for something.")},
	"meeting_to_tasks":    {"create_task", (*step).fromMeeting, madeOf("task", "I found no action items in the notes.")},
	"plan_day":            {"", (*step).lookAtTasks, (*step).dayPlan},
	"weekly_report":       {"", (*step).report, (*step).reported},
	"kickoff_project":     {"create_project", (*step).newProject, madeOf("project", "The project has no name.")},
	"kickoff_checkpoints": {"create_checkpoint", (*step).newMilestones, madeOf("milestone", homelessStep)},
	"kickoff_tasks":       {"create_task", (*step).firstTasks, madeOf("task", homelessStep)},
}

// homelessStep is what is said where nothing tells which project is meant.
const homelessStep = "I can't tell which project this is for: none came with the step."

// stepIn reads the message of a step: one block and nothing else, so that no pasted text can pass for one.
func stepIn(message string) (step, bool) {
	message = strings.TrimSpace(message)
	raw, ok := chat.ParseBlock(message, chat.StepBlock)
	if !ok || !strings.HasPrefix(message, `<data name="`+chat.StepBlock+`">`) || strings.Count(message, "</data>") != 1 || !strings.HasSuffix(message, "</data>") {
		return step{}, false
	}
	var s step
	if json.Unmarshal(raw, &s) != nil || s.Template == "" {
		return step{}, false
	}
	return s, true
}

func isStep(message string) bool {
	_, ok := stepIn(message)
	return ok
}

// run answers one call of a step: the next round of tool calls, or the last words.
func (s *step) run() (string, []toolCall) {
	t, ok := templates[s.Template]
	switch {
	case !ok:
		return "I am the offline model and can't run this step: it needs a language model that reads freely. Nothing was changed.", nil
	case t.needs != "" && !s.c.tools[t.needs]:
		return "I can't run this step without the tool " + t.needs + ", which is not offered here. Nothing was changed.", nil
	}
	rounds := t.rounds(s)
	if n := len(s.c.rounds); n < len(rounds) {
		var calls []toolCall
		for i, k := range rounds[n] {
			calls = append(calls, k.wire(n, i))
		}
		return "", calls
	}
	var all []call
	for r, round := range rounds {
		for i, k := range round {
			if problem := failed(s.c.answers[k.wire(r, i).ID]); problem != "" {
				return refusedBecause(problem), nil
			}
			all = append(all, k)
		}
	}
	return t.says(s, all), nil
}

// rounds parts calls into rounds, and leaves out those whose tool is not offered.
func (s *step) inRounds(calls []call) [][]call {
	var out [][]call
	for len(calls) > 0 {
		n := min(len(calls), perRound)
		out, calls = append(out, calls[:n]), calls[n:]
	}
	return out
}

// text is a variable that is a string.
func (s *step) text(name string) string {
	var v string
	if json.Unmarshal(s.Variables[name], &v) != nil {
		return ""
	}
	return strings.TrimSpace(v)
}

// madeOf is what is said when things were made, or none.
func madeOf(what, none string) func(*step, []call) string {
	return func(_ *step, calls []call) string {
		var titles []string
		for _, k := range calls {
			name, _ := k.args["title"].(string)
			if name == "" {
				name, _ = k.args["name"].(string)
			}
			if name != "" && strings.HasPrefix(k.tool, "create_") {
				titles = append(titles, quote(name))
			}
		}
		switch len(titles) {
		case 0:
			return none
		case 1:
			return "I prepared the " + what + " " + titles[0] + "."
		}
		return "I prepared " + spellNumber(len(titles)) + " " + plural(what) + ":\n- " + strings.Join(titles, "\n- ")
	}
}

var numerals = []string{"no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"}

func spellNumber(n int) string {
	if n < len(numerals) {
		return numerals[n]
	}
	return "several"
}

// rows are the records of a kind that came with the context, and those that the tool listed.
func (s *step) rows(k kind, tools ...string) []map[string]any {
	var out []map[string]any
	seen := map[string]bool{}
	take := func(rows []map[string]any) {
		for _, r := range rows {
			if id := text(r, "id"); id == "" || !seen[id] {
				seen[id] = true
				out = append(out, r)
			}
		}
	}
	for _, round := range s.c.rounds {
		for _, call := range round {
			for _, tool := range tools {
				if call.Function.Name == tool && failed(s.c.answers[call.ID]) == "" {
					take(records(s.c.answers[call.ID]))
				}
			}
		}
	}
	var block map[string]json.RawMessage
	if json.Unmarshal(s.c.context, &block) == nil {
		for _, section := range sections {
			for _, key := range section.keys {
				if section.kind == k {
					take(objects(block[key]))
				}
			}
		}
	}
	return out
}
