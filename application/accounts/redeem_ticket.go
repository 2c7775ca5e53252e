package accounts

import (
	"context"

	"github.com/adiuva/cloud/domain/account"
	"github.com/adiuva/cloud/domain/session"
	"github.com/adiuva/cloud/ports"
)

// RedeemTicket tells who a ticket speaks for, once.
type RedeemTicket struct {
	Work  ports.AccountWork
	Clock ports.Clock
}

// RedeemTicketInput is the ticket that a connection brings.
type RedeemTicketInput struct {
	Ticket string
}

// Execute uses the ticket up and answers the principal. Unauthenticated if it is none, was used or has expired, or if
// its session has ended.
func (u *RedeemTicket) Execute(ctx context.Context, in RedeemTicketInput) (account.Principal, error) {
	secret, ok := session.ParseSecret(in.Ticket)
	if !ok {
		return account.Principal{}, noSession()
	}
	var who account.Principal
	err := u.Work.Do(ctx, func(ctx context.Context, tx ports.AccountTx) error {
		now := u.Clock.Now()
		userID, sessionID, err := tx.Tickets.Redeem(ctx, secret.Hash(), now)
		if err != nil {
			return err
		}
		who, err = tx.Sessions.Principal(ctx, userID, sessionID, now)
		return err
	})
	if err != nil {
		return account.Principal{}, err
	}
	return who, nil
}
