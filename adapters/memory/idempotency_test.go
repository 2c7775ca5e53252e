package memory_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/adiuva/cloud/adapters/memory"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/idempotency"
	"github.com/adiuva/cloud/ports"
	"github.com/adiuva/cloud/ports/porttest"
)

func openIdempotency(porttest.T) porttest.IdempotencyStore {
	s := memory.NewStore()
	return porttest.IdempotencyStore{Idempotency: memory.NewIdempotency(s), Users: memory.NewUsers(s)}
}

func TestIdempotencyKeepsItsContract(t *testing.T) { porttest.Idempotency(t, openIdempotency) }

// The adapters below are each wrong in one way: they show that the suite can fail.

type neverBusy struct{ ports.Idempotency }

func (n neverBusy) Begin(ctx context.Context, userID string, c idempotency.Claim) (idempotency.Begun, error) {
	begun, err := n.Idempotency.Begin(ctx, userID, c)
	if fault.Is(err, fault.Conflict) {
		return idempotency.Begun{}, nil
	}
	return begun, err
}

type anyRequest struct{ ports.Idempotency }

func (a anyRequest) Begin(ctx context.Context, userID string, c idempotency.Claim) (idempotency.Begun, error) {
	c.Digest = idempotency.Claim{}.Digest
	return a.Idempotency.Begin(ctx, userID, c)
}

type oneUser struct {
	ports.Idempotency
	user *atomic.Pointer[string]
}

func (o oneUser) Begin(ctx context.Context, userID string, c idempotency.Claim) (idempotency.Begun, error) {
	o.user.CompareAndSwap(nil, &userID)
	return o.Idempotency.Begin(ctx, *o.user.Load(), c)
}

func (o oneUser) Finish(ctx context.Context, _ string, c idempotency.Claim, answer string) error {
	return o.Idempotency.Finish(ctx, *o.user.Load(), c, answer)
}

type keepsTooShort struct{ ports.Idempotency }

func (k keepsTooShort) DeleteExpired(ctx context.Context, now time.Time, limit int) (int, error) {
	return k.Idempotency.DeleteExpired(ctx, now.Add(time.Second), limit)
}

func TestTheSuiteOfIdempotencyCanFail(t *testing.T) {
	t.Parallel()
	for want, wrong := range map[string]func(ports.Idempotency) ports.Idempotency{
		"of many attempts at once one gets the claim, also when they take over":                func(i ports.Idempotency) ports.Idempotency { return neverBusy{i} },
		"another request under the same key is ValidationFailed, whatever became of the first": func(i ports.Idempotency) ports.Idempotency { return anyRequest{i} },
		"keys are each user's own, and each stands for itself":                                 func(i ports.Idempotency) ports.Idempotency { return oneUser{i, new(atomic.Pointer[string])} },
		"delete expired forgets what is over, up to its limit, and nothing else":               func(i ports.Idempotency) ports.Idempotency { return keepsTooShort{i} },
	} {
		failed := porttest.Failing(porttest.IdempotencyCases(), func(t porttest.T) porttest.IdempotencyStore {
			s := openIdempotency(t)
			s.Idempotency = wrong(s.Idempotency)
			return s
		})
		assert.Contains(t, failed, want)
		assert.Less(t, len(failed), len(porttest.IdempotencyCases()))
	}
}
