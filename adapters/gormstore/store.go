package gormstore

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/adiuva/cloud/domain/fault"
)

// Options bound what a store takes. The zero value has the defaults.
type Options struct {
	MaxConns    int           // PostgreSQL: all connections, default 20; SQLite: those that read, default 4
	CallTimeout time.Duration // one call of a port, with its wait for a connection; default 5 s
	UnitTimeout time.Duration // one unit of work, with all its retries; default 10 s
}

func (o Options) withDefaults(maxConns int) Options {
	return Options{
		MaxConns:    cmp.Or(o.MaxConns, maxConns),
		CallTimeout: cmp.Or(o.CallTimeout, 5*time.Second),
		UnitTimeout: cmp.Or(o.UnitTimeout, 10*time.Second),
	}
}

// Store is one database. Ports are made over it; it is safe for concurrent use.
type Store struct {
	dialect string
	options Options
	pool    *sql.DB       // under writer
	reads   *sql.DB       // under reader
	writer  *gorm.DB      // units of work and single writes
	reader  *gorm.DB      // single reads; the same pool on PostgreSQL
	again   chan struct{} // holds one: who has to try a unit again does so alone in this process
}

// Open connects to a database and answers with a function that lets go of it.
//
//	postgres://user:password@host:5432/name?sslmode=require   (or postgresql://)
//	sqlite:///absolute/path   sqlite://relative/path   file:path
//
// A SQLite file, and its folder, are made if they are not there, for this user of the machine only. The schema is not
// touched. Internal for an address that cannot be read, Unavailable if the database does not answer within CallTimeout.
func Open(ctx context.Context, databaseURL string, o Options) (*Store, func(), error) {
	scheme, rest, _ := strings.Cut(databaseURL, ":")
	switch scheme {
	case "postgres", "postgresql":
		return openPostgres(ctx, databaseURL, o.withDefaults(20))
	case "sqlite":
		return openSQLite(ctx, strings.TrimPrefix(rest, "//"), o.withDefaults(4))
	case "file":
		return openSQLite(ctx, rest, o.withDefaults(4))
	}
	return nil, nil, fault.New(fault.Internal, "The address of the database must begin with postgres://, sqlite:// or file:.")
}

// SQL is the pool that may write, for migrations. Close it only by the function that Open gave.
func (s *Store) SQL() *sql.DB { return s.pool }

// Pools are the store's pools of connections, for metrics: the one of PostgreSQL, or the reading and the writing one of
// SQLite. They are not to be used.
func (s *Store) Pools() map[string]*sql.DB {
	if s.reads == s.pool {
		return map[string]*sql.DB{s.dialect: s.pool}
	}
	return map[string]*sql.DB{s.dialect + "_read": s.reads, s.dialect + "_write": s.pool}
}

// Dialect is postgres or sqlite, as the package migrations names them.
func (s *Store) Dialect() string { return s.dialect }

// newStore puts GORM over open pools and asks the database for a sign of life.
func newStore(ctx context.Context, dialect string, o Options, over func(*sql.DB) gorm.Dialector, writer, reader *sql.DB) (*Store, func(), error) {
	s := &Store{dialect: dialect, options: o, pool: writer, reads: reader, again: make(chan struct{}, 1)}
	cleanup := func() { _ = errors.Join(writer.Close(), reader.Close()) }
	ctx, cancel := within(ctx, o.CallTimeout)
	defer cancel()
	err := s.retry(ctx, func() error { // of processes that make one SQLite file at once, one turns it to WAL and the others are told busy, unwaited
		return errors.Join(writer.PingContext(ctx), reader.PingContext(ctx))
	})
	if err == nil {
		s.writer, err = gormOver(over(writer))
	}
	if err == nil {
		s.reader, err = gormOver(over(reader))
	}
	if err != nil {
		cleanup()
		return nil, nil, translate(ctx, err)
	}
	return s, cleanup, nil
}

func gormOver(d gorm.Dialector) (*gorm.DB, error) {
	db, err := gorm.Open(d, &gorm.Config{
		Logger:                 logger.Discard, // it would print values; failures travel as errors, whose text has none
		SkipDefaultTransaction: true,
		DisableAutomaticPing:   true,
	})
	if err != nil {
		return nil, fmt.Errorf("open gorm: %w", err)
	}
	return db, installGuard(db)
}

// errTooSlow is the cause of a context that ended because a call took longer than it may.
var errTooSlow = errors.New("the database took too long")

// within is ctx with an end: at most this long from now.
func within(ctx context.Context, most time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, most, errTooSlow)
}
