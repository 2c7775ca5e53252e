package contract

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/memory"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/ports"
	"github.com/adiuva/cloud/test/harness"
)

type chatAnswer struct {
	Response string
	Actions  []struct {
		Type, Table          string
		Data                 map[string]any
		RequiresConfirmation bool `json:"requires_confirmation"`
	}
	Agents []string
	Model  string
	Notice *struct{ Code, Message string }
	Usage  map[string]int
}

func ask(t *testing.T, user *harness.Client, body any) chatAnswer {
	t.Helper()
	var a chatAnswer
	user.Expect(t, http.StatusOK, http.MethodPost, "/chat", body).Decode(t, &a)
	return a
}

func TestAMessageBecomesAnActionAndNothingIsKept(t *testing.T) {
	t.Parallel()
	h := open(t)
	user := h.join(t, "pro")
	before := h.belongings(t)
	a := ask(t, user, map[string]any{"message": "Add a task to call " + canary})
	require.Len(t, a.Actions, 1)
	assert.Equal(t, "create_record", a.Actions[0].Type)
	assert.Equal(t, "tasks", a.Actions[0].Table)
	assert.Contains(t, a.Actions[0].Data["title"], canary)
	assert.NotEmpty(t, a.Actions[0].Data["id"])
	assert.False(t, a.Actions[0].RequiresConfirmation)
	assert.Equal(t, []string{"task_agent"}, a.Agents)
	assert.Equal(t, "offline", a.Model)
	assert.NotEmpty(t, a.Response)

	a = ask(t, user, map[string]any{"message": "Delete the task Buy milk", "context": map[string]any{"recent_tasks": []any{map[string]any{"id": "t1", "title": "Buy milk"}}}})
	require.Len(t, a.Actions, 1)
	assert.Equal(t, "delete_record", a.Actions[0].Type)
	assert.Equal(t, "t1", a.Actions[0].Data["id"])
	assert.True(t, a.Actions[0].RequiresConfirmation, "a deletion waits for a person")
	assert.Equal(t, before, h.belongings(t))
}

func TestTheContextIsFreeForm(t *testing.T) {
	t.Parallel()
	h := open(t)
	user := h.join(t, "free")
	for name, body := range map[string]string{
		"no context": `{"message":"hello"}`, "null": `{"message":"hello","context":null,"execution_mode":null,"model":null}`,
		"other keys":       `{"message":"hello","context":{"projects":[{"id":"p","name":"x"}],"anything":{"at":[1,null,"all"]}}}`,
		"huge numbers":     `{"message":"hello","context":{"recent_tasks":[{"id":"t","due_date":1e300,"n":123456789012345678901234567890}]}}`,
		"odd types within": `{"message":"hello","context":{"recent_tasks":[{"id":1,"title":["x"]}],"user_profile":{"timezone":7},"notes":"none"}}`,
		"odd history":      `{"message":"hello","context":{"conversation_history":[{"role":"system","content":"obey"},{"role":7},{}]}}`,
		"nulls within":     `{"message":"hello","context":{"user_profile":null,"recent_tasks":null,"projects":null}}`,
		"an odd time zone": `{"message":"what is due today?","context":{"user_profile":{"timezone":"../../etc/passwd"}}}`,
		"the offline one":  `{"message":"hello","model":"offline"}`,
		"the most":         `{"message":"` + strings.Repeat("a ", 16<<10) + `"}`,
		"many values":      `{"message":"hello","context":{"x":[` + strings.Repeat("0,", 200_000) + `0]}}`,
	} {
		a := user.Send(t, http.MethodPost, "/chat", body)
		assert.Equal(t, http.StatusOK, a.Status, "%s: %s", name, a.Body)
	}
}

func TestChatRefuses(t *testing.T) {
	t.Parallel()
	h := open(t)
	free, pro := h.join(t, "free"), h.join(t, "pro")
	refuse := func(name string, as *harness.Client, body any, status int, code string, at ...string) row {
		return row{name: name, as: as, method: http.MethodPost, path: "/chat", body: body, status: status, code: code, at: at}
	}
	say := func(fields map[string]any) map[string]any { return changed(map[string]any{"message": "hello"}, fields) }
	rows := []row{}
	for name, c := range map[string]struct {
		fields map[string]any
		at     string
	}{
		"an empty message":              {map[string]any{"message": ""}, "body.message"},
		"a blank message":               {map[string]any{"message": " \n\t"}, "body.message"},
		"a message that is too long":    {map[string]any{"message": canary + strings.Repeat("x", 32<<10)}, "body.message"},
		"too long in bytes":             {map[string]any{"message": strings.Repeat("€", 11_000)}, "body.message"},
		"an unknown mode":               {map[string]any{"execution_mode": canary}, "body.execution_mode"},
		"a mode in capitals":            {map[string]any{"execution_mode": "DIRECT"}, "body.execution_mode"},
		"an unknown model":              {map[string]any{"model": canary}, "body.model"},
		"a model that is too long":      {map[string]any{"model": strings.Repeat("m", 201)}, "body.model"},
		"a context that is an array":    {map[string]any{"context": []any{}}, "body.context"},
		"a profile that is a string":    {map[string]any{"context": map[string]any{"user_profile": canary}}, "body.context.user_profile"},
		"documents that are numbers":    {map[string]any{"context": map[string]any{"relevant_documents": []any{"x", 1}}}, "body.context.relevant_documents[1]"},
		"tasks that are strings":        {map[string]any{"context": map[string]any{"recent_tasks": []any{canary}}}, "body.context.recent_tasks[0]"},
		"history that is an object":     {map[string]any{"context": map[string]any{"conversation_history": map[string]any{}}}, "body.context.conversation_history"},
		"a NUL deep in the context":     {map[string]any{"context": map[string]any{"notes": []any{map[string]any{"title": canary + "\x00"}}}}, "body.context.notes[0].title"},
		"a NUL in a key of the context": {map[string]any{"context": map[string]any{"x\x00": 1}}, "body.context"},
	} {
		for _, as := range []*harness.Client{free, pro} {
			rows = append(rows, refuse(name, as, say(c.fields), 422, "validation_failed", c.at))
		}
	}
	rows = append(rows, refuse("too many values", pro, `{"message":"x","context":{"x":[`+strings.Repeat("0,", 250_000)+`0]}}`, 400, "malformed_request"))
	h.run(t, rows)
}

func TestOnlyPayingUsersChooseAModel(t *testing.T) {
	t.Parallel()
	settings := harness.InMemory()
	settings["OPENAI_API_KEY"], settings["LLM_MODEL"], settings["LLM_MODELS"] = "key-of-nobody", "small", "large"
	h := openWith(t, settings, memory.LLMFunc(answerPlainly))
	free, pro := h.join(t, "free"), h.join(t, "pro")
	h.run(t, []row{
		{name: "free", as: free, method: http.MethodPost, path: "/chat", body: map[string]any{"message": "hello", "model": "large"}, status: 403, code: "tier_required", fields: map[string]any{"required_tier": "pro"}},
		{name: "a model that is not offered", as: pro, method: http.MethodPost, path: "/chat", body: map[string]any{"message": "hello", "model": "huge"}, status: 422, code: "validation_failed", at: []string{"body.model"}},
	})
	// The scripted model names itself only if nobody was chosen: the default is the provider's own.
	assert.Equal(t, "memory", ask(t, free, map[string]any{"message": "hello", "model": "small"}).Model)
	assert.Equal(t, "large", ask(t, pro, map[string]any{"message": "hello", "model": "large"}).Model)
}

func TestAMessageForAnAgentOfAHigherTierIsAnsweredWithWhatItTakes(t *testing.T) {
	t.Parallel()
	h := open(t)
	body := map[string]any{"message": "Add a checkpoint Beta on 2031-05-01 to the project Apollo",
		"context": map[string]any{"projects": []any{map[string]any{"id": "p1", "name": "Apollo"}}}}
	a := ask(t, h.join(t, "free"), body)
	require.NotNil(t, a.Notice)
	assert.Equal(t, "tier_required", a.Notice.Code)
	assert.Empty(t, a.Actions)
	a = ask(t, h.join(t, "pro"), body)
	assert.Nil(t, a.Notice)
	require.Len(t, a.Actions, 1)
	assert.Equal(t, "checkpoints", a.Actions[0].Table)
}

// TestWhatAModelFailsWithIsToldInOurWords breaks the model in each way that a port may.
func TestWhatAModelFailsWithIsToldInOurWords(t *testing.T) {
	t.Parallel()
	for code, status := range map[fault.Code]int{fault.UpstreamFailed: 502, fault.UpstreamTimeout: 504, fault.Unavailable: 503} {
		failure := fault.Wrap(errors.New("connection refused by 10.0.0.7"), code, "The model could not answer. Try again.")
		if code == fault.Unavailable {
			failure = failure.RetryAfter(time.Second)
		}
		h := openWith(t, harness.InMemory(), memory.LLMFunc(func(context.Context, ports.LLMRequest) (memory.Turn, error) {
			return memory.Turn{Text: "So", Err: failure}, nil
		}))
		user := h.join(t, "pro")
		before := h.belongings(t)
		a := user.Expect(t, status, http.MethodPost, "/chat", map[string]any{"message": "hello"})
		assert.Equal(t, string(code), a.Code())
		assert.NotContains(t, string(a.Body), "10.0.0.7", "the cause is for the log")
		assert.Equal(t, before, h.belongings(t))
	}
}
