package porttest

import (
	"context"
	"time"

	"github.com/adiuva/cloud/domain/account"
	"github.com/adiuva/cloud/domain/session"
	"github.com/adiuva/cloud/domain/tier"
	"github.com/adiuva/cloud/ports"
)

// FaultyAccountWork is w with the faults of f; see faultyUnit.
func FaultyAccountWork(w ports.AccountWork, f *Faults) ports.AccountWork {
	return faultyAccountWork{w, f}
}

type faultyAccountWork struct {
	w ports.AccountWork
	f *Faults
}

func (w faultyAccountWork) Do(ctx context.Context, fn func(ctx context.Context, tx ports.AccountTx) error) error {
	return faultyUnit(ctx, w.f, w.w.Do, fn, func(tx ports.AccountTx) ports.AccountTx {
		return ports.AccountTx{
			Users: FaultyUsers(tx.Users, w.f), Sessions: faultySessions{tx.Sessions, w.f},
			Tickets: faultyTickets{tx.Tickets, w.f}, Attempts: faultyAttempts{tx.Attempts, w.f},
		}
	})
}

// FaultyUsers is u with the faults of f.
func FaultyUsers(u ports.Users, f *Faults) ports.Users { return faultyUsers{u, f} }

type faultyUsers struct {
	u ports.Users
	f *Faults
}

func (u faultyUsers) Insert(ctx context.Context, user account.User) error {
	return u.f.Call(func() error { return u.u.Insert(ctx, user) })
}

func (u faultyUsers) Find(ctx context.Context, userID string) (account.User, error) {
	return call(u.f, func() (account.User, error) { return u.u.Find(ctx, userID) })
}

func (u faultyUsers) FindByEmail(ctx context.Context, email account.Email) (account.User, error) {
	return call(u.f, func() (account.User, error) { return u.u.FindByEmail(ctx, email) })
}

func (u faultyUsers) Update(ctx context.Context, user account.User) error {
	return u.f.Call(func() error { return u.u.Update(ctx, user) })
}

func (u faultyUsers) Tier(ctx context.Context, userID string) (tier.Tier, error) {
	return call(u.f, func() (tier.Tier, error) { return u.u.Tier(ctx, userID) })
}

func (u faultyUsers) Leaving(ctx context.Context, limit int) ([]string, error) {
	return call(u.f, func() ([]string, error) { return u.u.Leaving(ctx, limit) })
}

func (u faultyUsers) Delete(ctx context.Context, userID string) error {
	return u.f.Call(func() error { return u.u.Delete(ctx, userID) })
}

type faultySessions struct {
	s ports.Sessions
	f *Faults
}

func (s faultySessions) Insert(ctx context.Context, opened session.Session, first session.Token) error {
	return s.f.Call(func() error { return s.s.Insert(ctx, opened, first) })
}

func (s faultySessions) Principal(ctx context.Context, userID, sessionID string, now time.Time) (account.Principal, error) {
	return call(s.f, func() (account.Principal, error) { return s.s.Principal(ctx, userID, sessionID, now) })
}

func (s faultySessions) FindToken(ctx context.Context, h session.Hash) (session.Token, error) {
	return call(s.f, func() (session.Token, error) { return s.s.FindToken(ctx, h) })
}

func (s faultySessions) ActiveToken(ctx context.Context, sessionID string) (session.Token, error) {
	return call(s.f, func() (session.Token, error) { return s.s.ActiveToken(ctx, sessionID) })
}

func (s faultySessions) Rotate(ctx context.Context, child session.Token) error {
	return s.f.Call(func() error { return s.s.Rotate(ctx, child) })
}

func (s faultySessions) List(ctx context.Context, userID string, now time.Time) ([]session.Session, error) {
	return call(s.f, func() ([]session.Session, error) { return s.s.List(ctx, userID, now) })
}

func (s faultySessions) End(ctx context.Context, userID, sessionID string) error {
	return s.f.Call(func() error { return s.s.End(ctx, userID, sessionID) })
}

func (s faultySessions) EndOthers(ctx context.Context, userID, keepSessionID string) error {
	return s.f.Call(func() error { return s.s.EndOthers(ctx, userID, keepSessionID) })
}

type faultyTickets struct {
	t ports.Tickets
	f *Faults
}

func (t faultyTickets) Insert(ctx context.Context, h session.Hash, userID, sessionID string, expiresAt time.Time) error {
	return t.f.Call(func() error { return t.t.Insert(ctx, h, userID, sessionID, expiresAt) })
}

func (t faultyTickets) Redeem(ctx context.Context, h session.Hash, now time.Time) (userID, sessionID string, err error) {
	err = t.f.Call(func() (err error) {
		userID, sessionID, err = t.t.Redeem(ctx, h, now)
		return err
	})
	if err != nil {
		return "", "", err
	}
	return userID, sessionID, nil
}

type faultyAttempts struct {
	a ports.Attempts
	f *Faults
}

func (a faultyAttempts) Find(ctx context.Context, key string) (account.Attempts, error) {
	return call(a.f, func() (account.Attempts, error) { return a.a.Find(ctx, key) })
}

func (a faultyAttempts) Save(ctx context.Context, key string, counted account.Attempts) error {
	return a.f.Call(func() error { return a.a.Save(ctx, key, counted) })
}

func (a faultyAttempts) Delete(ctx context.Context, keys ...string) error {
	return a.f.Call(func() error { return a.a.Delete(ctx, keys...) })
}
