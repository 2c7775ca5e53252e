package eval

import (
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/memory"
	"github.com/adiuva/cloud/cmd/assembly"
	"github.com/adiuva/cloud/config"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/test/fakes/openai"
	"github.com/adiuva/cloud/test/harness"
)

// provider are the settings of the environment that are about models; none if no provider is configured there.
func provider() map[string]string {
	found := map[string]string{}
	for _, s := range config.Settings() {
		family, _, _ := strings.Cut(s.Name, "_")
		if value := os.Getenv(s.Name); value != "" && slices.Contains([]string{"OPENAI", "ANTHROPIC", "OLLAMA", "LLM"}, family) {
			found[s.Name] = value
		}
	}
	for name := range found {
		if !strings.HasPrefix(name, "LLM_") {
			return found
		}
	}
	return nil
}

// configured answers with the provider of the environment, through a whole server.
func configured(t *testing.T, now time.Time) respond {
	t.Helper()
	return through(t, now, provider())
}

// through answers with the provider of these settings.
func through(t *testing.T, now time.Time, models map[string]string) respond {
	t.Helper()
	settings := harness.InMemory()
	maps.Copy(settings, models)
	s := harness.Serve(t, settings, assembly.Overrides{Clock: memory.NewClock(now)})
	c := harness.SignUp(t, s.URL)
	s.SetTier(t, c.Email, "team")
	return func(t *testing.T, r chat.Request) chat.Reply {
		t.Helper()
		context := map[string]any{"user_profile": r.Context.UserProfile, "recent_tasks": r.Context.RecentTasks, "conversation_history": r.Context.ConversationHistory}
		maps.Copy(context, r.Context.Extra)
		for name, value := range context {
			if raw, err := json.Marshal(value); err == nil && string(raw) == "null" {
				delete(context, name)
			}
		}
		var got struct {
			Response string
			Agents   []string
			Actions  []struct {
				Type, Table string
				Data        map[string]any
			}
		}
		c.Expect(t, http.StatusOK, http.MethodPost, "/chat", map[string]any{"message": r.Message, "context": context}).Decode(t, &got)
		reply := chat.Reply{Text: got.Response, Agents: got.Agents}
		for _, a := range got.Actions {
			for key, v := range a.Data {
				if n, ok := v.(float64); ok {
					a.Data[key] = int64(n) // as agents write whole numbers
				}
			}
			reply.Actions = append(reply.Actions, chat.Action{Type: chat.ActionType(a.Type), Table: a.Table, Data: a.Data})
		}
		return reply
	}
}

func TestAConfiguredProviderIsJudgedByWhatItAnswers(t *testing.T) {
	t.Parallel()
	p := openai.Start(t)
	p.Push(
		openai.Completion{Pieces: []string{`{"agents":["task_agent"],"asks":true,"sure":true}`}}.Reply(),
		openai.Completion{Calls: []openai.Call{{ID: "c", Name: "create_task", Arguments: `{"title":"Buy milk","due_date":1795701600000}`}}}.Reply(),
		openai.Completion{Pieces: []string{"Done."}}.Reply(),
	)
	answer := through(t, days[0], map[string]string{"OPENAI_BASE_URL": p.URL, "OPENAI_API_KEY": "sk-test"})
	c := evalCase{Message: "buy milk", Agents: []string{"task"}, Actions: []wanted{{Type: "create_record", Table: "tasks", Data: map[string]any{"title": "buy milk"}}}, Due: &due{Date: "2026-11-26"}}
	reply := answer(t, file{context: map[string]any{"projects": []any{}}}.request(c))
	assert.Equal(t, []string{"task_agent"}, reply.Agents)
	require.Len(t, reply.Actions, 1)
	assert.Empty(t, c.misses(reply, days[0]))
	c.Actions[0].Data["title"] = "buy bread"
	assert.NotEmpty(t, c.misses(reply, days[0]))
}
