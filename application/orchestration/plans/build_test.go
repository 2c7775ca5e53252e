package plans

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/application/orchestration/agents"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/plan"
	"github.com/adiuva/cloud/domain/tier"
)

func TestAnOutlineLetsTheAgentsWorkOneAfterTheOther(t *testing.T) {
	t.Parallel()
	l, _, _ := library(t)
	got, err := l.Outline([]string{"project_agent", "note_agent"}, agents.Deletes)
	require.NoError(t, err)
	asks := map[string]any{"message": nil, "context": nil, "deletions": true}
	confirmed := map[string]any{"requires_confirmation": true}
	assert.Equal(t, "Projects and notes", got.Title)
	assert.Equal(t, "project_agent", got.Agent)
	assert.Equal(t, []plan.Step{
		{Action: chat.CallAgent, Template: "project_request", Variables: asks},
		{Action: chat.CreateRecord, DataFromStep: new(0)},
		{Action: chat.UpdateRecord, DataFromStep: new(0)},
		{Action: chat.DeleteRecord, DataFromStep: new(0), Variables: confirmed},
		{Action: chat.CallAgent, Template: "note_request", Variables: asks, DataFromStep: new(0)},
		{Action: chat.CreateRecord, DataFromStep: new(4)},
		{Action: chat.UpdateRecord, DataFromStep: new(4)},
		{Action: chat.DeleteRecord, DataFromStep: new(4), Variables: confirmed},
		{Action: chat.IndexDocument, DataFromStep: new(4)},
	}, got.Steps)

	got, err = l.Outline([]string{"project_agent", "checkpoint_agent", "task_agent"}, agents.Changes)
	require.NoError(t, err)
	assert.Equal(t, "Projects, checkpoints and tasks", got.Title)
	for _, s := range got.Steps {
		assert.NotEqual(t, chat.DeleteRecord, s.Action, "nobody asked for a deletion")
		assert.NotContains(t, s.Variables, Deletions)
	}
	for _, names := range [][]string{nil, {"note_agent"}} {
		got, err = l.Outline(names, agents.Reads)
		require.NoError(t, err)
		assert.Equal(t, []plan.Step{{Action: chat.CallAgent, Template: "answer", Variables: map[string]any{"message": nil, "context": nil}}}, got.Steps)
	}
}

func TestEveryStepOfEveryOutlineCanBeRunWithWhatItNames(t *testing.T) {
	t.Parallel()
	l, _, registry := library(t)
	for _, may := range []agents.Power{agents.Reads, agents.Changes, agents.Deletes} {
		for _, a := range registry.List() {
			p, err := l.Outline([]string{a.Name}, may)
			require.NoError(t, err)
			for _, s := range p.Steps {
				assert.NoError(t, l.fits(p, s, tier.Team), "%s of %s", s.Action, a.Name)
			}
		}
	}
}

func TestAnOutlineIsFilledInForOneMessageAndStaysEmpty(t *testing.T) {
	t.Parallel()
	l, _, _ := library(t)
	outline, err := l.Outline([]string{"task_agent", "note_agent"}, agents.Changes)
	require.NoError(t, err)
	p := Fill(outline, "id-1", "buy milk")
	assert.Equal(t, "id-1", p.ID)
	filled := 0
	for i, s := range p.Steps {
		if s.Action != chat.CallAgent {
			assert.Equal(t, outline.Steps[i], s)
			continue
		}
		filled++
		assert.Equal(t, map[string]any{"message": "buy milk", "context": nil}, s.Variables)
		assert.Nil(t, outline.Steps[i].Variables["message"])
	}
	assert.Equal(t, 2, filled)
	assert.NotEqual(t, "id-1", outline.ID)
	assert.NotContains(t, outline.Description, "milk")
}
