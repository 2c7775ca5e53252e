package operations

import (
	"context"

	"github.com/adiuva/cloud/ports"
)

// forgetBatch is how many keys go at once, so that no unit keeps others waiting for long.
const forgetBatch = 500

// ForgetAnswers forgets the answers to requests that nobody will send again. A job runs it; any number may run at the
// same time.
type ForgetAnswers struct {
	Answers ports.Idempotency
	Clock   ports.Clock
}

// ForgetAnswersInput is empty.
type ForgetAnswersInput struct{}

// ForgetAnswersOutput counts keys.
type ForgetAnswersOutput struct{ Forgotten int }

// Execute forgets every key whose lifetime is over. The count is right when it fails, too.
func (u *ForgetAnswers) Execute(ctx context.Context, _ ForgetAnswersInput) (ForgetAnswersOutput, error) {
	var out ForgetAnswersOutput
	for now := u.Clock.Now(); ; {
		n, err := u.Answers.DeleteExpired(ctx, now, forgetBatch)
		out.Forgotten += n
		if err != nil || n < forgetBatch {
			return out, err
		}
	}
}
