package ports

import (
	"context"
	"time"

	"github.com/adiuva/cloud/domain/idempotency"
)

// Idempotency remembers what was answered to requests that may be sent again. All replicas see the same.
type Idempotency interface {
	// Begin claims the key of c for its attempt, from c.At to c.Until: the caller does the work, then calls Finish or
	// Abandon. Of many at once one gets the claim; a claim whose time is over can be taken over. If the key was answered
	// no longer than idempotency.Lifetime before c.At, it gives that answer and claims nothing. ValidationFailed if the
	// key stands for another digest, Conflict (with retry_after) while another attempt is at work. NotFound if the user
	// does not exist. The keys of users are their own.
	Begin(ctx context.Context, userID string, c idempotency.Claim) (idempotency.Begun, error)
	// Finish keeps the answer of the attempt of c, at most idempotency.MaxAnswerBytes of text, until idempotency.Lifetime
	// after the first attempt. Conflict if the claim is gone or was taken over: nothing changes then.
	Finish(ctx context.Context, userID string, c idempotency.Claim, answer string) error
	// Abandon lets go of the claim of c, so that the next attempt can begin at once. A claim that is gone, answered or
	// taken over is left alone, which is no error.
	Abandon(ctx context.Context, userID string, c idempotency.Claim) error
	// DeleteExpired forgets up to limit keys whose lifetime is over at now, and answers how many.
	DeleteExpired(ctx context.Context, now time.Time, limit int) (deleted int, err error)
}
