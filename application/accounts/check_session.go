package accounts

import (
	"context"

	"github.com/adiuva/cloud/domain/account"
	"github.com/adiuva/cloud/ports"
)

// CheckSession tells who a session speaks for at this moment. A connection that outlives one request asks it for each
// further one: whoever opened it may have been logged out, or have another tier, since.
type CheckSession struct {
	Sessions ports.Sessions
	Clock    ports.Clock
}

// CheckSessionInput is the session that opened the connection.
type CheckSessionInput struct {
	UserID    string
	SessionID string
}

// Execute answers the principal as the database has it now. Unauthenticated if the session has ended, has expired, or its
// user is leaving.
func (u *CheckSession) Execute(ctx context.Context, in CheckSessionInput) (account.Principal, error) {
	return u.Sessions.Principal(ctx, in.UserID, in.SessionID, u.Clock.Now())
}
