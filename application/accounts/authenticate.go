package accounts

import (
	"context"

	"github.com/adiuva/cloud/domain/account"
	"github.com/adiuva/cloud/ports"
)

// Authenticate tells who an access token speaks for. The HTTP adapter asks it for each request.
type Authenticate struct {
	Issuer   ports.TokenIssuer
	Sessions ports.Sessions
	Clock    ports.Clock
}

// AuthenticateInput is the token of a request.
type AuthenticateInput struct {
	AccessToken string
}

// Execute answers the principal as the database has it now. TokenExpired if the token is merely old; Unauthenticated if
// it is not ours, or its session has ended or its user is leaving: from the next request on, on every replica.
func (u *Authenticate) Execute(ctx context.Context, in AuthenticateInput) (account.Principal, error) {
	now := u.Clock.Now()
	c, err := u.Issuer.Verify(in.AccessToken, now)
	if err != nil {
		return account.Principal{}, err
	}
	return u.Sessions.Principal(ctx, c.UserID, c.SessionID, now)
}
