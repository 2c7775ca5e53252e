package accounts

import (
	"context"
	"time"

	"github.com/adiuva/cloud/domain/session"
	"github.com/adiuva/cloud/ports"
)

// IssueTicket gives a session a ticket to open one WebSocket with, where headers cannot be set.
type IssueTicket struct {
	Work  ports.AccountWork
	IDs   ports.IDs
	Clock ports.Clock
}

// IssueTicketInput is the session that asks.
type IssueTicketInput struct {
	UserID    string
	SessionID string
}

// IssueTicketOutput is the ticket.
type IssueTicketOutput struct {
	Ticket    string // opaque; only its hash is kept
	ExpiresAt time.Time
}

// Execute answers a ticket that is good once, for session.TicketLifetime. Unauthenticated if the session has ended.
func (u *IssueTicket) Execute(ctx context.Context, in IssueTicketInput) (IssueTicketOutput, error) {
	secret := session.NewSecret(u.IDs.NewSeed())
	expires := u.Clock.Now().Add(session.TicketLifetime)
	err := u.Work.Do(ctx, func(ctx context.Context, tx ports.AccountTx) error {
		if _, err := tx.Sessions.Principal(ctx, in.UserID, in.SessionID, u.Clock.Now()); err != nil {
			return err
		}
		return tx.Tickets.Insert(ctx, secret.Hash(), in.UserID, in.SessionID, expires)
	})
	if err != nil {
		return IssueTicketOutput{}, err
	}
	return IssueTicketOutput{Ticket: secret.Reveal(), ExpiresAt: expires}, nil
}
