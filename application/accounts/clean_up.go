package accounts

import (
	"context"

	"github.com/adiuva/cloud/ports"
)

// CleanUp removes sessions, tickets and counts that nobody can use any more. A job runs it.
type CleanUp struct {
	Expired ports.Expired
	Clock   ports.Clock
}

// Execute removes what has expired.
func (u *CleanUp) Execute(ctx context.Context, _ struct{}) (struct{}, error) {
	return struct{}{}, u.Expired.DeleteExpired(ctx, u.Clock.Now())
}
