package memory

import (
	"context"
	"time"

	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/domain/idempotency"
	"github.com/adiuva/cloud/ports"
)

var _ ports.Idempotency = (*Idempotency)(nil)

// Idempotency remembers what was answered to requests that may be sent again.
type Idempotency struct{ v view }

// NewIdempotency gives access to the memory in s.
func NewIdempotency(s *Store) *Idempotency { return &Idempotency{s} }

// ownKey is a key that is unique within what one user owns.
type ownKey struct {
	user string
	key  idempotency.Key
}

// request is a row of the idempotency table.
type request struct {
	digest      checksum.Sum
	first       string
	attempt     string // empty if it gave up
	lockedUntil time.Time
	answered    bool
	answer      string
	expiresAt   time.Time
}

// Begin implements ports.Idempotency.
func (i *Idempotency) Begin(ctx context.Context, userID string, c idempotency.Claim) (begun idempotency.Begun, err error) {
	err = i.v.with(ctx, func(rows *rows) error {
		if _, ok := rows.users[userID]; !ok {
			return noAccount()
		}
		row, ok := rows.requests[ownKey{userID, c.Key}]
		if !ok || row.expiresAt.Before(c.At) {
			row = request{digest: c.Digest, first: c.Attempt, expiresAt: c.At.Add(idempotency.Lifetime)}
		}
		switch {
		case row.digest != c.Digest:
			return idempotency.Reused()
		case row.answered:
			begun = idempotency.Begun{Answered: true, Answer: row.answer, First: row.first}
			return nil
		case row.attempt != "" && row.lockedUntil.After(c.At):
			return idempotency.Busy(c.At, row.lockedUntil)
		}
		row.attempt, row.lockedUntil = c.Attempt, c.Until
		rows.requests[ownKey{userID, c.Key}] = row
		begun = idempotency.Begun{First: row.first}
		return nil
	})
	return begun, err
}

// Finish implements ports.Idempotency.
func (i *Idempotency) Finish(ctx context.Context, userID string, c idempotency.Claim, answer string) error {
	return i.v.with(ctx, func(rows *rows) error {
		row, ok := rows.requests[ownKey{userID, c.Key}]
		if !ok || row.attempt != c.Attempt || row.answered {
			return idempotency.TakenOver()
		}
		row.answered, row.answer = true, answer
		rows.requests[ownKey{userID, c.Key}] = row
		return nil
	})
}

// Abandon implements ports.Idempotency.
func (i *Idempotency) Abandon(ctx context.Context, userID string, c idempotency.Claim) error {
	return i.v.with(ctx, func(rows *rows) error {
		if row, ok := rows.requests[ownKey{userID, c.Key}]; ok && row.attempt == c.Attempt && !row.answered {
			row.attempt = ""
			rows.requests[ownKey{userID, c.Key}] = row
		}
		return nil
	})
}

// DeleteExpired implements ports.Idempotency.
func (i *Idempotency) DeleteExpired(ctx context.Context, now time.Time, limit int) (deleted int, err error) {
	err = i.v.with(ctx, func(rows *rows) error {
		for key, row := range rows.requests {
			if deleted < limit && row.expiresAt.Before(now) {
				delete(rows.requests, key)
				deleted++
			}
		}
		return nil
	})
	return deleted, err
}
