package operations_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/memory"
	"github.com/adiuva/cloud/application/operations"
	"github.com/adiuva/cloud/domain/account"
	"github.com/adiuva/cloud/domain/idempotency"
)

func TestAnswersAreForgottenWhenTheirTimeIsOver(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)
	rows, clock := memory.NewStore(), memory.NewClock(start)
	email, err := account.ParseEmail("ada@example.com")
	require.NoError(t, err)
	require.NoError(t, memory.NewUsers(rows).Insert(t.Context(), account.User{ID: "ada", Email: email}))
	answers := memory.NewIdempotency(rows)
	for i := range 1100 {
		key, err := idempotency.ParseKey("key", strconv.Itoa(i))
		require.NoError(t, err)
		_, err = answers.Begin(t.Context(), "ada", idempotency.Claim{Key: key, Attempt: "first", At: start, Until: start})
		require.NoError(t, err)
	}
	forget := func() int {
		out, err := (&operations.ForgetAnswers{Answers: answers, Clock: clock}).Execute(t.Context(), operations.ForgetAnswersInput{})
		require.NoError(t, err)
		return out.Forgotten
	}
	clock.Advance(idempotency.Lifetime)
	assert.Zero(t, forget())
	clock.Advance(time.Millisecond)
	assert.Equal(t, 1100, forget())
	assert.Zero(t, forget())
}
