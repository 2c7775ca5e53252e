package assembly

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/adiuva/cloud/adapters/gormstore"
	"github.com/adiuva/cloud/adapters/memory"
	"github.com/adiuva/cloud/adapters/telemetry"
	"github.com/adiuva/cloud/config"
	"github.com/adiuva/cloud/migrations"
	"github.com/adiuva/cloud/ports"
)

// rows are the ports over one database.
type rows struct {
	Users       ports.Users
	Sessions    ports.Sessions
	Expired     ports.Expired
	AccountWork ports.AccountWork
	Records     ports.Records
	Changes     ports.Changes
	Answers     ports.Idempotency
	Usage       ports.Usage
	Backups     ports.Backups
	Vectors     ports.VectorItems
	Meter       ports.Meter
	StorageWork ports.StorageWork
	Probe       rowsProbe
}

// rowsProbe tells the database's probe from the others.
type rowsProbe struct{ ports.Probe }

// schemaProbe is a database's probe that also wants the schema of this binary.
type schemaProbe struct {
	ports.Probe
	database *Database
}

// Check implements ports.Probe.
func (p schemaProbe) Check(ctx context.Context) error {
	if err := p.Probe.Check(ctx); err != nil {
		return err
	}
	return p.database.Check(ctx)
}

// provideRows chooses PostgreSQL, SQLite or memory by DATABASE_URL. A development server brings the schema up to date
// itself; in production that is a command's, and a schema that is not current refuses the start.
func provideRows(ctx context.Context, cfg config.Config, m *telemetry.Metrics) (rows, func(), error) {
	if cfg.Rows.Kind() == "memory" {
		s := memory.NewStore()
		return rows{
			Users: memory.NewUsers(s), Sessions: memory.NewSessions(s), Expired: memory.NewExpired(s),
			AccountWork: memory.NewAccountWork(s), Records: memory.NewRecords(s), Changes: memory.NewChanges(s), Answers: memory.NewIdempotency(s), Usage: memory.NewUsage(s), Backups: memory.NewBackups(s), Vectors: memory.NewVectorItems(s), Meter: memory.NewMeter(s),
			StorageWork: memory.NewStorageWork(s), Probe: rowsProbe{memory.NewProbe("database")},
		}, func() {}, nil
	}
	db, closeDB, err := OpenDatabase(ctx, cfg)
	if err != nil {
		return rows{}, nil, err
	}
	if cfg.Env == config.Dev {
		err = db.Up(ctx)
	} else {
		err = db.Check(ctx)
	}
	if err != nil {
		closeDB()
		return rows{}, nil, fmt.Errorf("database: %w", err)
	}
	s := db.store
	for name, pool := range s.Pools() {
		m.Pool(name, pool)
	}
	return rows{
		Users: gormstore.NewUsers(s), Sessions: gormstore.NewSessions(s), Expired: gormstore.NewExpired(s),
		AccountWork: gormstore.NewAccountWork(s), Records: gormstore.NewRecords(s), Changes: gormstore.NewChanges(s), Answers: gormstore.NewIdempotency(s), Usage: gormstore.NewUsage(s), Backups: gormstore.NewBackups(s), Vectors: gormstore.NewVectorItems(s), Meter: gormstore.NewMeter(s),
		StorageWork: gormstore.NewStorageWork(s), Probe: rowsProbe{schemaProbe{gormstore.NewProbe(s), db}},
	}, closeDB, nil
}

// Database is an open database, for the commands that move its schema.
type Database struct {
	store *gormstore.Store
}

// OpenDatabase opens the database of the settings and answers with a function that lets go of it.
func OpenDatabase(ctx context.Context, cfg config.Config) (*Database, func(), error) {
	s, closeStore, err := gormstore.Open(ctx, cfg.Database(), gormstore.Options{})
	if err != nil {
		return nil, nil, err
	}
	return &Database{s}, closeStore, nil
}

func (d *Database) dialect() migrations.Dialect { return migrations.Dialect(d.store.Dialect()) }

// Up applies every migration that is missing.
func (d *Database) Up(ctx context.Context) error {
	return migrations.Up(ctx, d.store.SQL(), d.dialect())
}

// Down takes the newest migration back and reports whether there was one.
func (d *Database) Down(ctx context.Context) (bool, error) {
	steps, err := migrations.Status(ctx, d.store.SQL(), d.dialect())
	if err != nil || !slices.ContainsFunc(steps, func(s migrations.Step) bool { return s.Applied }) {
		return false, err
	}
	err = migrations.Down(ctx, d.store.SQL(), d.dialect())
	return err == nil, err
}

// Check refuses a schema that is not the one of this binary.
func (d *Database) Check(ctx context.Context) error {
	return migrations.Check(ctx, d.store.SQL(), d.dialect())
}

// Status is a line for each migration.
func (d *Database) Status(ctx context.Context) (string, error) {
	steps, err := migrations.Status(ctx, d.store.SQL(), d.dialect())
	if err != nil {
		return "", err
	}
	lines := make([]string, 0, len(steps))
	for _, s := range steps {
		applied := "missing"
		if s.Applied {
			applied = "applied " + s.At.UTC().Format("2006-01-02 15:04:05") + " UTC"
		}
		lines = append(lines, strings.TrimRight(fmt.Sprintf("%04d  %-24s %s", s.Version, s.Name, applied), " "))
	}
	return strings.Join(lines, "\n"), nil
}
