package ports

import (
	"context"
	"time"

	"github.com/adiuva/cloud/domain/account"
	"github.com/adiuva/cloud/domain/session"
	"github.com/adiuva/cloud/domain/tier"
)

// Users are the accounts.
type Users interface {
	// Insert stores a new user. EmailTaken if an account with the same folded address exists.
	Insert(ctx context.Context, u account.User) error
	// Find is the user with this id. NotFound if there is none. Users on their way out are found too.
	Find(ctx context.Context, userID string) (account.User, error)
	// FindByEmail is the user with this folded address. NotFound if there is none.
	FindByEmail(ctx context.Context, email account.Email) (account.User, error)
	// Update stores password hash, tier, role, StripeID, UpdatedAt and DeletedAt of a user that exists; the rest of u is
	// ignored. NotFound if there is none.
	Update(ctx context.Context, u account.User) error
	// Tier is the tier of a user who is not on their way out. NotFound if there is none.
	Tier(ctx context.Context, userID string) (tier.Tier, error)
	// Leaving are up to limit ids of users whose deletion was asked for, the longest ago first.
	Leaving(ctx context.Context, limit int) ([]string, error)
	// Delete removes the user with all sessions, refresh tokens and tickets. Conflict if stored data still refers to the
	// user. Deleting one that is not there is no error.
	Delete(ctx context.Context, userID string) error
}

// Sessions are the devices that are logged in, with their refresh tokens.
type Sessions interface {
	// Insert stores a new session with its first token.
	Insert(ctx context.Context, s session.Session, first session.Token) error
	// Principal is who a session belongs to, in one query. Unauthenticated if the session does not exist, is not that
	// user's, has expired at now, or the user is on their way out.
	Principal(ctx context.Context, userID, sessionID string, now time.Time) (account.Principal, error)
	// FindToken is the refresh token with this hash. NotFound if there is none, also when its session was ended.
	FindToken(ctx context.Context, h session.Hash) (session.Token, error)
	// ActiveToken is the one token of a session that has not been rotated. NotFound if the session is not there.
	ActiveToken(ctx context.Context, sessionID string) (session.Token, error)
	// Rotate marks the parent of child (by child.ParentID) as rotated at child.CreatedAt, stores child, and moves the
	// session's LastUsedAt and ExpiresAt. Conflict if the parent was rotated before or is gone: of many callers one succeeds.
	Rotate(ctx context.Context, child session.Token) error
	// List are the user's sessions that have not expired at now, the most recently used first.
	List(ctx context.Context, userID string, now time.Time) ([]session.Session, error)
	// End removes a session of the user with its tokens and tickets. NotFound if it is not there or somebody else's.
	End(ctx context.Context, userID, sessionID string) error
	// EndOthers removes all sessions of the user but one, which may be empty to keep none.
	EndOthers(ctx context.Context, userID, keepSessionID string) error
}

// Tickets open WebSockets where headers cannot be set.
type Tickets interface {
	// Insert stores the hash of a ticket for a session of the user until expiresAt.
	Insert(ctx context.Context, h session.Hash, userID, sessionID string, expiresAt time.Time) error
	// Redeem uses the ticket up and answers whose it is. Unauthenticated if there is none, it was used, it has expired at
	// now, or its session has ended: of many callers at most one succeeds.
	Redeem(ctx context.Context, h session.Hash, now time.Time) (userID, sessionID string, err error)
}

// Attempts count failed logins by key. A key is a digest, never an address or an e-mail.
type Attempts interface {
	// Find is what is counted for key; the zero value if nothing is.
	Find(ctx context.Context, key string) (account.Attempts, error)
	// Save replaces what is counted for key.
	Save(ctx context.Context, key string, a account.Attempts) error
	// Delete forgets the keys.
	Delete(ctx context.Context, keys ...string) error
}

// Expired removes what nobody can use any more.
type Expired interface {
	// DeleteExpired removes sessions, rotated refresh tokens and tickets that have expired at now, and attempts older than
	// account.AttemptsKept before now.
	DeleteExpired(ctx context.Context, now time.Time) error
}

// AccountTx is what changes together when an account or a session changes.
type AccountTx struct {
	Users    Users
	Sessions Sessions
	Tickets  Tickets
	Attempts Attempts
}

// AccountWork runs units of work over accounts.
type AccountWork interface {
	// Do runs fn in one serializable unit: as if no other unit ran at the same time. fn may run more than once and has no
	// effect but through tx. An error from fn, or a panic, leaves nothing behind and is passed on. Contention that does
	// not end before ctx does, or lasts too long, is Unavailable.
	Do(ctx context.Context, fn func(ctx context.Context, tx AccountTx) error) error
}
