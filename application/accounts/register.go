package accounts

import (
	"context"
	"errors"

	"github.com/adiuva/cloud/domain/account"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/tier"
	"github.com/adiuva/cloud/ports"
)

// Register makes a new account and logs it in.
type Register struct {
	Work   ports.AccountWork
	Hasher ports.Hasher
	Opener *Opener
	IDs    ports.IDs
	Clock  ports.Clock
}

// RegisterInput is who wants an account.
type RegisterInput struct {
	Email    string
	Password string
	Device   string // what the client calls itself, may be empty
}

// Execute answers the first tokens. EmailTaken if the account exists, after the same work as for one that does not.
func (u *Register) Execute(ctx context.Context, in RegisterInput) (Tokens, error) {
	email, emailErr := account.ParseEmail(in.Email)
	if err := allInvalid(emailErr, account.CheckPassword("body.password", in.Password)); err != nil {
		return Tokens{}, err
	}
	hash, err := u.Hasher.Hash(ctx, in.Password)
	if err != nil {
		return Tokens{}, err
	}
	now := u.Clock.Now()
	user := account.User{
		ID: u.IDs.NewID(), Email: email, PasswordHash: hash, Tier: tier.Free, Role: account.Member, CreatedAt: now, UpdatedAt: now,
	}
	opened, err := u.Opener.prepare(user.ID, in.Device)
	if err != nil {
		return Tokens{}, err
	}
	err = u.Work.Do(ctx, func(ctx context.Context, tx ports.AccountTx) error {
		if err := tx.Users.Insert(ctx, user); err != nil {
			return err
		}
		return opened.store(ctx, tx)
	})
	if err != nil {
		return Tokens{}, err
	}
	return opened.tokens, nil
}

// allInvalid is one failure that names every field of errs, or nil.
func allInvalid(errs ...error) error {
	var all *fault.Error
	for _, err := range errs {
		var e *fault.Error
		switch {
		case err == nil:
		case !errors.As(err, &e):
			return err
		case all == nil:
			all = fault.New(e.Code, e.Message)
			all.Fields = append(all.Fields, e.Fields...)
		default:
			all.Fields = append(all.Fields, e.Fields...)
		}
	}
	if all == nil {
		return nil
	}
	return all
}
