package memory

import (
	"context"
	"time"

	"github.com/adiuva/cloud/domain/account"
	"github.com/adiuva/cloud/ports"
)

var (
	_ ports.Attempts = (*Attempts)(nil)
	_ ports.Expired  = (*Expired)(nil)
)

// Attempts count failed logins in memory.
type Attempts struct{ rows view }

// NewAttempts are the attempts of s.
func NewAttempts(s *Store) *Attempts { return &Attempts{s} }

// Find implements ports.Attempts.
func (a *Attempts) Find(ctx context.Context, key string) (account.Attempts, error) {
	return read(ctx, a.rows, func(r *rows) (account.Attempts, error) { return r.attempts[key], nil })
}

// Save implements ports.Attempts.
func (a *Attempts) Save(ctx context.Context, key string, counted account.Attempts) error {
	return a.rows.with(ctx, func(r *rows) error {
		r.attempts[key] = counted
		return nil
	})
}

// Delete implements ports.Attempts.
func (a *Attempts) Delete(ctx context.Context, keys ...string) error {
	return a.rows.with(ctx, func(r *rows) error {
		for _, key := range keys {
			delete(r.attempts, key)
		}
		return nil
	})
}

// Expired removes what nobody can use any more from memory.
type Expired struct{ rows view }

// NewExpired cleans up s.
func NewExpired(s *Store) *Expired { return &Expired{s} }

// DeleteExpired implements ports.Expired.
func (e *Expired) DeleteExpired(ctx context.Context, now time.Time) error {
	return e.rows.with(ctx, func(r *rows) error {
		for id, s := range r.sessions {
			if !now.Before(s.ExpiresAt) {
				r.endSession(id)
			}
		}
		for id, t := range r.tokens {
			if !t.Active() && !now.Before(t.ExpiresAt) {
				delete(r.tokens, id)
			}
		}
		for h, t := range r.tickets {
			if !now.Before(t.expiresAt) {
				delete(r.tickets, h)
			}
		}
		for key, a := range r.attempts {
			if now.Sub(a.LastAt) > account.AttemptsKept {
				delete(r.attempts, key)
			}
		}
		return nil
	})
}
