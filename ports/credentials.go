package ports

import (
	"context"
	"time"
)

// Hasher hashes passwords slowly, a bounded number at a time.
type Hasher interface {
	// Hash is a new salted hash of password, 1 to 72 bytes; any other length is ValidationFailed. Unavailable (with
	// retry_after) when too many wait already.
	Hash(ctx context.Context, password string) (string, error)
	// Verify reports whether password has this hash, and whether the hash should be made again because its cost is
	// out of date. An empty hash takes as long as any and matches nothing: so an unknown user looks like a known one.
	// A password over 72 bytes matches nothing. Unavailable (with retry_after) when too many wait already.
	Verify(ctx context.Context, hash, password string) (ok, outdated bool, err error)
}

// Claims are what an access token says.
type Claims struct {
	UserID    string // sub
	SessionID string // sid
	TokenID   string // jti
	IssuedAt  time.Time
	ExpiresAt time.Time
}

// TokenIssuer makes and checks access tokens.
type TokenIssuer interface {
	// Issue signs the claims, with their times cut to whole seconds.
	Issue(c Claims) (string, error)
	// Verify gives the claims of a token that this deployment signed for itself, with a key it still accepts, at a time
	// when it is valid at now. TokenExpired if all but the time is right, Unauthenticated otherwise.
	Verify(token string, now time.Time) (Claims, error)
}
