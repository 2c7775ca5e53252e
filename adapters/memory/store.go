package memory

import (
	"context"
	"maps"
	"sync"
	"time"

	"github.com/adiuva/cloud/domain/account"
	"github.com/adiuva/cloud/domain/backup"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/quota"
	"github.com/adiuva/cloud/domain/record"
	"github.com/adiuva/cloud/domain/session"
	"github.com/adiuva/cloud/domain/vector"
)

// Store holds all rows. The zero value is not usable; make one with NewStore. One lock serializes everything, so a unit
// of work never has to run twice.
type Store struct {
	mu   sync.Mutex
	rows *rows // guarded by mu
}

// NewStore is an empty store.
func NewStore() *Store {
	return &Store{rows: &rows{
		users:    map[string]account.User{},
		sessions: map[string]session.Session{},
		tokens:   map[string]session.Token{},
		tickets:  map[session.Hash]ticket{},
		attempts: map[string]account.Attempts{},
		records:  map[ownID]record.Meta{},
		changes:  map[string]map[entryID]record.Change{},
		seqs:     map[string]int64{},
		pruned:   map[string]int64{},
		usage:    map[string]quota.Usage{},
		garbage:  map[string]garbage{},
		backups:  map[ownID]backup.Meta{},
		vectors:  map[ownID]vector.Item{},
		points:   map[ownID]deadPoint{},
		spent:    map[spentKey]chat.Spend{},
		requests: map[ownKey]request{},
	}}
}

// rows are the tables. What they hold are values, so that a shallow copy of each map is a snapshot; changes is the one
// map of maps, and who writes to an inner one replaces it.
type rows struct {
	users    map[string]account.User
	sessions map[string]session.Session
	tokens   map[string]session.Token
	tickets  map[session.Hash]ticket
	attempts map[string]account.Attempts
	records  map[ownID]record.Meta
	changes  map[string]map[entryID]record.Change // by user, then record
	seqs     map[string]int64                     // the last number of each user's feed
	pruned   map[string]int64                     // the greatest number of a tombstone that is gone
	usage    map[string]quota.Usage
	garbage  map[string]garbage
	backups  map[ownID]backup.Meta
	vectors  map[ownID]vector.Item
	points   map[ownID]deadPoint // by user and point
	spent    map[spentKey]chat.Spend
	requests map[ownKey]request
}

func (r *rows) clone() *rows {
	return &rows{
		users: maps.Clone(r.users), sessions: maps.Clone(r.sessions), tokens: maps.Clone(r.tokens),
		tickets: maps.Clone(r.tickets), attempts: maps.Clone(r.attempts), records: maps.Clone(r.records),
		changes: maps.Clone(r.changes), seqs: maps.Clone(r.seqs), pruned: maps.Clone(r.pruned), usage: maps.Clone(r.usage), garbage: maps.Clone(r.garbage),
		backups: maps.Clone(r.backups), vectors: maps.Clone(r.vectors), points: maps.Clone(r.points), spent: maps.Clone(r.spent), requests: maps.Clone(r.requests),
	}
}

// view gives a port access to rows: the live ones under the lock, or those of one unit of work.
type view interface {
	with(ctx context.Context, fn func(*rows) error) error
}

// with runs one operation on the live rows. An operation checks before it changes, so it needs no snapshot.
func (s *Store) with(ctx context.Context, fn func(*rows) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	return fn(s.rows)
}

// unit is the view inside a unit of work, whose caller holds the lock.
type unit struct{ rows *rows }

func (u unit) with(ctx context.Context, fn func(*rows) error) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	return fn(u.rows)
}

// do runs fn on a copy that takes the place of the rows when fn succeeds.
func (s *Store) do(ctx context.Context, fn func(ctx context.Context, v view) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	draft := s.rows.clone()
	if err := fn(ctx, unit{draft}); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	s.rows = draft
	return nil
}

// ownID is an id that is unique within what one user owns.
type ownID struct{ user, id string }

// ticket is a row of the tickets table.
type ticket struct {
	userID, sessionID string
	expiresAt         time.Time
}

// garbage is a row of the garbage table; claimedAt is zero until a sweeper took it.
type garbage struct {
	dueAt, claimedAt time.Time
}
