package plans

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/application/orchestration/agents"
	"github.com/adiuva/cloud/application/orchestration/prompts"
	"github.com/adiuva/cloud/application/orchestration/sanitizer"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/plan"
	"github.com/adiuva/cloud/domain/tier"
)

func library(t *testing.T) (*Library, *prompts.Library, *agents.Registry) {
	t.Helper()
	texts, err := prompts.Load()
	require.NoError(t, err)
	registry, err := agents.NewRegistry(texts)
	require.NoError(t, err)
	l, err := NewLibrary(texts, registry)
	require.NoError(t, err)
	return l, texts, registry
}

func TestEachTemplateHasItsToolsItsPromptAndItsTier(t *testing.T) {
	t.Parallel()
	l, texts, registry := library(t)
	all := func(agent string) []string {
		a, _ := registry.Get(agent)
		return toolsOf(a)
	}
	for id, want := range map[plan.TemplateID]struct {
		agent string
		tools []string
		tier  tier.Tier
	}{
		"task_request":        {"task_agent", all("task_agent"), tier.Free},
		"project_request":     {"project_agent", all("project_agent"), tier.Free},
		"note_request":        {"note_agent", all("note_agent"), tier.Free},
		"checkpoint_request":  {"checkpoint_agent", all("checkpoint_agent"), tier.Pro},
		"answer":              {"task_agent", []string{"list_tasks", "list_tasks_due_today", "list_task_comments", "list_projects", "list_all_projects", "get_project", "list_notes", "get_note"}, tier.Free},
		"email_to_tasks":      {"task_agent", []string{"create_task"}, tier.Free},
		"meeting_to_tasks":    {"task_agent", []string{"create_task"}, tier.Pro},
		"plan_day":            {"task_agent", []string{"list_tasks", "list_tasks_due_today"}, tier.Free},
		"weekly_report":       {"note_agent", []string{"create_note"}, tier.Pro},
		"kickoff_project":     {"project_agent", []string{"create_project"}, tier.Pro},
		"kickoff_checkpoints": {"checkpoint_agent", []string{"create_checkpoint", "list_projects", "get_project"}, tier.Pro},
		"kickoff_tasks":       {"task_agent", []string{"create_task", "list_projects", "get_project"}, tier.Pro},
	} {
		s, ok := l.Step(id)
		require.True(t, ok, id)
		assert.Equal(t, want.agent, s.Agent.Name, id)
		assert.Equal(t, want.tools, toolsOf(s.Agent), id)
		assert.Equal(t, want.tier, s.Minimum, id)
		own, err := texts.Text(want.agent)
		require.NoError(t, err)
		step, err := texts.Text(string(id))
		require.NoError(t, err)
		assert.Equal(t, own+"\n\n"+step, s.Agent.Prompt, id)
	}
	assert.Len(t, l.steps, 12)
	for _, id := range []plan.TemplateID{"", "classifier", "task_agent", "../task_request", "task_request.md", "TASK_REQUEST", "__proto__"} {
		_, ok := l.Step(id)
		assert.False(t, ok, id)
	}
}

func toolsOf(a agents.Agent) []string {
	var names []string
	for _, tool := range a.Tools {
		names = append(names, tool.Spec.Name)
	}
	return names
}

func TestOnlyAMessageOfTheUserCanDelete(t *testing.T) {
	t.Parallel()
	l, _, _ := library(t)
	for id, s := range l.steps {
		deletes := slices.ContainsFunc(s.Agent.Tools, func(tool agents.Tool) bool { return tool.Needs == agents.Deletes })
		said := slices.ContainsFunc(s.Variables, func(v Variable) bool { return v.Name == Deletions })
		assert.Equal(t, said, deletes, id)
		assert.Equal(t, deletes, slices.Contains(s.yields, chat.DeleteRecord), id)
	}
}

func TestAPlaybookIsSeenFromItsTierOn(t *testing.T) {
	t.Parallel()
	l, _, _ := library(t)
	free := []string{"email_to_tasks", "plan_my_day"}
	pro := append(slices.Clone(free), "meeting_notes_to_tasks", "weekly_report", "project_kickoff")
	for x, want := range map[tier.Tier][]string{tier.Free: free, tier.Pro: pro, tier.Power: pro, tier.Team: pro, "gold": nil} {
		var ids []string
		for _, p := range l.Playbooks(x) {
			ids = append(ids, p.ID)
			again, ok := l.Playbook(x, p.ID)
			assert.True(t, ok)
			assert.Equal(t, p, again)
		}
		assert.Equal(t, want, ids, x)
		for _, id := range append([]string{"", "../plan_my_day", "no_such_plan"}, pro...) {
			_, ok := l.Playbook(x, id)
			assert.Equal(t, slices.Contains(want, id), ok, "%s of %s", id, x)
		}
	}
}

func TestAPlaybookThatIsHandedOutCannotBeChanged(t *testing.T) {
	t.Parallel()
	l, _, _ := library(t)
	p, _ := l.Playbook(tier.Free, "email_to_tasks")
	p.Steps[0].Variables["email"] = "secret"
	*p.Steps[1].DataFromStep = 7
	p.Steps = p.Steps[:1]
	again, _ := l.Playbook(tier.Free, "email_to_tasks")
	assert.Equal(t, map[string]any{"email": nil, "context": nil}, again.Steps[0].Variables)
	require.Len(t, again.Steps, 2)
	assert.Equal(t, 0, *again.Steps[1].DataFromStep)
}

func TestWhatClientsReadOfPlansIsNoPartOfAPrompt(t *testing.T) {
	t.Parallel()
	l, texts, registry := library(t)
	s := sanitizer.New(texts.All(), registry.Definitions())
	list := l.Playbooks(tier.Team)
	for _, names := range [][]string{nil, {"task_agent"}, {"project_agent", "checkpoint_agent", "task_agent", "note_agent"}} {
		p, err := l.Outline(names, agents.Deletes)
		require.NoError(t, err)
		list = append(list, p)
	}
	for _, p := range list {
		for _, text := range []string{p.Title, p.Description} {
			assert.NotEmpty(t, text)
			assert.Equal(t, text, s.Reply(chat.Reply{Text: text}, nil).Text)
		}
	}
}

// TestOrdinaryResultsOfStepsPass are answers of the kind that steps give: the prompts must not be worded like them.
func TestOrdinaryResultsOfStepsPass(t *testing.T) {
	t.Parallel()
	_, texts, registry := library(t)
	s := sanitizer.New(texts.All(), registry.Definitions())
	for _, text := range []string{
		"1. **Send the invoice**: overdue since Monday\n2. Call Dana, 10:00\n3. Draft the press release: high priority, due today\n4. Review the budget\n\nThe next checkpoint is Beta on Friday.",
		"I found two things to do in the e-mail and prepared a task for each: \"Answer Dana about the budget\", due on Friday at 17:00, and \"Send the contract\".",
		"There is nothing to do in this e-mail, so I created no task.",
		"Three actions were agreed in the meeting: Ada writes the charter by Tuesday, Bob books the room, and Eve sends the invitations. I took next Friday for \"soon\".",
		"# Weekly report 13 May 2026\n\n## Finished\n- Apollo: login page, press release\n\n## Under way\n- Apollo: budget\n\n## Late\n- Zephyr: contract, due on Monday\n\n## Next week\n- Beta release on Friday",
		"Two tasks were finished this week and one is late: the contract for Zephyr. The Beta release is on Friday.",
		"The project Zephyr is prepared.",
		"I propose four checkpoints for Zephyr: Concept agreed on 1 June, Prototype works on 15 June, Beta in the hands of ten users on 1 July, and Launch on 15 July. They wait for your approval.",
		"Here are five first tasks for Zephyr, all due within two weeks and leading to the first checkpoint. They are suggestions and wait for your approval.",
		"I can't see any project that this could belong to, so nothing was created.",
	} {
		assert.Equal(t, text, s.Reply(chat.Reply{Text: text}, nil).Text)
	}
}

func TestWhatDoesNotFitIsFoundAtStart(t *testing.T) {
	t.Parallel()
	_, texts, registry := library(t)
	head := plan.Plan{ID: "p", Title: "A plan", Agent: "task_agent"}
	made := func(least tier.Tier, p plan.Plan, steps ...plan.Step) draft {
		p.Steps = steps
		return draft{least, func() *plan.Builder { return plan.New(p) }}
	}
	runs := func(id plan.TemplateID, variables map[string]any) plan.Step {
		return plan.Step{Action: chat.CallAgent, Template: id, Variables: variables}
	}
	applies := func(a chat.ActionType, from *int) plan.Step { return plan.Step{Action: a, DataFromStep: from} }
	day := runs("plan_day", nil)
	good := made(tier.Free, head, day)
	with := func(r row) []row { return append(slices.Clone(templates), r) }
	for name, c := range map[string]struct {
		rows   []row
		drafts []draft
		says   string
	}{
		"a template without a prompt":            {with(row{id: "no_such_prompt", agent: "task_agent"}), nil, "no prompt"},
		"a template of nobody":                   {with(row{id: "rules", agent: "nobody"}), nil, "no agent"},
		"a tool that nobody has":                 {with(row{id: "synthesis", agent: "task_agent", tools: []string{"rm"}}), nil, "no agent has the tool"},
		"a template twice":                       {with(templates[0]), nil, "there twice"},
		"an agent that cannot take part":         {templates[1:], nil, "task_agent has no template"},
		"a playbook twice":                       {templates, []draft{good, good}, "there twice"},
		"a playbook of nobody":                   {templates, []draft{made(tier.Free, plan.Plan{ID: "p", Title: "x", Agent: "nobody"}, day)}, "no agent"},
		"a playbook without steps":               {templates, []draft{made(tier.Free, head)}, "1 to 50 steps"},
		"an unknown template":                    {templates, []draft{made(tier.Free, head, runs("no_such", nil))}, "no template"},
		"a variable too many":                    {templates, []draft{made(tier.Free, head, runs("plan_day", map[string]any{"mood": nil}))}, `no variable "mood"`},
		"a variable too few":                     {templates, []draft{made(tier.Free, head, runs("email_to_tasks", nil))}, `needs the variable "email"`},
		"an agent that the tier does not have":   {templates, []draft{made(tier.Free, head, runs("kickoff_checkpoints", nil))}, "does not have the agents"},
		"an action that never comes":             {templates, []draft{made(tier.Free, head, day, applies(chat.CreateRecord, new(0)))}, "never asks"},
		"a deletion":                             {templates, []draft{made(tier.Pro, head, runs("email_to_tasks", map[string]any{"email": nil}), applies(chat.DeleteRecord, new(0)))}, "never asks"},
		"an action of nothing":                   {templates, []draft{made(tier.Free, head, day, applies(chat.CreateRecord, nil))}, "nothing to carry out"},
		"actions of a step that is the client's": {templates, []draft{made(tier.Free, head, day, applies(chat.SendNotification, new(0)), applies(chat.CreateRecord, new(1)))}, "never asks"},
	} {
		_, err := newLibrary(texts, registry, c.rows, c.drafts)
		require.Error(t, err, name)
		assert.Contains(t, err.Error(), c.says, name)
	}
	_, err := newLibrary(texts, registry, templates, []draft{good})
	assert.NoError(t, err)
}

func TestAStepIsNoWayAroundTheTierOfItsPlaybooks(t *testing.T) {
	t.Parallel()
	_, texts, registry := library(t)
	in := func(id string, least tier.Tier) draft {
		return draft{least, func() *plan.Builder {
			b := plan.New(plan.Plan{ID: id, Title: "x", Agent: "task_agent"})
			b.Run("plan_day", nil)
			return b
		}}
	}
	for _, c := range []struct {
		drafts []draft
		want   tier.Tier
	}{
		{nil, tier.Free},
		{[]draft{in("a", tier.Team)}, tier.Team},
		{[]draft{in("a", tier.Team), in("b", tier.Pro), in("c", tier.Power)}, tier.Pro},
	} {
		l, err := newLibrary(texts, registry, templates, c.drafts)
		require.NoError(t, err)
		s, _ := l.Step("plan_day")
		assert.Equal(t, c.want, s.Minimum)
	}
}

func TestAStepNeedsItsAgentAndThoseWhoseToolsItUses(t *testing.T) {
	t.Parallel()
	_, texts, registry := library(t)
	for _, c := range []struct {
		agent, tool string
		want        tier.Tier
	}{
		{"task_agent", "list_projects", tier.Free}, {"task_agent", "list_checkpoints", tier.Pro}, {"checkpoint_agent", "list_projects", tier.Pro},
	} {
		l, err := newLibrary(texts, registry, append(slices.Clone(templates), row{id: "synthesis", agent: c.agent, tools: []string{c.tool}}), nil)
		require.NoError(t, err)
		s, _ := l.Step("synthesis")
		assert.Equal(t, c.want, s.Minimum, "%s with %s", c.agent, c.tool)
	}
}
