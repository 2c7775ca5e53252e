package httpapi_test

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/adiuva/cloud/adapters/httpapi"
	"github.com/adiuva/cloud/adapters/memory"
	"github.com/adiuva/cloud/application/storage"
	"github.com/adiuva/cloud/domain/account"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/idempotency"
	"github.com/adiuva/cloud/domain/record"
	"github.com/adiuva/cloud/ports"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// forgetful is a memory that may be down when a request begins or ends.
type forgetful struct {
	ports.Idempotency
	begin, finish error
}

func (f *forgetful) Begin(ctx context.Context, userID string, c idempotency.Claim) (idempotency.Begun, error) {
	if f.begin != nil {
		return idempotency.Begun{}, f.begin
	}
	return f.Idempotency.Begin(ctx, userID, c)
}

func (f *forgetful) Finish(ctx context.Context, userID string, c idempotency.Claim, answer string) error {
	if f.finish != nil {
		return f.finish
	}
	return f.Idempotency.Finish(ctx, userID, c, answer)
}

// retrying serves a store of records that does what outcome says, over a memory of answers.
func retrying(t *testing.T, outcome func(in storage.StoreBlobInput) error) (*server, *forgetful, *atomic.Int64) {
	t.Helper()
	rows := memory.NewStore()
	email, err := account.ParseEmail("ada@example.com")
	require.NoError(t, err)
	require.NoError(t, memory.NewUsers(rows).Insert(t.Context(), account.User{ID: userID, Email: email}))
	answers, done := &forgetful{Idempotency: memory.NewIdempotency(rows)}, &atomic.Int64{}
	uc := useCases()
	uc.Storage.StoreBlob = does[storage.StoreBlobInput, storage.StoreBlobOutput](func(ctx context.Context, in storage.StoreBlobInput) (storage.StoreBlobOutput, error) {
		done.Add(1)
		deadline, bounded := ctx.Deadline()
		assert.True(t, bounded && time.Until(deadline) < time.Minute, "the work is over before another attempt may take over")
		return storage.StoreBlobOutput{Record: record.Meta{ID: in.NewID}}, outcome(in)
	})
	return serve(t, uc, func(cfg *httpapi.Config) { cfg.Answers = answers }), answers, done
}

const (
	recordsPath = "/api/v1/storage/records"
	withKey     = "Idempotency-Key: k"
	storeX      = `{"table":"notes","blob":"eA==","checksum":"2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"}`
)

func TestNothingIsDoneWhereItCannotBeRememberedThatItWas(t *testing.T) {
	t.Parallel()
	s, answers, done := retrying(t, func(storage.StoreBlobInput) error { return nil })
	answers.begin = fault.New(fault.Unavailable, "The database cannot be reached. Try again.").RetryAfter(time.Second)
	resp, body := s.send(t, http.MethodPost, recordsPath, storeX, asUser, asJSON, withKey)
	assert.Equal(t, http.StatusServiceUnavailable, resp.StatusCode, body)
	assert.Zero(t, done.Load())
}

func TestWhatWasDoneIsAnsweredAlsoWhenTheAnswerCannotBeKept(t *testing.T) {
	t.Parallel()
	s, answers, done := retrying(t, func(storage.StoreBlobInput) error { return nil })
	answers.finish = fault.New(fault.Unavailable, "The database cannot be reached. Try again.")
	resp, body := s.send(t, http.MethodPost, recordsPath, storeX, asUser, asJSON, withKey)
	assert.Equal(t, http.StatusCreated, resp.StatusCode, body)
	assert.Contains(t, s.log.String(), "request failed", "an operator hears of it")
	resp, body = s.send(t, http.MethodPost, recordsPath, storeX, asUser, asJSON, withKey)
	assert.Equal(t, http.StatusConflict, resp.StatusCode, "until the claim runs out nobody knows that it was done")
	assert.Equal(t, "conflict", problem(t, resp, body).Code)
	assert.EqualValues(t, 1, done.Load())
}

func TestAnAttemptThatFailsOrPanicsLeavesTheNextOneFree(t *testing.T) {
	t.Parallel()
	attempts := 0
	var ids []string
	s, _, done := retrying(t, func(in storage.StoreBlobInput) error {
		ids = append(ids, in.NewID)
		switch attempts++; attempts {
		case 1:
			return errors.New("a fault of ours")
		case 2:
			panic("a fault of ours")
		case 3:
			return fault.New(fault.QuotaExceeded, "There is no room for this.")
		default:
			return nil
		}
	})
	for _, want := range []int{http.StatusInternalServerError, http.StatusInternalServerError, http.StatusRequestEntityTooLarge, http.StatusCreated, http.StatusCreated} {
		resp, body := s.send(t, http.MethodPost, recordsPath, storeX, asUser, asJSON, withKey)
		assert.Equal(t, want, resp.StatusCode, body)
	}
	assert.EqualValues(t, 4, done.Load(), "the last answer was given again")
	for _, id := range ids {
		assert.Equal(t, ids[0], id, "each attempt would make the same record")
	}
}

func TestARefusalIsGivenAgainWithItsDetails(t *testing.T) {
	t.Parallel()
	s, _, done := retrying(t, func(storage.StoreBlobInput) error {
		return fault.New(fault.PayloadTooLarge, "A record can have at most 10 MiB.").With("limit_bytes", int64(1)<<60+1)
	})
	first, firstBody := s.send(t, http.MethodPost, recordsPath, storeX, asUser, asJSON, withKey)
	second, secondBody := s.send(t, http.MethodPost, recordsPath, storeX, asUser, asJSON, withKey)
	a, b := problem(t, first, firstBody), problem(t, second, secondBody)
	assert.NotEmpty(t, a.LimitBytes)
	b.Instance = a.Instance
	assert.Equal(t, a, b)
	assert.EqualValues(t, 1, done.Load())
}
