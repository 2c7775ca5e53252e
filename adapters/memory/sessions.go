package memory

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/adiuva/cloud/domain/account"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/session"
	"github.com/adiuva/cloud/ports"
)

var _ ports.Sessions = (*Sessions)(nil)

// Sessions are the devices that are logged in, in memory.
type Sessions struct{ rows view }

// NewSessions are the sessions of s.
func NewSessions(s *Store) *Sessions { return &Sessions{s} }

// Insert implements ports.Sessions.
func (s *Sessions) Insert(ctx context.Context, opened session.Session, first session.Token) error {
	return s.rows.with(ctx, func(r *rows) error {
		if _, err := r.user(opened.UserID); err != nil {
			return err
		}
		r.sessions[opened.ID] = opened
		r.tokens[first.ID] = first
		return nil
	})
}

// Principal implements ports.Sessions.
func (s *Sessions) Principal(ctx context.Context, userID, sessionID string, now time.Time) (account.Principal, error) {
	return read(ctx, s.rows, func(r *rows) (account.Principal, error) {
		opened, ok := r.sessions[sessionID]
		user := r.users[userID]
		if !ok || opened.UserID != userID || !now.Before(opened.ExpiresAt) || user.Deleted() {
			return account.Principal{}, fault.New(fault.Unauthenticated, "This session has ended. Log in again.")
		}
		return account.Principal{UserID: userID, SessionID: sessionID, Tier: user.Tier, Role: user.Role}, nil
	})
}

// FindToken implements ports.Sessions.
func (s *Sessions) FindToken(ctx context.Context, h session.Hash) (session.Token, error) {
	return s.token(ctx, func(t session.Token) bool { return t.Hash == h })
}

// ActiveToken implements ports.Sessions.
func (s *Sessions) ActiveToken(ctx context.Context, sessionID string) (session.Token, error) {
	return s.token(ctx, func(t session.Token) bool { return t.SessionID == sessionID && t.Active() })
}

func (s *Sessions) token(ctx context.Context, wanted func(session.Token) bool) (session.Token, error) {
	return read(ctx, s.rows, func(r *rows) (session.Token, error) {
		for _, t := range r.tokens {
			if wanted(t) {
				return t, nil
			}
		}
		return session.Token{}, fault.New(fault.NotFound, "There is no such refresh token.")
	})
}

// Rotate implements ports.Sessions.
func (s *Sessions) Rotate(ctx context.Context, child session.Token) error {
	return s.rows.with(ctx, func(r *rows) error {
		parent, ok := r.tokens[child.ParentID]
		if !ok || !parent.Active() {
			return fault.New(fault.Conflict, "This refresh token was used already.")
		}
		parent.RotatedAt = child.CreatedAt
		r.tokens[parent.ID] = parent
		r.tokens[child.ID] = child
		opened := r.sessions[child.SessionID]
		opened.LastUsedAt, opened.ExpiresAt = child.CreatedAt, child.ExpiresAt
		r.sessions[child.SessionID] = opened
		return nil
	})
}

// List implements ports.Sessions.
func (s *Sessions) List(ctx context.Context, userID string, now time.Time) ([]session.Session, error) {
	return read(ctx, s.rows, func(r *rows) ([]session.Session, error) {
		var live []session.Session
		for _, opened := range r.sessions {
			if opened.UserID == userID && now.Before(opened.ExpiresAt) {
				live = append(live, opened)
			}
		}
		slices.SortFunc(live, func(a, b session.Session) int {
			return cmp.Or(b.LastUsedAt.Compare(a.LastUsedAt), cmp.Compare(b.ID, a.ID))
		})
		return live, nil
	})
}

// End implements ports.Sessions.
func (s *Sessions) End(ctx context.Context, userID, sessionID string) error {
	return s.rows.with(ctx, func(r *rows) error {
		opened, ok := r.sessions[sessionID]
		if !ok || opened.UserID != userID {
			return fault.New(fault.NotFound, "There is no such session.")
		}
		r.endSession(sessionID)
		return nil
	})
}

// EndOthers implements ports.Sessions.
func (s *Sessions) EndOthers(ctx context.Context, userID, keepSessionID string) error {
	return s.rows.with(ctx, func(r *rows) error {
		for id, opened := range r.sessions {
			if opened.UserID == userID && id != keepSessionID {
				r.endSession(id)
			}
		}
		return nil
	})
}

// endSession removes a session with what hangs on it.
func (r *rows) endSession(sessionID string) {
	for id, t := range r.tokens {
		if t.SessionID == sessionID {
			delete(r.tokens, id)
		}
	}
	for h, t := range r.tickets {
		if t.sessionID == sessionID {
			delete(r.tickets, h)
		}
	}
	delete(r.sessions, sessionID)
}
