package accounts

import (
	"context"

	"github.com/adiuva/cloud/ports"
)

// DeleteAccount removes users who want to leave, with everything that is kept for them.
type DeleteAccount struct {
	Work      ports.AccountWork
	Passwords *Passwords
	Removal   *Removal
	Clock     ports.Clock
}

// DeleteAccountInput is who wants to leave.
type DeleteAccountInput struct {
	UserID   string
	Password string
	Address  string // the network address of the client, may be empty
}

// DeleteAccountOutput is how far it went.
type DeleteAccountOutput struct {
	Finished bool // all is gone; else FinishDeletions removes the rest, and nobody can log in meanwhile
}

// Execute ends all sessions and marks the user in one unit: from then on the account is closed everywhere, and the rest
// will happen whatever fails here. InvalidCredentials if the password is wrong, RateLimited (with retry_after) after too
// many failures.
func (u *DeleteAccount) Execute(ctx context.Context, in DeleteAccountInput) (_ DeleteAccountOutput, err error) {
	c, err := u.Passwords.check(ctx, byID(in.UserID), in.Address, in.Password)
	if err != nil {
		return DeleteAccountOutput{}, err
	}
	defer func() { u.Passwords.settle(ctx, c, err) }()
	err = u.Work.Do(ctx, func(ctx context.Context, tx ports.AccountTx) error {
		user, err := c.unchanged(ctx, tx)
		if err != nil {
			return err
		}
		user.DeletedAt = u.Clock.Now()
		user.UpdatedAt = user.DeletedAt
		if err := tx.Users.Update(ctx, user); err != nil {
			return err
		}
		if err := tx.Sessions.EndOthers(ctx, user.ID, ""); err != nil {
			return err
		}
		return c.attempt.closed(ctx, tx)
	})
	if err != nil {
		return DeleteAccountOutput{}, err
	}
	// What is left is owed and not lost: an error here is not the user's, and FinishDeletions meets it again and tells.
	return DeleteAccountOutput{Finished: u.Removal.finish(ctx, in.UserID) == nil}, nil
}
