package migrations

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// Another replica that is migrating is waited for this long, asked once a second.
const lockWaitSeconds = 300

// collation is what {{bytewise}} stands for. SQLite compares bytes unless told otherwise.
var collation = map[Dialect]string{Postgres: `COLLATE "C"`, SQLite: ""}

var gooseDialect = map[Dialect]goose.Dialect{Postgres: goose.DialectPostgres, SQLite: goose.DialectSQLite3}

func (s set) provider(db *sql.DB, d Dialect) (*goose.Provider, error) {
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true)}
	if d == Postgres {
		advisory, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, lockWaitSeconds))
		if err != nil {
			return nil, fmt.Errorf("prepare the migration lock: %w", err)
		}
		options = append(options, goose.WithSessionLocker(patient{advisory}))
	}
	p, err := goose.NewProvider(gooseDialect[d], db, dialectFS{s.files, collation[d]}, options...)
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	return p, nil
}

// patient lifts the bound that the pool puts on a statement while steps run: an index over a large table takes its time.
type patient struct{ lock.SessionLocker }

// SessionLock implements lock.SessionLocker.
func (p patient) SessionLock(ctx context.Context, conn *sql.Conn) error {
	if _, err := conn.ExecContext(ctx, `SET statement_timeout = 0`); err != nil {
		return fmt.Errorf("lift the statement timeout: %w", err)
	}
	return p.SessionLocker.SessionLock(ctx, conn)
}

// SessionUnlock implements lock.SessionLocker.
func (p patient) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	if err := p.SessionLocker.SessionUnlock(ctx, conn); err != nil {
		return err
	}
	if _, err := conn.ExecContext(ctx, `RESET statement_timeout`); err != nil {
		return fmt.Errorf("restore the statement timeout: %w", err)
	}
	return nil
}

// dialectFS is the files with their placeholder filled in.
type dialectFS struct {
	fs.FS
	bytewise string
}

// Open implements fs.FS.
func (d dialectFS) Open(name string) (fs.File, error) {
	f, err := d.FS.Open(name)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err != nil || info.IsDir() {
		return f, err
	}
	text, err := io.ReadAll(f)
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return filled{f, bytes.NewReader(bytes.ReplaceAll(text, []byte("{{bytewise}}"), []byte(d.bytewise)))}, nil
}

// filled is a file that reads as its text with the placeholder filled in.
type filled struct {
	fs.File
	text *bytes.Reader
}

// Read implements fs.File.
func (f filled) Read(p []byte) (int, error) { return f.text.Read(p) }
