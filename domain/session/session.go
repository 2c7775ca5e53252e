// Package session is a device that is logged in, and the family of refresh tokens that keeps it so.
//
// A login starts a Session with one Token. Each refresh rotates: the token presented gets a child and is done. A family
// has exactly one active token at any time. A token that comes back after it was rotated means that two parties hold it,
// and since nobody can tell the thief from the owner, the session ends (RFC 9700, 4.14.2). One exception: the parent of
// the active token within ReplayWindow, since an answer can get lost on the way; it gives the same child again, so that
// the family does not fork.
//
// It imports the standard library only. Start at Judge.
package session

import "time"

// The times of a session.
const (
	IdleLifetime   = 30 * 24 * time.Hour // a refresh token, and with each rotation the session, lives this long
	ReplayWindow   = 10 * time.Second    // for the immediate parent of the active token
	TicketLifetime = 30 * time.Second    // a one-use ticket that opens a WebSocket
)

// Session is one login on one device.
type Session struct {
	ID         string // UUIDv7; the `sid` of its access tokens
	UserID     string
	Device     string // what the client called itself, at most MaxDeviceBytes of printable text
	CreatedAt  time.Time
	LastUsedAt time.Time // the last login or refresh
	ExpiresAt  time.Time
}

// MaxDeviceBytes bounds Session.Device.
const MaxDeviceBytes = 200

// Token is a refresh token as it is stored: by its hash.
type Token struct {
	ID        string // UUIDv7
	SessionID string
	UserID    string
	ParentID  string // empty for the first of a family
	Hash      Hash
	Seed      Seed // from which Secret.Child made it; with the parent's secret it makes the same again
	CreatedAt time.Time
	ExpiresAt time.Time
	RotatedAt time.Time // zero while the token is active
}

// Active reports whether the token has not been rotated yet.
func (t Token) Active() bool { return t.RotatedAt.IsZero() }

// Verdict is what to do with a token that was presented.
type Verdict int

// The verdicts.
const (
	Expired Verdict = iota // refuse; nothing else happens
	Rotate                 // give it a child
	Replay                 // give the active token, its child, again
	Stolen                 // end the session
)

// Judge decides about a token that was presented, given the active token of its family.
func Judge(presented, active Token, now time.Time) Verdict {
	switch {
	case !now.Before(presented.ExpiresAt):
		return Expired
	case presented.Active():
		return Rotate
	case active.ParentID == presented.ID && now.Sub(presented.RotatedAt) <= ReplayWindow:
		return Replay
	default:
		return Stolen
	}
}
