package memory

import (
	"context"
	"time"

	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/session"
	"github.com/adiuva/cloud/ports"
)

var _ ports.Tickets = (*Tickets)(nil)

// Tickets open WebSockets, in memory.
type Tickets struct{ rows view }

// NewTickets are the tickets of s.
func NewTickets(s *Store) *Tickets { return &Tickets{s} }

// Insert implements ports.Tickets.
func (t *Tickets) Insert(ctx context.Context, h session.Hash, userID, sessionID string, expiresAt time.Time) error {
	return t.rows.with(ctx, func(r *rows) error {
		opened, ok := r.sessions[sessionID]
		if !ok || opened.UserID != userID {
			return fault.New(fault.NotFound, "There is no such session.")
		}
		r.tickets[h] = ticket{userID: userID, sessionID: sessionID, expiresAt: expiresAt}
		return nil
	})
}

// Redeem implements ports.Tickets.
func (t *Tickets) Redeem(ctx context.Context, h session.Hash, now time.Time) (userID, sessionID string, err error) {
	used, err := read(ctx, t.rows, func(r *rows) (ticket, error) {
		found, ok := r.tickets[h]
		if !ok || !now.Before(found.expiresAt) {
			return ticket{}, fault.New(fault.Unauthenticated, "This ticket is not valid any more. Ask for a new one.")
		}
		delete(r.tickets, h)
		return found, nil
	})
	return used.userID, used.sessionID, err
}
