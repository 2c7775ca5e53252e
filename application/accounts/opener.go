package accounts

import (
	"context"
	"time"

	"github.com/adiuva/cloud/domain/session"
	"github.com/adiuva/cloud/ports"
)

// AccessLifetime is how long an access token is good. It bounds nothing but how often a client refreshes: a session that
// was ended is refused at once.
type AccessLifetime time.Duration

// Tokens are what a client needs to stay logged in.
type Tokens struct {
	Access    string
	Refresh   string
	ExpiresAt time.Time // of Access, UTC, in whole seconds
}

// Opener opens sessions and makes the tokens that go with them.
type Opener struct {
	Issuer   ports.TokenIssuer
	IDs      ports.IDs
	Clock    ports.Clock
	Lifetime AccessLifetime
}

// opening is a session that is ready to be stored, with the tokens that its client will get.
type opening struct {
	session session.Session
	first   session.Token
	tokens  Tokens
}

// prepare makes a session of a user. Nothing is stored yet, so that what can fail has failed before anything is.
func (o *Opener) prepare(userID, device string) (opening, error) {
	now := o.Clock.Now()
	secret := session.NewSecret(o.IDs.NewSeed())
	made := opening{session: session.Session{
		ID: o.IDs.NewID(), UserID: userID, Device: session.CleanDevice(device),
		CreatedAt: now, LastUsedAt: now, ExpiresAt: now.Add(session.IdleLifetime),
	}}
	made.first = session.Token{
		ID: o.IDs.NewID(), SessionID: made.session.ID, UserID: userID, Hash: secret.Hash(), CreatedAt: now,
		ExpiresAt: made.session.ExpiresAt,
	}
	var err error
	made.tokens, err = o.tokens(userID, made.session.ID, secret)
	return made, err
}

// store is the part of a unit of work that opens the session.
func (o opening) store(ctx context.Context, tx ports.AccountTx) error {
	return tx.Sessions.Insert(ctx, o.session, o.first)
}

// tokens are a fresh access token beside a refresh token.
func (o *Opener) tokens(userID, sessionID string, refresh session.Secret) (Tokens, error) {
	// Tokens carry whole seconds: what the client is told is what was signed.
	issued := o.Clock.Now().Truncate(time.Second)
	c := ports.Claims{
		UserID: userID, SessionID: sessionID, TokenID: o.IDs.NewID(), IssuedAt: issued, ExpiresAt: issued.Add(time.Duration(o.Lifetime)),
	}
	access, err := o.Issuer.Issue(c)
	if err != nil {
		return Tokens{}, err
	}
	return Tokens{Access: access, Refresh: refresh.Reveal(), ExpiresAt: c.ExpiresAt}, nil
}
