package accounts

import (
	"context"
	"time"

	"github.com/adiuva/cloud/domain/account"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/ports"
)

// returnTimeout bounds the one thing that is done for a caller who may have gone.
const returnTimeout = 5 * time.Second

// Passwords checks passwords, and slows down those who guess.
type Passwords struct {
	Work   ports.AccountWork
	Hasher ports.Hasher
	Clock  ports.Clock
}

// checked is a password that was right.
type checked struct {
	user     account.User
	outdated bool // the hash should be made again
	attempt  attempt
}

// check holds a password to the user that find gives: one without a hash has no password, and takes the same time and
// work to refuse. InvalidCredentials if it is wrong or the user is on their way out, RateLimited (with retry_after) if
// too many were wrong lately; then the password is not looked at. The caller's unit of work ends with attempt.succeeded,
// and what fails after check goes through settle.
func (p *Passwords) check(
	ctx context.Context, find func(context.Context, ports.AccountTx) (account.User, error), address, password string,
) (checked, error) {
	var c checked
	err := p.Work.Do(ctx, func(ctx context.Context, tx ports.AccountTx) (err error) {
		c = checked{}
		if c.user, err = find(ctx, tx); err != nil {
			return err
		}
		c.attempt = newAttempt(c.user.Email, address, p.Clock.Now())
		wait, err := c.attempt.count(ctx, tx)
		if err == nil && wait > 0 {
			return fault.New(fault.RateLimited, "There were too many failed attempts. Wait a little and try again.").RetryAfter(wait)
		}
		return err
	})
	if err != nil {
		return checked{}, err
	}
	hash := c.user.PasswordHash
	if c.user.Deleted() {
		hash = ""
	}
	ok, outdated, err := p.Hasher.Verify(ctx, hash, password)
	if err != nil {
		p.takeBack(ctx, c.attempt)
		return checked{}, err
	}
	if !ok {
		return checked{}, wrongPassword()
	}
	c.outdated = outdated
	return c, nil
}

// settle takes back an attempt whose password was right, when what it was presented for failed: that was no guess.
func (p *Passwords) settle(ctx context.Context, c checked, err error) {
	if err != nil {
		p.takeBack(ctx, c.attempt)
	}
}

// takeBack does its best: if it fails, one attempt too many is counted, which the caller's error does not hide.
func (p *Passwords) takeBack(ctx context.Context, a attempt) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), returnTimeout)
	defer cancel()
	_ = p.Work.Do(ctx, a.unchecked)
}

// unchanged is the user as they are in this unit of work. InvalidCredentials if they left since the password was
// checked, Conflict if it was changed: what was right then need not be right now.
func (c checked) unchanged(ctx context.Context, tx ports.AccountTx) (account.User, error) {
	user, err := tx.Users.Find(ctx, c.user.ID)
	switch {
	case fault.Is(err, fault.NotFound) || err == nil && user.Deleted():
		return account.User{}, wrongPassword()
	case err != nil:
		return account.User{}, err
	case user.PasswordHash != c.user.PasswordHash:
		return account.User{}, fault.New(fault.Conflict, "The password was changed at the same moment. Try again.")
	}
	return user, nil
}

// byID finds a user who is logged in.
func byID(userID string) func(context.Context, ports.AccountTx) (account.User, error) {
	return func(ctx context.Context, tx ports.AccountTx) (account.User, error) { return tx.Users.Find(ctx, userID) }
}

func wrongPassword() error {
	return fault.New(fault.InvalidCredentials, "E-mail and password do not belong together. Check both and try again.")
}
