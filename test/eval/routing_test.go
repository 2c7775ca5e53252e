package eval

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/llm/chainllm"
	"github.com/adiuva/cloud/adapters/llm/offlinellm"
	"github.com/adiuva/cloud/adapters/memory"
	"github.com/adiuva/cloud/application/entitlements"
	"github.com/adiuva/cloud/application/orchestration"
	"github.com/adiuva/cloud/application/orchestration/agents"
	"github.com/adiuva/cloud/application/orchestration/prompts"
	"github.com/adiuva/cloud/application/orchestration/sanitizer"
	"github.com/adiuva/cloud/domain/account"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/tier"
)

// The least share of cases of a set with the right agents, and with everything right. The sets of testdata are all right,
// and stay so: a miss there is a regression. A set from elsewhere is judged by what it has to reach.
const (
	agentsFloor = 0.95
	fullFloor   = 0.90
)

const user = "u-1"

// days are the moments at which every set is judged: rules about dates must hold on any day of the week, and late.
var days = []time.Time{
	time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC),  // a Wednesday morning
	time.Date(2027, 1, 1, 9, 30, 0, 0, time.UTC),    // a Friday, the year's first day
	time.Date(2026, 12, 27, 22, 45, 0, 0, time.UTC), // a Sunday night
}

// house is the use case over the offline model, as the server wires it, for one user who has every agent.
func house(t *testing.T, now time.Time) *orchestration.Orchestrate {
	t.Helper()
	llm, err := chainllm.New(chainllm.Config{
		BaseURL: "http://offline.invalid/v1", Model: offlinellm.Model, Transport: offlinellm.NewTransport(func() time.Time { return now }),
	})
	require.NoError(t, err)
	library, err := prompts.Load()
	require.NoError(t, err)
	registry, err := agents.NewRegistry(library)
	require.NoError(t, err)
	store := memory.NewStore()
	users := memory.NewUsers(store)
	email, err := account.ParseEmail("eval@example.com")
	require.NoError(t, err)
	require.NoError(t, users.Insert(t.Context(), account.User{ID: user, Email: email, Tier: tier.Team, Role: account.Member}))
	return &orchestration.Orchestrate{Responder: &orchestration.Responder{
		Observer: memory.NewObserver(), Meter: memory.NewMeter(store),
		LLM: llm, Registry: registry, Prompts: library, Sanitizer: sanitizer.New(library.All(), registry.Definitions()), Gate: &entitlements.Gate{Users: users},
		Clock: memory.NewClock(now), IDs: memory.NewIDs(),
	}}
}

// respond answers a request.
type respond func(t *testing.T, r chat.Request) chat.Reply

// offline answers with the offline model.
func offline(t *testing.T, now time.Time) respond {
	t.Helper()
	u := house(t, now)
	return func(t *testing.T, r chat.Request) chat.Reply {
		t.Helper()
		answer, err := u.Execute(t.Context(), orchestration.OrchestrateInput{UserID: user, Request: r})
		require.NoError(t, err, r.Message)
		return answer.Reply
	}
}

func TestRouting(t *testing.T) {
	t.Parallel()
	respondent, moments := offline, days
	paths, err := filepath.Glob("testdata/*.jsonl")
	require.NoError(t, err)
	agents, full := 1.0, 1.0
	if path := os.Getenv("ROUTING_CASES"); path != "" {
		paths, agents, full = []string{path}, agentsFloor, fullFloor
	}
	if os.Getenv("EVAL_CONFIGURED") != "" && len(provider()) > 0 {
		respondent, moments, agents, full = configured, days[:1], agentsFloor, fullFloor
	}
	for _, path := range paths {
		f := load(t, path)
		t.Run(strings.TrimSuffix(filepath.Base(path), ".jsonl"), func(t *testing.T) {
			t.Parallel()
			for _, now := range moments {
				judge(t, f, now, respondent(t, now), agents, full)
			}
		})
	}
}

// judge prints each miss, and fails below the floors.
func judge(t *testing.T, f file, now time.Time, answer respond, agentsFloor, fullFloor float64) {
	t.Helper()
	rightAgents, right := 0, 0
	for _, c := range f.cases {
		r := f.request(c)
		reply := answer(t, r)
		want := slices.Clone(c.Agents)
		for i := range want {
			want[i] += "_agent"
		}
		problems := c.misses(reply, now.In(r.Context.Location()))
		if slices.Equal(reply.Agents, want) {
			rightAgents++
		} else {
			problems = append(problems, "agents "+strings.Join(reply.Agents, ", "))
		}
		if len(problems) == 0 {
			right++
			continue
		}
		t.Logf("miss: %s\n\t%s\n\tanswer: %s", c.Message, strings.Join(problems, "\n\t"), reply.Text)
	}
	n := float64(len(f.cases))
	t.Logf("%s on %s: agents %d of %d, everything %d of %d", f.name, now.Format("Mon 2006-01-02 15:04"), rightAgents, len(f.cases), right, len(f.cases))
	assert.GreaterOrEqual(t, float64(rightAgents)/n, agentsFloor, "cases with the right agents")
	assert.GreaterOrEqual(t, float64(right)/n, fullFloor, "cases with everything right")
}
