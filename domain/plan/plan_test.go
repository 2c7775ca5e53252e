package plan_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/plan"
)

var head = plan.Plan{ID: "p", Title: "A plan", Description: "For a test.", Agent: "task_agent"}

func TestAPlanIsBuiltStepByStep(t *testing.T) {
	t.Parallel()
	b := plan.New(head)
	found := b.Run("find", map[string]any{"email": nil})
	b.Apply(chat.CreateRecord, found, map[string]any{"table": "tasks"})
	more := b.RunWith("more", found, nil)
	shown := b.Add(plan.Step{Action: chat.SendNotification, DataFromStep: &more})
	p, err := b.Build()
	require.NoError(t, err)
	assert.Equal(t, []int{0, 2, 3}, []int{found, more, shown})
	want := head
	want.Steps = []plan.Step{
		{Action: chat.CallAgent, Template: "find", Variables: map[string]any{"email": nil}},
		{Action: chat.CreateRecord, Variables: map[string]any{"table": "tasks"}, DataFromStep: new(0)},
		{Action: chat.CallAgent, Template: "more", DataFromStep: new(0)},
		{Action: chat.SendNotification, DataFromStep: new(2)},
	}
	assert.Equal(t, want, p)
	again, err := plan.New(p).Build()
	require.NoError(t, err)
	assert.Equal(t, p, again, "a plan can be built from a plan")
}

func TestABrokenPlanIsNotBuilt(t *testing.T) {
	t.Parallel()
	run := plan.Step{Action: chat.CallAgent, Template: "find"}
	from := func(i int) plan.Step { return plan.Step{Action: chat.CreateRecord, DataFromStep: &i} }
	many := make([]plan.Step, 51)
	for i := range many {
		many[i] = run
	}
	for name, broken := range map[string]plan.Plan{
		"no id":                         {Title: "A plan", Agent: "a", Steps: []plan.Step{run}},
		"no title":                      {ID: "p", Agent: "a", Steps: []plan.Step{run}},
		"no agent":                      {ID: "p", Title: "A plan", Steps: []plan.Step{run}},
		"no steps":                      {ID: "p", Title: "A plan", Agent: "a"},
		"too many steps":                {ID: "p", Title: "A plan", Agent: "a", Steps: many},
		"data from itself":              {ID: "p", Title: "A plan", Agent: "a", Steps: []plan.Step{run, from(1)}},
		"data from a later step":        {ID: "p", Title: "A plan", Agent: "a", Steps: []plan.Step{run, from(2), run}},
		"data from nowhere":             {ID: "p", Title: "A plan", Agent: "a", Steps: []plan.Step{run, from(-1)}},
		"the first takes data":          {ID: "p", Title: "A plan", Agent: "a", Steps: []plan.Step{from(0)}},
		"an agent without a template":   {ID: "p", Title: "A plan", Agent: "a", Steps: []plan.Step{{Action: chat.CallAgent}}},
		"a template for the client":     {ID: "p", Title: "A plan", Agent: "a", Steps: []plan.Step{{Action: chat.CreateRecord, Template: "find"}}},
		"a step that does nothing":      {ID: "p", Title: "A plan", Agent: "a", Steps: []plan.Step{{}}},
		"a fault before one that is ok": {ID: "p", Title: "A plan", Agent: "a", Steps: []plan.Step{from(3), run}},
	} {
		_, err := plan.New(broken).Build()
		assert.Equal(t, fault.Internal, fault.CodeOf(err), name)
	}
	whole := plan.Plan{ID: "p", Title: "A plan", Agent: "a", Steps: many[:50]}
	_, err := plan.New(whole).Build()
	assert.NoError(t, err)
}

// TestDataComesFromEarlierStepsOnly holds for whatever steps are put together.
func TestDataComesFromEarlierStepsOnly(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b := plan.New(head)
		fits := true
		for i := range rapid.IntRange(1, 50).Draw(t, "steps") {
			from := rapid.IntRange(-2, 52).Draw(t, "from")
			if rapid.Bool().Draw(t, "takes data") {
				b.RunWith("more", from, nil)
				fits = fits && from >= 0 && from < i
			} else {
				b.Run("find", nil)
			}
		}
		if _, err := b.Build(); (err == nil) != fits {
			t.Fatalf("fits: %v, error: %v", fits, err)
		}
	})
}

func TestWhatWasBuiltDoesNotChangeAnyMore(t *testing.T) {
	t.Parallel()
	variables, from := map[string]any{"message": nil}, 0
	b := plan.New(head)
	b.Run("find", variables)
	b.Add(plan.Step{Action: chat.CreateRecord, DataFromStep: &from})
	variables["message"], from = "changed", 7
	p, err := b.Build()
	require.NoError(t, err)
	b.Run("later", nil)
	p.Clone().Steps[0].Variables["message"] = "changed too"
	*p.Clone().Steps[1].DataFromStep = 9
	assert.Len(t, p.Steps, 2)
	assert.Equal(t, map[string]any{"message": nil}, p.Steps[0].Variables)
	assert.Equal(t, 0, *p.Steps[1].DataFromStep)
}
