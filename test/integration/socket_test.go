package integration

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/cmd/assembly"
	"github.com/adiuva/cloud/test/fakes/openai"
	"github.com/adiuva/cloud/test/harness"
)

const typedFrames = "adiuva.v1"

// spoken is what the frames of a run say together.
func spoken(frames []harness.Frame) string {
	var b strings.Builder
	for _, f := range frames {
		b.WriteString(f.Delta)
	}
	return b.String()
}

func ticketOf(t *testing.T, user *harness.Client) string {
	t.Helper()
	var a struct{ Ticket string }
	user.Expect(t, http.StatusOK, http.MethodPost, "/auth/ws-ticket", nil).Decode(t, &a)
	return a.Ticket
}

func TestASocketOpensOnEveryReplicaAndATicketOnOnlyOnce(t *testing.T) {
	t.Parallel()
	a, b, clock := replicas(t)
	user := harness.SignUp(t, a.URL)
	elsewhere := harness.NewClient(b.URL)
	ticket := ticketOf(t, user)
	s, answer := elsewhere.TrySocket(t, "?ticket="+ticket, "")
	require.Equal(t, http.StatusSwitchingProtocols, answer.Status, "%s", answer.Body)
	s.Say(map[string]any{"message": "Add a task to call Ada"})
	pieces, end := s.Answer()
	assert.Equal(t, end.Response, strings.Join(pieces, ""))
	require.Len(t, end.Actions, 1)
	for _, at := range []*harness.Client{elsewhere, user} {
		_, answer = at.TrySocket(t, "?ticket="+ticket, "")
		assert.Equal(t, http.StatusUnauthorized, answer.Status, "a ticket is good once")
		assert.Equal(t, "unauthenticated", answer.Code())
	}
	ticket = ticketOf(t, user)
	clock.Advance(31 * time.Second)
	_, answer = user.TrySocket(t, "?ticket="+ticket, "")
	assert.Equal(t, http.StatusUnauthorized, answer.Status, "a ticket is good for 30 s")
	s, answer = elsewhere.TrySocket(t, "", "", typedFrames, "bearer."+user.Access)
	require.Equal(t, http.StatusSwitchingProtocols, answer.Status, "%s", answer.Body)
	assert.Equal(t, typedFrames, s.Subprotocol())
	clock.Advance(20 * time.Minute) // the access token is old now, the session lives
	s.Say(map[string]any{"type": "chat", "message": "hello"})
	assert.NotEmpty(t, spoken(s.Run()))
	_, answer = user.TrySocket(t, "", user.Access)
	assert.Equal(t, "token_expired", answer.Code())
	for _, server := range []*harness.Server{a, b} {
		assert.NotContains(t, server.Log.String(), ticket)
		assert.NotContains(t, server.Log.String(), user.Access)
	}
}

func TestAnEndedSessionAndAnotherTierCountFromTheNextRequestOfASocketOn(t *testing.T) {
	t.Parallel()
	a, b, _ := replicas(t)
	user := harness.SignUp(t, a.URL)
	s := user.Socket(t)
	milestone := map[string]any{"message": "Add a checkpoint Beta on 2031-05-01 to the project Apollo", "context": map[string]any{"projects": []any{map[string]any{"id": "p1", "name": "Apollo"}}}}
	s.Say(milestone)
	_, end := s.Answer()
	require.NotNil(t, end.Notice)
	assert.Equal(t, "tier_required", end.Notice.Code)
	b.SetTier(t, user.Email, "pro")
	s.Say(milestone)
	_, end = s.Answer()
	assert.Nil(t, end.Notice)
	require.Len(t, end.Actions, 1)
	assert.Equal(t, "checkpoints", end.Actions[0].Table)
	there := harness.NewClient(b.URL)
	there.Access = user.Access
	there.Expect(t, http.StatusOK, http.MethodPost, "/auth/logout", nil)
	s.Say(milestone)
	_, end = s.Answer()
	require.NotNil(t, end.Error)
	assert.Equal(t, "unauthenticated", end.Error.Code)
	assert.Equal(t, websocket.StatusPolicyViolation, s.Closed())
}

func TestASocketAnswersAsThePostDoes(t *testing.T) {
	t.Parallel()
	server := harness.Serve(t, harness.InMemory(), assembly.Overrides{})
	user := harness.SignUp(t, server.URL)
	plain, typed := user.Socket(t), user.Socket(t, typedFrames)
	for _, mode := range []string{"direct", "plan"} {
		ask := map[string]any{"message": "Delete the task Buy milk", "execution_mode": mode, "context": map[string]any{"recent_tasks": []any{map[string]any{"id": "t1", "title": "Buy milk"}}}}
		answer := user.Expect(t, http.StatusOK, http.MethodPost, "/chat", ask)
		plain.Say(ask)
		pieces, end := plain.Answer()
		ask["type"] = "chat"
		typed.Say(ask)
		frames := typed.Run()
		last := frames[len(frames)-1]
		assert.Equal(t, strings.Join(pieces, ""), end.Response)
		assert.Equal(t, spoken(frames), last.Response)
		if mode == "plan" {
			var want harness.Plan
			answer.Decode(t, &want)
			for _, got := range []*harness.Plan{end.Plan, last.Plan} {
				require.NotNil(t, got)
				assert.NotEmpty(t, got.Steps)
				assert.Equal(t, want.Agent, got.Agent)
			}
			continue
		}
		var want harness.Frame
		answer.Decode(t, &want)
		for _, got := range []harness.Frame{end, last} {
			assert.Equal(t, want.Response, got.Response)
			assert.Equal(t, want.Actions, got.Actions)
			assert.Equal(t, want.Agents, got.Agents)
			assert.Equal(t, want.Model, got.Model)
		}
	}
}

// TestAnAgentAsksTheClientForWhatItWasNotSent runs what orchestration is about over a socket: reads that go to the client,
// in parallel, and an action that rests on them.
func TestAnAgentAsksTheClientForWhatItWasNotSent(t *testing.T) {
	t.Parallel()
	route := openai.Completion{Pieces: []string{`{"agents":["task_agent"],"asks":true,"sure":true,"deletes":true}`}}.Reply()
	fake := openai.Start(t, route,
		openai.Completion{Calls: []openai.Call{{ID: "a", Name: "list_tasks", Arguments: `{"search":"milk"}`}, {ID: "b", Name: "list_task_comments", Arguments: `{"task_id":"t1"}`}}}.Reply(),
		openai.Completion{Calls: []openai.Call{{ID: "c", Name: "delete_task", Arguments: `{"task_id":"t1"}`}}}.Reply(),
		openai.Completion{Pieces: []string{"It is ", "prepared."}, Prompt: 7, Completion: 3}.Reply())
	settings := harness.InMemory()
	settings["OPENAI_API_KEY"], settings["OPENAI_BASE_URL"] = "key", fake.URL
	user := harness.SignUp(t, harness.Serve(t, settings, assembly.Overrides{}).URL)
	s := user.Socket(t, typedFrames)
	s.Say(map[string]any{"type": "chat", "message": "Delete the task about milk", "context": map[string]any{"task_comments": []any{}}})
	started := s.Next()
	assert.Equal(t, "run.started", started.Type)
	assert.Equal(t, "step.started", s.Next().Type)
	for range 10 {
		f := s.Next()
		if f.Type != "tool_request" {
			continue
		}
		assert.Equal(t, started.RunID, f.RunID)
		assert.Equal(t, "list_tasks", f.Name)
		assert.Equal(t, "milk", f.Arguments["search"])
		s.Say(map[string]any{"type": "tool_result", "id": f.ID, "result": []any{map[string]any{"id": "t1", "title": "Buy milk"}}})
		break
	}
	frames := s.Run()
	last := frames[len(frames)-1]
	require.Equal(t, "done", last.Type)
	require.Len(t, last.Actions, 1)
	assert.Equal(t, "delete_record", last.Actions[0].Type)
	assert.True(t, last.Actions[0].RequiresConfirmation)
	assert.Contains(t, last.Response, "It is prepared.")
	for _, f := range frames {
		assert.Equal(t, started.RunID, f.RunID)
	}
}

func TestUsersHearOnlyTheirOwnAnswers(t *testing.T) {
	t.Parallel()
	server := harness.Serve(t, harness.InMemory(), assembly.Overrides{})
	done := make(chan struct{})
	names := []string{"Apricot", "Blueberry", "Cranberry", "Damson"}
	for _, name := range names {
		s := harness.SignUp(t, server.URL).Socket(t)
		go func() {
			defer func() { done <- struct{}{} }()
			for range 20 {
				s.Say(map[string]any{"message": "Add a task to buy " + name})
				pieces, end := s.Answer()
				all := strings.Join(pieces, "") + end.Response
				for _, other := range names {
					assert.Equal(t, other == name, strings.Contains(all, other) || other == name && len(end.Actions) == 1, all)
				}
			}
		}()
	}
	for range names {
		<-done
	}
}

func TestSigtermLetsAStreamEndAndThenClosesItsSocket(t *testing.T) {
	t.Parallel()
	fake := openai.Start(t, openai.Completion{Pieces: []string{`{"agents":["task_agent"],"asks":true,"sure":true}`}}.Reply(),
		openai.Completion{Pieces: strings.SplitAfter(strings.Repeat("A slow answer. ", 20), " "), Pause: 20 * time.Millisecond}.Reply())
	settings := harness.Embedded(t)
	settings["OPENAI_API_KEY"], settings["OPENAI_BASE_URL"] = "key", fake.URL
	process := harness.StartProcess(t, settings)
	user := harness.SignUp(t, process.URL)
	busy, idle := user.Socket(t), user.Socket(t)
	busy.Say(map[string]any{"message": "hello"})
	busy.Hear()
	code := make(chan int, 1)
	go func() { code <- process.Terminate(t) }()
	assert.Equal(t, websocket.StatusGoingAway, idle.Closed())
	_, end := busy.Answer()
	assert.Nil(t, end.Error)
	assert.Equal(t, strings.TrimSpace(strings.Repeat("A slow answer. ", 20)), strings.TrimSpace(end.Response))
	assert.Equal(t, websocket.StatusGoingAway, busy.Closed())
	assert.Equal(t, 0, <-code)
}
