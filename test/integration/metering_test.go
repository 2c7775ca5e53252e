package integration

import (
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/test/harness"
)

// spend is LLMUsage of the contract.
type spend struct {
	Day              string
	Model            string
	Calls            int64
	PromptTokens     int64 `json:"prompt_tokens"`
	CompletionTokens int64 `json:"completion_tokens"`
	EstimatedCalls   int64 `json:"estimated_calls"`
}

func spent(t *testing.T, user *harness.Client) []spend {
	t.Helper()
	var export struct {
		LLMUsage []spend `json:"llm_usage"`
	}
	user.Expect(t, http.StatusOK, http.MethodGet, "/auth/me/export", nil).Decode(t, &export)
	return export.LLMUsage
}

func TestWhatIsAskedOfTwoReplicasAtOnceIsCountedOnceAndWhole(t *testing.T) {
	t.Parallel()
	settings, _ := harness.Real(t)
	replicas := []*harness.Process{harness.StartProcess(t, settings), harness.StartProcess(t, settings)}
	user := harness.SignUp(t, replicas[0].URL)
	question := map[string]any{"message": "Add a task to buy milk tomorrow"}
	user.Expect(t, http.StatusOK, http.MethodPost, "/chat", question)
	one := spent(t, user)
	require.Len(t, one, 1)
	require.Positive(t, one[0].Calls)
	require.Positive(t, one[0].PromptTokens)

	const more = 11
	var group sync.WaitGroup
	answers, errs := make([]harness.Answer, more), make([]error, more)
	for i := range more {
		client := harness.NewClient(replicas[i%2].URL)
		client.Access = user.Access
		group.Go(func() { answers[i], errs[i] = client.Try(t.Context(), http.MethodPost, "/chat", question) })
	}
	group.Wait()
	for i, a := range answers {
		require.NoError(t, errs[i])
		require.Equal(t, http.StatusOK, a.Status, "%s", a.Body)
	}
	var sum spend
	for _, s := range spent(t, user) { // two days, where midnight comes in between
		sum.Calls, sum.PromptTokens, sum.CompletionTokens = sum.Calls+s.Calls, sum.PromptTokens+s.PromptTokens, sum.CompletionTokens+s.CompletionTokens
	}
	assert.Equal(t, (more+1)*one[0].Calls, sum.Calls)
	assert.InDelta(t, (more+1)*one[0].PromptTokens, sum.PromptTokens, float64(more*one[0].Calls), "prompts tell the time, and so differ by a token")
	assert.Equal(t, (more+1)*one[0].CompletionTokens, sum.CompletionTokens)

	user.Expect(t, http.StatusOK, http.MethodDelete, "/auth/me", map[string]string{"password": harness.Password})
	back := harness.NewClient(replicas[1].URL)
	back.Keep(t, back.Expect(t, http.StatusCreated, http.MethodPost, "/auth/register", map[string]string{"email": user.Email, "password": harness.Password}))
	assert.Empty(t, spent(t, back))
}
