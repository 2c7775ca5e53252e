package gormstore

import (
	"context"
	"database/sql"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/glebarez/sqlite"
	"gorm.io/gorm"

	"github.com/adiuva/cloud/domain/fault"
)

// openSQLite opens a file with one connection that writes and a few that read. SQLite lets one write at a time; a queue
// in front of one connection is fair and fast, where many connections would fail each other with "locked".
func openSQLite(ctx context.Context, path string, o Options) (*Store, func(), error) {
	if path == "" || strings.Contains(path, ":memory:") || strings.ContainsAny(path, "?\x00") {
		return nil, nil, fault.New(fault.Internal, "The address of a SQLite database must be a path to a file, without parameters.")
	}
	if err := makeFile(path); err != nil {
		return nil, nil, fault.Wrap(err, fault.Internal, "The file of the database cannot be made. Check that its folder may be written to.")
	}
	writer, err := sql.Open(sqlite.DriverName, sqliteDSN(path, o))
	if err != nil {
		return nil, nil, fault.Wrap(err, fault.Internal, "The file of the database cannot be opened.")
	}
	reader, err := sql.Open(sqlite.DriverName, sqliteDSN(path, o, "query_only(1)"))
	if err != nil {
		_ = writer.Close()
		return nil, nil, fault.Wrap(err, fault.Internal, "The file of the database cannot be opened.")
	}
	writer.SetMaxOpenConns(1)
	reader.SetMaxOpenConns(o.MaxConns)
	reader.SetMaxIdleConns(o.MaxConns)
	over := func(db *sql.DB) gorm.Dialector { return &sqlite.Dialector{Conn: db} }
	return newStore(ctx, "sqlite", o, over, writer, reader)
}

// sqliteDSN asks for what is not SQLite's default: readers that do not block the writer, commits that survive a power
// cut, foreign keys that hold, and transactions that take the write lock when they begin, since one that takes it later
// fails at once where it could have waited.
func sqliteDSN(path string, o Options, pragmas ...string) string {
	q := url.Values{"_txlock": {"immediate"}, "_pragma": append([]string{
		"busy_timeout(" + milliseconds(o.CallTimeout) + ")", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)",
	}, pragmas...)}
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: q.Encode()}).String()
}

// makeFile makes the database for the owner of the process only; SQLite gives the files beside it the same rights.
func makeFile(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}
