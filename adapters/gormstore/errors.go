package gormstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"slices"
	"time"

	gosqlite "github.com/glebarez/go-sqlite"
	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/adiuva/cloud/domain/fault"
)

// translate gives an error of a driver the code and the words of the product, and keeps it as the cause. A failure that
// is the product's already passes; so does the cause of a context that the caller ended.
func translate(ctx context.Context, err error) error {
	var known *fault.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return err
	case contended(err):
		return fault.Wrap(err, fault.Unavailable, "Too much happens at once. Try again.").RetryAfter(time.Second)
	case ctx.Err() != nil && errors.Is(context.Cause(ctx), errTooSlow):
		return fault.Wrap(err, fault.Unavailable, "The database did not answer in time. Try again.").RetryAfter(time.Second)
	case ctx.Err() != nil:
		return context.Cause(ctx)
	}
	switch codeOf(err) {
	case fault.Unavailable:
		return fault.Wrap(err, fault.Unavailable, "The database cannot be reached. Try again.").RetryAfter(time.Second)
	case fault.StorageFull:
		return fault.Wrap(err, fault.StorageFull, "The server has no room left. Try again later.")
	case fault.MalformedRequest:
		return fault.Wrap(err, fault.MalformedRequest, "The request has characters that cannot be stored.")
	default:
		return fault.Wrap(err, fault.Internal, "Something went wrong on our side.")
	}
}

// missing says what it means to a port that a row is not there.
func missing(err error, instead *fault.Error) error {
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return instead
	}
	return err
}

// dangling says what it means to a port that a reference between rows would lead nowhere.
func dangling(err error, instead *fault.Error) error {
	return when(err, instead, []string{"23503", "23001"}, // foreign_key_violation, restrict_violation
		[]int{sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY, sqlite3.SQLITE_CONSTRAINT_TRIGGER}) // RESTRICT is a trigger inside
}

// duplicate says what it means to a port that a unique value is taken.
func duplicate(err error, instead *fault.Error) error {
	return when(err, instead, []string{"23505"}, // unique_violation
		[]int{sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY})
}

func when(err error, instead *fault.Error, states []string, codes []int) error {
	if hasCode(err, states, codes) {
		return fault.Wrap(err, instead.Code, instead.Message)
	}
	return err
}

// contended reports that the database asks for the whole transaction again: PostgreSQL's serialization_failure and
// deadlock_detected, SQLite's lock that another process holds.
func contended(err error) bool {
	return hasCode(err, []string{"40001", "40P01"}, []int{sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
}

// hasCode compares SQLite's extended codes as a whole or, where the one asked for is a primary code, by their kind.
func hasCode(err error, states []string, codes []int) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return slices.Contains(states, pg.Code)
	}
	if lite, ok := errors.AsType[*gosqlite.Error](err); ok {
		return slices.Contains(codes, lite.Code()) || slices.Contains(codes, lite.Code()&0xff)
	}
	return false
}

// postgresStates are the SQLSTATEs, and classes of two characters, that are not faults of ours
// (https://www.postgresql.org/docs/current/errcodes-appendix.html).
var postgresStates = map[string]fault.Code{
	"08":    fault.Unavailable,      // connection_exception
	"22021": fault.MalformedRequest, // character_not_in_repertoire: NUL, broken UTF-8
	"25006": fault.Unavailable,      // read_only_sql_transaction: a standby, in the middle of a failover
	"25P03": fault.Unavailable,      // idle_in_transaction_session_timeout
	"42P01": fault.Unavailable,      // undefined_table: the schema is being moved
	"53":    fault.Unavailable,      // insufficient_resources: memory, connections
	"53100": fault.StorageFull,      // disk_full
	"55P03": fault.Unavailable,      // lock_not_available
	"57":    fault.Unavailable,      // operator_intervention: shutdown, starting up, statement_timeout
	"58":    fault.Unavailable,      // system_error: input or output of the server
}

// sqliteCodes are SQLite's primary codes that are not faults of ours (https://www.sqlite.org/rescode.html).
var sqliteCodes = map[int]fault.Code{
	sqlite3.SQLITE_FULL:      fault.StorageFull,
	sqlite3.SQLITE_NOMEM:     fault.Unavailable,
	sqlite3.SQLITE_IOERR:     fault.Unavailable,
	sqlite3.SQLITE_CANTOPEN:  fault.Unavailable,
	sqlite3.SQLITE_READONLY:  fault.Unavailable,
	sqlite3.SQLITE_INTERRUPT: fault.Unavailable,
	sqlite3.SQLITE_PROTOCOL:  fault.Unavailable,
}

// codeOf is what a driver's error means, by its type and code alone.
func codeOf(err error) fault.Code {
	var pg *pgconn.PgError
	var connect *pgconn.ConnectError
	var lite *gosqlite.Error
	var network net.Error
	switch {
	case errors.As(err, &connect): // before PgError, which it may hold: refused for whatever reason, there is no database
		return fault.Unavailable
	case errors.As(err, &pg):
		if code, ok := postgresStates[pg.Code]; ok {
			return code
		}
		return postgresStates[pg.Code[:min(2, len(pg.Code))]]
	case errors.As(err, &lite):
		return sqliteCodes[lite.Code()&0xff]
	case errors.As(err, &network), pgconn.SafeToRetry(err), errors.Is(err, driver.ErrBadConn), errors.Is(err, sql.ErrConnDone),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed):
		return fault.Unavailable
	}
	return fault.Internal
}
