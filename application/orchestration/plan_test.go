package orchestration

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/memory"
	"github.com/adiuva/cloud/domain/account"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/plan"
	"github.com/adiuva/cloud/domain/tier"
	"github.com/adiuva/cloud/ports"
)

// planned is ask in Plan mode.
func planned(message string) chat.Request {
	r := ask(message)
	r.Mode = chat.Plan
	return r
}

// planFor is the plan that a user gets.
func planFor(t *testing.T, p *Responder, user string, r chat.Request) (*plan.Plan, error) {
	t.Helper()
	got, err := (&Orchestrate{Responder: p}).Execute(t.Context(), OrchestrateInput{UserID: user, Request: r})
	assert.Empty(t, got.Reply.Text+strings.Join(got.Reply.Agents, ""), "a plan, or nothing")
	assert.Empty(t, got.Reply.Actions)
	return got.Plan, err
}

// actionsOf are the steps of a plan in short.
func actionsOf(p *plan.Plan) string {
	var list []string
	for _, s := range p.Steps {
		word := string(s.Action)
		if s.Action == chat.CallAgent {
			word = string(s.Template)
		}
		if s.DataFromStep != nil {
			word += fmt.Sprint("<", *s.DataFromStep)
		}
		list = append(list, word)
	}
	return strings.Join(list, " ")
}

func TestAMessageBecomesAPlanByTheAgentsThatItNeeds(t *testing.T) {
	t.Parallel()
	const answer = "answer"
	for classified, want := range map[string]string{
		`{"agents":["task_agent"],"asks":true,"sure":true,"deletes":false}`: "task_request create_record<0 update_record<0",
		`{"agents":["task_agent"],"asks":true,"sure":true,"deletes":true}`:  "task_request create_record<0 update_record<0 delete_record<0",
		`{"agents":["note_agent"],"asks":true,"sure":true,"deletes":false}`: "note_request create_record<0 update_record<0 index_document<0",
		`{"agents":["project_agent","checkpoint_agent","task_agent"],"asks":true,"sure":true,"deletes":false}`: "project_request create_record<0 update_record<0 " +
			"checkpoint_request<0 create_record<3 update_record<3 task_request<3 create_record<6 update_record<6",
		`{"agents":[],"asks":false,"sure":true}`:                                                 answer,
		`{"agents":["task_agent"],"asks":false,"sure":true}`:                                     answer,
		`{"agents":["checkpoint_agent"],"asks":true,"sure":false,"deletes":true}`:                answer,
		`I think that the user would like something that has to do with their to-do list, maybe`: "task_request create_record<0 update_record<0",
	} {
		p, err := planFor(t, house(t, memory.NewLLM(say(classified))), "pro", planned("do it"))
		require.NoError(t, err, classified)
		require.Equal(t, want, actionsOf(p), classified)
		assert.NotEmpty(t, p.Title)
		assert.NotEmpty(t, p.Description)
		assert.Equal(t, "01940000-0000-7000-8000-000000000001", p.ID)
		for _, s := range p.Steps {
			if s.Action == chat.CallAgent {
				assert.Equal(t, "do it", s.Variables["message"])
			}
			confirmed, _ := s.Variables["requires_confirmation"].(bool)
			assert.Equal(t, s.Action == chat.DeleteRecord, confirmed)
		}
	}
}

func TestAFailingClassifierStillGetsAPlanThatIsNotRemembered(t *testing.T) {
	t.Parallel()
	llm := memory.NewLLM(memory.Turn{Err: fault.New(fault.Unavailable, "down")}, say("what?"), say("note_agent"))
	p := house(t, llm)
	for _, want := range []string{"task_request", "task_request", "note_request", "note_request"} {
		got, err := planFor(t, p, "free", planned("keep this: x"))
		require.NoError(t, err)
		assert.Equal(t, plan.TemplateID(want), got.Steps[0].Template)
	}
	assert.Zero(t, llm.Left(), "an answer that could be read is remembered, and nothing else")
}

func TestAPlanThatWouldNeedAHigherTierIsRefusedWholeAndNotRemembered(t *testing.T) {
	t.Parallel()
	llm := memory.NewLLM(say(`task_agent, checkpoint_agent`), say(`task_agent, checkpoint_agent`), say(`task_agent, checkpoint_agent`))
	p := house(t, llm)
	for range 2 {
		got, err := planFor(t, p, "free", planned("plan the launch"))
		assert.Nil(t, got)
		require.Equal(t, fault.TierRequired, fault.CodeOf(err))
		assert.Equal(t, "pro", fault.From(err).Details["required_tier"])
	}
	got, err := planFor(t, p, "pro", planned("plan the launch"))
	require.NoError(t, err)
	assert.Equal(t, plan.TemplateID("checkpoint_request"), got.Steps[3].Template)
	assert.Zero(t, llm.Left())
}

func TestTheSameQuestionOfTheSameUserCostsOneCall(t *testing.T) {
	t.Parallel()
	calls := 0
	llm := memory.LLMFunc(func(context.Context, ports.LLMRequest) (memory.Turn, error) {
		calls++
		return say("task_agent"), nil
	})
	p := house(t, llm)
	first, err := planFor(t, p, "pro", planned("buy milk"))
	require.NoError(t, err)
	again, err := planFor(t, p, "pro", planned("buy milk"))
	require.NoError(t, err)
	assert.Equal(t, 1, calls)
	assert.NotEqual(t, first.ID, again.ID, "each is a plan of its own")
	again.ID = first.ID
	assert.Equal(t, first, again)
	spent, err := p.Meter.List(t.Context(), "pro")
	require.NoError(t, err)
	require.Len(t, spent, 1)
	assert.EqualValues(t, 1, spent[0].Calls)

	more := planned("buy milk")
	more.Context.RecentTasks = append(more.Context.RecentTasks, map[string]any{"id": "t-2", "title": "Milk"})
	spoken := planned("buy milk")
	spoken.Context.ConversationHistory = []map[string]any{{"role": "assistant", "content": "Which milk?", "agent": "task_agent"}}
	for i, ask := range []struct {
		user string
		r    chat.Request
	}{{"power", planned("buy milk")}, {"pro", planned("buy milk!")}, {"pro", more}, {"pro", spoken}} {
		for range 2 {
			_, err = planFor(t, p, ask.user, ask.r)
			require.NoError(t, err)
			assert.Equal(t, i+2, calls, "another user, message, context or history is another question")
		}
	}
	contents := planned("buy milk")
	contents.Context.RecentTasks[0]["description"] = "what the classifier never sees"
	_, err = planFor(t, p, "pro", contents)
	require.NoError(t, err)
	assert.Equal(t, 5, calls)
}

func TestAnotherTierIsAnotherQuestion(t *testing.T) {
	t.Parallel()
	llm := memory.NewLLM(say("task_agent"), say("task_agent"))
	p := house(t, llm)
	users := p.Gate.Users
	email, err := account.ParseEmail("climber@example.com")
	require.NoError(t, err)
	climber := account.User{ID: "climber", Email: email, Tier: tier.Free, Role: account.Member}
	require.NoError(t, users.Insert(t.Context(), climber))
	for _, x := range []tier.Tier{tier.Free, tier.Pro, tier.Power} {
		climber.Tier = x
		require.NoError(t, users.Update(t.Context(), climber))
		_, err = planFor(t, p, "climber", planned("buy milk"))
		require.NoError(t, err)
	}
	assert.Zero(t, llm.Left(), "pro and power have the same agents, free has not")
}

func TestTheCacheHoldsNothingOfTheMessage(t *testing.T) {
	t.Parallel()
	const secret = "sardanapalus"
	p := house(t, memory.NewLLM(say("task_agent, note_agent")))
	r := planned("buy " + secret)
	r.Context.RecentTasks[0]["title"] = secret
	got, err := planFor(t, p, "pro", r)
	require.NoError(t, err)
	assert.Contains(t, fmt.Sprintf("%+v", *got), secret)

	c, err := (&run{Responder: p, spent: &tally{LLM: p.LLM}}).classifier()
	require.NoError(t, err)
	question, err := c.Question(r, func(string) bool { return true })
	require.NoError(t, err)
	key, err := p.Planned.Key("pro", tier.Unlimited, question)
	require.NoError(t, err)
	outline, ok := p.Planned.Get(key)
	require.True(t, ok, "this is where it is kept")
	stored, err := json.Marshal(outline)
	require.NoError(t, err)
	for _, text := range []string{fmt.Sprintf("%#v", outline), string(stored), string(key[:]), fmt.Sprintf("%#v", p.Planned)} {
		assert.NotContains(t, text, secret)
	}
	assert.NotContains(t, string(stored), got.ID)
}

func TestAPlanThatTakesTooLongIsATimeout(t *testing.T) {
	t.Parallel()
	p := house(t, memory.NewLLM(memory.Turn{Hang: true}))
	p.Bounds.Wall = 20 * time.Millisecond
	got, err := planFor(t, p, "free", planned("buy milk"))
	assert.Equal(t, fault.UpstreamTimeout, fault.CodeOf(err))
	assert.Nil(t, got)
}

func TestAStreamGivesAPlanAtOnce(t *testing.T) {
	t.Parallel()
	sink := &memory.Sink{}
	got, err := (&OrchestrateStream{Responder: house(t, memory.NewLLM(say("note_agent")))}).Execute(t.Context(),
		OrchestrateStreamInput{UserID: "free", Request: planned("keep this"), Sink: sink})
	require.NoError(t, err)
	require.NotNil(t, got.Plan)
	assert.Equal(t, plan.TemplateID("note_request"), got.Plan.Steps[0].Template)
	assert.Empty(t, sink.Events())
}

func TestPlaybooksAreThoseOfTheTierInTheDatabase(t *testing.T) {
	t.Parallel()
	p := house(t, memory.NewLLM())
	list, get := &ListPlaybooks{Plans: p.Plans, Gate: p.Gate}, &GetPlaybook{Plans: p.Plans, Gate: p.Gate}
	for _, x := range tier.All() {
		got, err := list.Execute(t.Context(), ListPlaybooksInput{UserID: string(x)})
		require.NoError(t, err)
		assert.Equal(t, p.Plans.Playbooks(x), got)
		for _, all := range p.Plans.Playbooks(tier.Team) {
			one, err := get.Execute(t.Context(), GetPlaybookInput{UserID: string(x), ID: all.ID})
			if _, has := p.Plans.Playbook(x, all.ID); !has {
				assert.Equal(t, fault.NotFound, fault.CodeOf(err), "%s of %s", all.ID, x)
				assert.Empty(t, one)
				continue
			}
			require.NoError(t, err)
			assert.Equal(t, all, one)
		}
	}
	_, err := get.Execute(t.Context(), GetPlaybookInput{UserID: "team", ID: "no_such_plan"})
	assert.Equal(t, fault.NotFound, fault.CodeOf(err))
	_, err = list.Execute(t.Context(), ListPlaybooksInput{UserID: "nobody"})
	assert.Equal(t, fault.NotFound, fault.CodeOf(err))
	_, err = get.Execute(t.Context(), GetPlaybookInput{UserID: "nobody", ID: "plan_my_day"})
	assert.Equal(t, fault.NotFound, fault.CodeOf(err))
}
