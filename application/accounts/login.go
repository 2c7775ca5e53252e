package accounts

import (
	"context"

	"github.com/adiuva/cloud/domain/account"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/ports"
)

// loginTries is how often a login starts again because the password's hash changed under it: by a change of password,
// which the next try sees, or by another login that renewed it.
const loginTries = 3

// Login opens a session on a device.
type Login struct {
	Work      ports.AccountWork
	Passwords *Passwords
	Opener    *Opener
}

// LoginInput is who says they have an account.
type LoginInput struct {
	Email    string
	Password string
	Device   string // what the client calls itself, may be empty
	Address  string // the network address of the client, may be empty
}

// Execute answers tokens of a new session. InvalidCredentials in the same words after the same work whether the e-mail
// is unknown, the password wrong or the user on their way out. RateLimited (with retry_after) after too many failures
// from this network; where the account was used within account.FamiliarFor, those of others are not felt at all.
func (u *Login) Execute(ctx context.Context, in LoginInput) (Tokens, error) {
	email, err := account.ParseEmail(in.Email)
	if err != nil {
		return Tokens{}, err
	}
	for try := 1; ; try++ {
		t, err := u.once(ctx, email, in)
		if fault.Is(err, fault.Conflict) && try < loginTries {
			continue
		}
		return t, err
	}
}

func (u *Login) once(ctx context.Context, email account.Email, in LoginInput) (_ Tokens, err error) {
	find := func(ctx context.Context, tx ports.AccountTx) (account.User, error) {
		user, err := tx.Users.FindByEmail(ctx, email)
		if fault.Is(err, fault.NotFound) {
			return account.User{Email: email}, nil // no hash: no password matches
		}
		return user, err
	}
	c, err := u.Passwords.check(ctx, find, in.Address, in.Password)
	if err != nil {
		return Tokens{}, err
	}
	defer func() { u.Passwords.settle(ctx, c, err) }()
	renewed := u.renew(ctx, c, in.Password)
	opened, err := u.Opener.prepare(c.user.ID, in.Device)
	if err != nil {
		return Tokens{}, err
	}
	err = u.Work.Do(ctx, func(ctx context.Context, tx ports.AccountTx) error {
		user, err := c.unchanged(ctx, tx)
		if err != nil {
			return err
		}
		if renewed != "" {
			user.PasswordHash = renewed
			if err := tx.Users.Update(ctx, user); err != nil {
				return err
			}
		}
		if err := c.attempt.succeeded(ctx, tx); err != nil {
			return err
		}
		return opened.store(ctx, tx)
	})
	if err != nil {
		return Tokens{}, err
	}
	return opened.tokens, nil
}

// renew makes a hash again whose cost is out of date. If there is no room for that now, the next login will.
func (u *Login) renew(ctx context.Context, c checked, password string) string {
	if !c.outdated {
		return ""
	}
	hash, err := u.Passwords.Hasher.Hash(ctx, password)
	if err != nil {
		return ""
	}
	return hash
}
