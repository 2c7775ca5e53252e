package accounts

import (
	"context"

	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/ports"
)

// Logout ends the session that asks for it.
type Logout struct {
	Work ports.AccountWork
}

// LogoutInput is the session of the request.
type LogoutInput struct {
	UserID    string
	SessionID string
}

// Execute ends the session. That it has ended already is no error.
func (u *Logout) Execute(ctx context.Context, in LogoutInput) (struct{}, error) {
	err := u.Work.Do(ctx, func(ctx context.Context, tx ports.AccountTx) error {
		return tx.Sessions.End(ctx, in.UserID, in.SessionID)
	})
	if fault.Is(err, fault.NotFound) {
		err = nil
	}
	return struct{}{}, err
}
