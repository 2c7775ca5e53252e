package plan

import (
	"fmt"
	"maps"

	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/fault"
)

// maxSteps bounds a plan.
const maxSteps = 50

// Builder makes a plan step by step. What is wrong is told once, by Build.
type Builder struct {
	plan    Plan
	problem error
}

// New begins a plan. ID, title and agent are required, the description is not.
func New(p Plan) *Builder {
	b := &Builder{plan: p.Clone()}
	steps := b.plan.Steps
	b.plan.Steps = nil
	for _, s := range steps {
		b.Add(s)
	}
	return b
}

// Run adds a step that the server runs, and answers with its index.
func (b *Builder) Run(t TemplateID, variables map[string]any) int {
	return b.Add(Step{Action: chat.CallAgent, Template: t, Variables: variables})
}

// RunWith is Run for a step that knows what an earlier one came to.
func (b *Builder) RunWith(t TemplateID, from int, variables map[string]any) int {
	return b.Add(Step{Action: chat.CallAgent, Template: t, Variables: variables, DataFromStep: &from})
}

// Apply adds a step that the client carries out with what an earlier step came to.
func (b *Builder) Apply(a chat.ActionType, from int, variables map[string]any) int {
	return b.Add(Step{Action: a, Variables: variables, DataFromStep: &from})
}

// Add adds any step, and answers with its index.
func (b *Builder) Add(s Step) int {
	i := len(b.plan.Steps)
	if err := s.check(i); err != nil && b.problem == nil {
		b.problem = err
	}
	b.plan.Steps = append(b.plan.Steps, s.clone())
	return i
}

// Build is the plan, or Internal with what is wrong with it: a step that takes data from itself, a later one or none that
// exists, a step without a template that the server would run, a template where the client works.
func (b *Builder) Build() (Plan, error) {
	switch {
	case b.plan.ID == "" || b.plan.Title == "" || b.plan.Agent == "":
		return Plan{}, broken("it needs an id, a title and an agent")
	case len(b.plan.Steps) == 0 || len(b.plan.Steps) > maxSteps:
		return Plan{}, broken(fmt.Sprintf("it needs 1 to %d steps", maxSteps))
	case b.problem != nil:
		return Plan{}, b.problem
	}
	return b.plan.Clone(), nil
}

func (s Step) check(i int) error {
	switch {
	case s.DataFromStep != nil && (*s.DataFromStep < 0 || *s.DataFromStep >= i):
		return broken(fmt.Sprintf("step %d may take data from an earlier step only, not from step %d", i, *s.DataFromStep))
	case (s.Action == chat.CallAgent) != (s.Template != ""):
		return broken(fmt.Sprintf("step %d: a template belongs to a step that the server runs, and to no other", i))
	case s.Action == "":
		return broken(fmt.Sprintf("step %d has no action", i))
	}
	return nil
}

func (s Step) clone() Step {
	s.Variables = maps.Clone(s.Variables)
	if s.DataFromStep != nil {
		s.DataFromStep = new(*s.DataFromStep)
	}
	return s
}

func broken(what string) error {
	return fault.Wrap(fmt.Errorf("broken plan: %s", what), fault.Internal, "Something went wrong on our side.")
}
