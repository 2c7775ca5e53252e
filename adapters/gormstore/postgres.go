package gormstore

import (
	"context"
	"database/sql"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"

	"github.com/adiuva/cloud/domain/fault"
)

// A connection is renewed now and then, so that load follows a database that moved, and let go when nobody needs it.
const (
	connLifetime = 30 * time.Minute
	connIdle     = 5 * time.Minute
)

func openPostgres(ctx context.Context, databaseURL string, o Options) (*Store, func(), error) {
	config, err := pgx.ParseConfig(databaseURL)
	if err != nil {
		return nil, nil, fault.Wrap(err, fault.Internal, "The address of the database cannot be read.")
	}
	config.ConnectTimeout = o.CallTimeout
	// Bounds that the server keeps, for the day this process cannot: a replica that hangs must not hold locks for others.
	setDefault(config.RuntimeParams, "application_name", "adiuva")
	setDefault(config.RuntimeParams, "statement_timeout", milliseconds(o.CallTimeout))
	setDefault(config.RuntimeParams, "idle_in_transaction_session_timeout", milliseconds(o.UnitTimeout))
	setDefault(config.RuntimeParams, "timezone", "UTC")

	pool := stdlib.OpenDB(*config)
	pool.SetMaxOpenConns(o.MaxConns)
	pool.SetMaxIdleConns(o.MaxConns)
	pool.SetConnMaxLifetime(connLifetime)
	pool.SetConnMaxIdleTime(connIdle)
	over := func(db *sql.DB) gorm.Dialector { return postgres.New(postgres.Config{Conn: db}) }
	return newStore(ctx, "postgres", o, over, pool, pool)
}

// setDefault leaves what the address says.
func setDefault(params map[string]string, name, value string) {
	if _, set := params[name]; !set {
		params[name] = value
	}
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }
