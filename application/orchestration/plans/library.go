package plans

import (
	"fmt"
	"slices"

	"github.com/adiuva/cloud/application/orchestration/agents"
	"github.com/adiuva/cloud/application/orchestration/prompts"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/plan"
	"github.com/adiuva/cloud/domain/tier"
)

// Library is every template and every playbook. It does not change after start.
type Library struct {
	steps     map[plan.TemplateID]Step
	playbooks []playbook
}

// Step is a template, ready to run.
type Step struct {
	ID        plan.TemplateID
	Agent     agents.Agent // with the prompt of the step and no tools but the step's
	Variables []Variable   // all that it may be given
	Minimum   tier.Tier    // from which on it may be run
	yields    []chat.ActionType
}

// playbook is a plan that is made beforehand.
type playbook struct {
	plan.Plan
	minimum tier.Tier // from which on it may be seen
}

// NewLibrary puts templates, prompts and tools together, and builds the playbooks. An error means that they do not fit: a
// template without a prompt, a tool that nobody has, a plan that gives a step what it does not take.
func NewLibrary(texts *prompts.Library, registry *agents.Registry) (*Library, error) {
	return newLibrary(texts, registry, templates, playbooks)
}

func newLibrary(texts *prompts.Library, registry *agents.Registry, rows []row, drafts []draft) (*Library, error) {
	l := &Library{steps: map[plan.TemplateID]Step{}}
	for _, r := range rows {
		s, err := newStep(texts, registry, r)
		if err != nil {
			return nil, fmt.Errorf("template %s: %w", r.id, err)
		}
		if _, taken := l.steps[r.id]; taken {
			return nil, fmt.Errorf("the template %s is there twice", r.id)
		}
		l.steps[r.id] = s
	}
	for _, a := range registry.List() {
		if s, ok := l.steps[requests[a.Name].template]; !ok || s.Agent.Name != a.Name {
			return nil, fmt.Errorf("%s has no template for its part of a message", a.Name)
		}
	}
	for _, d := range drafts {
		if err := l.add(registry, d); err != nil {
			return nil, err
		}
	}
	l.restrict()
	return l, nil
}

func newStep(texts *prompts.Library, registry *agents.Registry, r row) (Step, error) {
	a, ok := registry.Get(r.agent)
	if !ok {
		return Step{}, fmt.Errorf("there is no agent %q", r.agent)
	}
	text, err := texts.Text(string(r.id))
	if err != nil {
		return Step{}, err
	}
	owners := []string{a.Name}
	if r.tools != nil {
		if a.Tools, owners, err = pick(registry, r.tools); err != nil {
			return Step{}, err
		}
		owners = append(owners, a.Name)
	}
	a.Prompt += "\n\n" + text
	least, ok := tier.Lowest(func(t tier.Tier) bool {
		return !slices.ContainsFunc(owners, func(name string) bool { return !agents.Covers(t.Value(tier.Agents), name) })
	})
	if !ok {
		return Step{}, fmt.Errorf("no tier has all of the agents %q", owners)
	}
	return Step{ID: r.id, Agent: a, Variables: slices.Concat(everywhere, r.variables), Minimum: least, yields: r.yields}, nil
}

// pick finds tools by their names, and the agents that they are from.
func pick(registry *agents.Registry, names []string) (tools []agents.Tool, owners []string, err error) {
	for _, name := range names {
		found := false
		for _, a := range registry.List() {
			for _, tool := range a.Tools {
				if tool.Spec.Name == name {
					tools, owners, found = append(tools, tool), append(owners, a.Name), true
				}
			}
		}
		if !found {
			return nil, nil, fmt.Errorf("no agent has the tool %q", name)
		}
	}
	return tools, owners, nil
}

// add builds a playbook and checks it against the templates.
func (l *Library) add(registry *agents.Registry, d draft) error {
	p, err := d.build().Build()
	if err != nil {
		return err
	}
	if slices.ContainsFunc(l.playbooks, func(other playbook) bool { return other.ID == p.ID }) {
		return fmt.Errorf("the playbook %s is there twice", p.ID)
	}
	if _, ok := registry.Get(p.Agent); !ok {
		return fmt.Errorf("playbook %s: there is no agent %q", p.ID, p.Agent)
	}
	for i, s := range p.Steps {
		if err := l.fits(p, s, d.minimum); err != nil {
			return fmt.Errorf("playbook %s, step %d: %w", p.ID, i, err)
		}
	}
	l.playbooks = append(l.playbooks, playbook{p, d.minimum})
	return nil
}

// fits checks one step of a playbook: the server can run it with the variables that the plan names, or it carries out
// something that the step before it may ask for.
func (l *Library) fits(p plan.Plan, s plan.Step, minimum tier.Tier) error {
	if s.Action != chat.CallAgent {
		if s.Action == chat.SendNotification {
			return nil // shows what the step before it said
		}
		if s.DataFromStep == nil {
			return fmt.Errorf("%s has nothing to carry out", s.Action)
		}
		if from := p.Steps[*s.DataFromStep].Template; !slices.Contains(l.steps[from].yields, s.Action) {
			return fmt.Errorf("%q never asks for %s", from, s.Action)
		}
		return nil
	}
	step, ok := l.steps[s.Template]
	switch {
	case !ok:
		return fmt.Errorf("there is no template %q", s.Template)
	case !minimum.Covers(step.Minimum):
		return fmt.Errorf("%s does not have the agents of %s", minimum, s.Template)
	}
	for _, v := range step.Variables {
		if _, given := s.Variables[v.Name]; v.Required && !given {
			return fmt.Errorf("%s needs the variable %q", s.Template, v.Name)
		}
	}
	for name := range s.Variables {
		if !slices.ContainsFunc(step.Variables, func(v Variable) bool { return v.Name == name }) {
			return fmt.Errorf("%s takes no variable %q", s.Template, name)
		}
	}
	return nil
}

// restrict lifts the minimum of templates that only playbooks use to the smallest of theirs: the steps of a playbook are
// no way around its tier.
func (l *Library) restrict() {
	for id, s := range l.steps {
		var least tier.Tier
		for _, p := range l.playbooks {
			uses := slices.ContainsFunc(p.Steps, func(step plan.Step) bool { return step.Template == id })
			if uses && (least == "" || least.Covers(p.minimum)) {
				least = p.minimum
			}
		}
		if least != "" {
			s.Minimum = least
			l.steps[id] = s
		}
	}
}

// Step is the template with this id, false if there is none.
func (l *Library) Step(id plan.TemplateID) (Step, bool) {
	s, ok := l.steps[id]
	return s, ok
}

// Playbooks are those of a tier, in their order.
func (l *Library) Playbooks(t tier.Tier) []plan.Plan {
	list := []plan.Plan{}
	for _, p := range l.playbooks {
		if t.Covers(p.minimum) {
			list = append(list, p.Clone())
		}
	}
	return list
}

// Playbook is one of a tier's, false if the tier has none with this id.
func (l *Library) Playbook(t tier.Tier, id string) (plan.Plan, bool) {
	for _, p := range l.Playbooks(t) {
		if p.ID == id {
			return p, true
		}
	}
	return plan.Plan{}, false
}
