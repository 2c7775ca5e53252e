// Package migrations is the shape of the database: one set of SQL files, embedded in the binary, that goes up and down on
// PostgreSQL and SQLite. A file is one capability and one step; a step happens whole or not at all.
//
// To change the schema after a release add the next number; never edit a file that has run anywhere. A statement is
// written once, in words that both databases understand; {{bytewise}} stands where an order must not depend on a locale.
//
// It imports the standard library and goose. Start at Up and Check.
package migrations

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

//go:embed *.sql
var embedded embed.FS

// Dialect is the database that the statements are for.
type Dialect string

// The dialects.
const (
	Postgres Dialect = "postgres"
	SQLite   Dialect = "sqlite"
)

// Up applies every step that the database lacks, in order, and is done at once if there is none. Replicas may call it at
// the same time: each step is applied once, and all of them return when the last step is there. After an error, or a
// crash, the database stands between two steps and Up goes on from there. NewerError if the database is newer than this
// binary; then nothing is changed.
func Up(ctx context.Context, db *sql.DB, d Dialect) error {
	return set{embedded}.up(ctx, db, d)
}

// Down takes the newest step back, with the data that it holds. It does nothing to a database that has none. NewerError
// if the database is newer than this binary, which then does not know how.
func Down(ctx context.Context, db *sql.DB, d Dialect) error {
	return set{embedded}.down(ctx, db, d)
}

// Check is nil if the database has exactly the steps of this binary, BehindError if it lacks some, NewerError if it has
// more. It changes nothing.
func Check(ctx context.Context, db *sql.DB, d Dialect) error {
	return set{embedded}.check(ctx, db, d)
}

// Status lists the steps of this binary in order, and after them any that only a newer binary knows. It changes nothing.
func Status(ctx context.Context, db *sql.DB, d Dialect) ([]Step, error) {
	return set{embedded}.status(ctx, db, d)
}

// set is the files of one binary. Tests have others.
type set struct{ files fs.FS }

func (s set) up(ctx context.Context, db *sql.DB, d Dialect) error {
	for {
		before, err := s.position(ctx, db, d)
		if err != nil {
			return err
		}
		if before.newer() {
			return before.newerError()
		}
		err = s.apply(ctx, db, d)
		if err == nil {
			return s.check(ctx, db, d) // another replica may have gone further than this binary can follow
		}
		// SQLite has no lock that spans transactions. Of two that apply the same step one fails, and finds the step done.
		after, readErr := s.position(ctx, db, d)
		if d != SQLite || readErr != nil || after.database <= before.database {
			return errors.Join(err, readErr)
		}
	}
}

func (s set) apply(ctx context.Context, db *sql.DB, d Dialect) error {
	p, err := s.provider(db, d)
	if err != nil {
		return err
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate up: %w", err)
	}
	return nil
}

func (s set) down(ctx context.Context, db *sql.DB, d Dialect) error {
	at, err := s.position(ctx, db, d)
	if err != nil {
		return err
	}
	if at.newer() {
		return at.newerError()
	}
	if at.database == 0 {
		return nil
	}
	p, err := s.provider(db, d)
	if err != nil {
		return err
	}
	if _, err := p.Down(ctx); err != nil && !errors.Is(err, goose.ErrNoNextVersion) {
		return fmt.Errorf("migrate down: %w", err)
	}
	return nil
}

func (s set) check(ctx context.Context, db *sql.DB, d Dialect) error {
	at, err := s.position(ctx, db, d)
	if err != nil {
		return err
	}
	if at.newer() {
		return at.newerError()
	}
	if at.missing > 0 {
		return &BehindError{Database: at.database, Binary: at.binary}
	}
	return nil
}
