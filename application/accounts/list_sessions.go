package accounts

import (
	"context"

	"github.com/adiuva/cloud/domain/session"
	"github.com/adiuva/cloud/ports"
)

// ListSessions shows a user their devices.
type ListSessions struct {
	Sessions ports.Sessions
	Clock    ports.Clock
}

// ListSessionsInput is who asks, and with which session.
type ListSessionsInput struct {
	UserID    string
	SessionID string
}

// ListedSession is one device.
type ListedSession struct {
	session.Session
	Current bool // it is the one that asks
}

// Execute answers the sessions that are alive, the most recently used first.
func (u *ListSessions) Execute(ctx context.Context, in ListSessionsInput) ([]ListedSession, error) {
	live, err := u.Sessions.List(ctx, in.UserID, u.Clock.Now())
	if err != nil {
		return nil, err
	}
	listed := make([]ListedSession, 0, len(live))
	for _, s := range live {
		listed = append(listed, ListedSession{s, s.ID == in.SessionID})
	}
	return listed, nil
}
