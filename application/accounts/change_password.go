package accounts

import (
	"context"

	"github.com/adiuva/cloud/domain/account"
	"github.com/adiuva/cloud/ports"
)

// ChangePassword replaces a password and logs all other devices out.
type ChangePassword struct {
	Work      ports.AccountWork
	Passwords *Passwords
	Hasher    ports.Hasher
	Clock     ports.Clock
}

// ChangePasswordInput is who changes what, from which session.
type ChangePasswordInput struct {
	UserID      string
	SessionID   string // stays
	OldPassword string
	NewPassword string
	Address     string // the network address of the client, may be empty
}

// Execute changes the password and ends every other session, both or neither. InvalidCredentials if the old password is
// wrong, RateLimited (with retry_after) after too many failures, Conflict if somebody else changed it meanwhile.
func (u *ChangePassword) Execute(ctx context.Context, in ChangePasswordInput) (_ struct{}, err error) {
	if err := account.CheckPassword("body.new_password", in.NewPassword); err != nil {
		return struct{}{}, err
	}
	c, err := u.Passwords.check(ctx, byID(in.UserID), in.Address, in.OldPassword)
	if err != nil {
		return struct{}{}, err
	}
	defer func() { u.Passwords.settle(ctx, c, err) }()
	hash, err := u.Hasher.Hash(ctx, in.NewPassword)
	if err != nil {
		return struct{}{}, err
	}
	return struct{}{}, u.Work.Do(ctx, func(ctx context.Context, tx ports.AccountTx) error {
		user, err := c.unchanged(ctx, tx)
		if err != nil {
			return err
		}
		user.PasswordHash, user.UpdatedAt = hash, u.Clock.Now()
		if err := tx.Users.Update(ctx, user); err != nil {
			return err
		}
		if err := tx.Sessions.EndOthers(ctx, user.ID, in.SessionID); err != nil {
			return err
		}
		return c.attempt.succeeded(ctx, tx)
	})
}
