package accounts

import (
	"context"

	"github.com/adiuva/cloud/ports"
)

// EndSession logs one of the user's devices out.
type EndSession struct {
	Work ports.AccountWork
}

// EndSessionInput is whose session is to end.
type EndSessionInput struct {
	UserID    string
	SessionID string
}

// Execute ends the session. NotFound if the user has no such session.
func (u *EndSession) Execute(ctx context.Context, in EndSessionInput) (struct{}, error) {
	return struct{}{}, u.Work.Do(ctx, func(ctx context.Context, tx ports.AccountTx) error {
		return tx.Sessions.End(ctx, in.UserID, in.SessionID)
	})
}
