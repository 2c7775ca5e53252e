package migrations

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
)

// Step is one migration.
type Step struct {
	Version int64
	Name    string    // of its file; empty for a step that this binary does not know
	Applied bool      // the database has it
	At      time.Time // when it was applied, to the second; zero if it was not
}

// NewerError refuses a database that a newer binary has migrated.
type NewerError struct{ Database, Binary int64 }

// Error says what to do.
func (e *NewerError) Error() string {
	return fmt.Sprintf("the database is at version %d and this binary knows only %d: run a newer binary, or go down with the one that went up",
		e.Database, e.Binary)
}

// BehindError refuses a database that lacks steps of this binary.
type BehindError struct{ Database, Binary int64 }

// Error says what to do.
func (e *BehindError) Error() string {
	return fmt.Sprintf("the database is at version %d and this binary needs %d: run `adiuva migrate up`", e.Database, e.Binary)
}

// position is where a database stands next to a binary.
type position struct {
	database, binary int64 // the highest version of each; 0 for none
	missing          int   // how many of the binary's steps the database lacks
}

func (p position) newer() bool       { return p.database > p.binary }
func (p position) newerError() error { return &NewerError{Database: p.database, Binary: p.binary} }

func (s set) position(ctx context.Context, db *sql.DB, d Dialect) (position, error) {
	steps, err := s.status(ctx, db, d)
	if err != nil {
		return position{}, err
	}
	var p position
	for _, step := range steps {
		if step.Name != "" {
			p.binary = max(p.binary, step.Version)
		}
		if step.Applied {
			p.database = max(p.database, step.Version)
		} else {
			p.missing++
		}
	}
	return p, nil
}

func (s set) status(ctx context.Context, db *sql.DB, d Dialect) ([]Step, error) {
	applied, err := appliedSteps(ctx, db, d)
	if err != nil {
		return nil, err
	}
	names, err := fs.Glob(s.files, "*.sql")
	if err != nil {
		return nil, fmt.Errorf("list migrations: %w", err)
	}
	steps := make([]Step, 0, len(names))
	for _, name := range names {
		version, err := goose.NumericComponent(name)
		if err != nil {
			return nil, fmt.Errorf("migration %s: %w", name, err)
		}
		at, ok := applied[version]
		delete(applied, version)
		steps = append(steps, Step{Version: version, Name: strings.TrimSuffix(path.Base(name), ".sql"), Applied: ok, At: at})
	}
	for version, at := range applied {
		steps = append(steps, Step{Version: version, Applied: true, At: at})
	}
	slices.SortFunc(steps, func(a, b Step) int { return int(a.Version - b.Version) })
	return steps, nil
}

// tableExists asks for goose's own table, which is not there before the first step.
var tableExists = map[Dialect]string{
	Postgres: `SELECT count(*) FROM pg_catalog.pg_class WHERE oid = to_regclass('goose_db_version')`,
	SQLite:   `SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'goose_db_version'`,
}

func appliedSteps(ctx context.Context, db *sql.DB, d Dialect) (map[int64]time.Time, error) {
	query, ok := tableExists[d]
	if !ok {
		return nil, fmt.Errorf("there are no migrations for a database of kind %q", d)
	}
	var tables int
	if err := db.QueryRowContext(ctx, query).Scan(&tables); err != nil {
		return nil, fmt.Errorf("read the version of the database: %w", err)
	}
	applied := map[int64]time.Time{}
	if tables == 0 {
		return applied, nil
	}
	rows, err := db.QueryContext(ctx, `SELECT version_id, tstamp FROM goose_db_version WHERE version_id > 0`)
	if err != nil {
		return nil, fmt.Errorf("read the version of the database: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var version int64
		var at time.Time
		if err := rows.Scan(&version, &at); err != nil {
			return nil, fmt.Errorf("read the version of the database: %w", err)
		}
		applied[version] = at.UTC()
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the version of the database: %w", err)
	}
	return applied, nil
}
