package plans

import (
	"strings"

	"github.com/adiuva/cloud/application/orchestration/agents"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/plan"
)

// outlineID stands in a plan that was not given to anybody yet.
const outlineID = "outline"

// Outline is the plan by which agents of these names work on a message, one after the other, each with what the one before
// it came to; after each, the client carries out what it may ask for. Where nothing may be changed, or nobody works, it is a
// plan that only answers. There is nothing of any message in it: Fill puts it there.
func (l *Library) Outline(names []string, may agents.Power) (plan.Plan, error) {
	if len(names) == 0 || may == agents.Reads {
		b := plan.New(plan.Plan{ID: outlineID, Title: "An answer", Agent: l.steps[answer].Agent.Name, Description: "Answers the message. Nothing is changed."})
		b.Run(answer, toFill(Message))
		return b.Build()
	}
	b := plan.New(plan.Plan{
		ID: outlineID, Title: title(names), Agent: names[0],
		Description: "Each agent prepares its part of the request, and the app carries it out. What deletes asks first.",
	})
	last := -1
	for _, name := range names {
		step := l.steps[requests[name].template]
		s := plan.Step{Action: chat.CallAgent, Template: step.ID, Variables: toFill(Message)}
		if may == agents.Deletes {
			s.Variables[Deletions] = true
		}
		if last >= 0 {
			s.DataFromStep = new(last)
		}
		last = b.Add(s)
		for _, action := range step.yields {
			switch deletes := (chat.Action{Type: action}).RequiresConfirmation(); {
			case !deletes:
				b.Apply(action, last, nil)
			case may == agents.Deletes:
				b.Apply(action, last, map[string]any{"requires_confirmation": true})
			}
		}
	}
	return b.Build()
}

// title is "Tasks", "Projects and tasks", or "Projects, checkpoints and tasks".
func title(names []string) string {
	words := make([]string, len(names))
	for i, name := range names {
		words[i] = requests[name].part
	}
	text := words[len(words)-1]
	if first := words[:len(words)-1]; len(first) > 0 {
		text = strings.Join(first, ", ") + " and " + text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// Fill makes a plan for somebody of an outline: with an id of its own, and with what they said wherever a step asks for it.
func Fill(outline plan.Plan, id, message string) plan.Plan {
	p := outline.Clone()
	p.ID = id
	for i, s := range p.Steps {
		if _, asked := s.Variables[Message]; asked {
			p.Steps[i].Variables[Message] = message
		}
	}
	return p
}
