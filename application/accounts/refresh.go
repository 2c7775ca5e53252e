package accounts

import (
	"context"

	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/session"
	"github.com/adiuva/cloud/ports"
)

// Refresh trades a refresh token for the next pair.
type Refresh struct {
	Work   ports.AccountWork
	Opener *Opener
	IDs    ports.IDs
	Clock  ports.Clock
}

// RefreshInput is the token that a client holds.
type RefreshInput struct {
	RefreshToken string
	Address      string // the network address of the client, may be empty
}

// refreshed is what a unit of work found out.
type refreshed struct {
	userID, sessionID string
	next              session.Secret
	stolen            bool
}

// Execute rotates the token. The token that was just rotated gives the same successor again for session.ReplayWindow,
// so that clients which race or lose an answer stay together. RefreshTokenReused if a token comes back otherwise: its
// session has been ended. Unauthenticated if the token is none, is unknown or has expired, or the user is leaving.
func (u *Refresh) Execute(ctx context.Context, in RefreshInput) (Tokens, error) {
	presented, ok := session.ParseSecret(in.RefreshToken)
	if !ok {
		return Tokens{}, noSession()
	}
	seed, id := u.IDs.NewSeed(), u.IDs.NewID()
	var r refreshed
	err := u.Work.Do(ctx, func(ctx context.Context, tx ports.AccountTx) (err error) {
		r, err = u.exchange(ctx, tx, presented, seed, id, in.Address)
		return err
	})
	if err != nil {
		return Tokens{}, err
	}
	if r.stolen { // answered only now: an error inside the unit would have taken the end of the session back
		return Tokens{}, fault.New(fault.RefreshTokenReused,
			"This refresh token was used before, so its session has been ended for safety. Log in again.")
	}
	return u.Opener.tokens(r.userID, r.sessionID, r.next)
}

func (u *Refresh) exchange(
	ctx context.Context, tx ports.AccountTx, secret session.Secret, seed session.Seed, id, address string,
) (refreshed, error) {
	presented, err := tx.Sessions.FindToken(ctx, secret.Hash())
	if fault.Is(err, fault.NotFound) {
		return refreshed{}, noSession()
	} else if err != nil {
		return refreshed{}, err
	}
	active, err := tx.Sessions.ActiveToken(ctx, presented.SessionID)
	if err != nil {
		return refreshed{}, err
	}
	user, err := tx.Users.Find(ctx, presented.UserID)
	if err != nil {
		return refreshed{}, err
	}
	if user.Deleted() {
		return refreshed{}, noSession()
	}
	now := u.Clock.Now()
	r := refreshed{userID: presented.UserID, sessionID: presented.SessionID}
	switch session.Judge(presented, active, now) {
	case session.Rotate:
		r.next = secret.Child(seed)
		err = tx.Sessions.Rotate(ctx, session.Token{
			ID: id, SessionID: presented.SessionID, UserID: presented.UserID, ParentID: presented.ID, Hash: r.next.Hash(),
			Seed: seed, CreatedAt: now, ExpiresAt: now.Add(session.IdleLifetime),
		})
		if err != nil {
			return refreshed{}, err
		}
		// Who keeps a session alive from an address is no stranger there.
		familiar := newAttempt(user.Email, address, now)
		return r, familiar.familiarize(ctx, tx)
	case session.Replay:
		r.next = secret.Child(active.Seed)
		return r, nil
	case session.Stolen:
		r.stolen = true
		return r, tx.Sessions.End(ctx, presented.UserID, presented.SessionID)
	default:
		return refreshed{}, noSession()
	}
}

func noSession() error {
	return fault.New(fault.Unauthenticated, "This session has ended. Log in again.")
}
