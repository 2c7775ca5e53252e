package gormstore_test

import (
	"context"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/gormstore"
	"github.com/adiuva/cloud/migrations"
	"github.com/adiuva/cloud/ports/porttest"
	"github.com/adiuva/cloud/test/services"
)

// engine is one kind of database.
type engine struct {
	name  string
	start func(t *testing.T) func(t porttest.T) *gormstore.Store // gives empty stores
}

func engines() []engine {
	return []engine{
		{"sqlite", func(*testing.T) func(porttest.T) *gormstore.Store { return openSQLite }},
		{"postgres", startPostgres},
	}
}

func openSQLite(t porttest.T) *gormstore.Store {
	t.Helper()
	s := openURL(t, "sqlite://"+filepath.Join(t.TempDir(), "adiuva.db"), gormstore.Options{})
	migrate(t, s)
	return s
}

// startPostgres lends databases: as many as cases run at once, emptied in between. Making and dropping one for each case
// took twice as long.
func startPostgres(t *testing.T) func(t porttest.T) *gormstore.Store {
	t.Helper()
	var mu sync.Mutex
	free := []*gormstore.Store{migratedPostgres(t)} // made here, where a missing server can skip the test
	return func(c porttest.T) *gormstore.Store {
		c.Helper()
		mu.Lock()
		defer mu.Unlock()
		if len(free) == 0 {
			free = append(free, migratedPostgres(t))
		}
		s := free[len(free)-1]
		free = free[:len(free)-1]
		c.Cleanup(func() {
			empty(c, s)
			mu.Lock()
			defer mu.Unlock()
			free = append(free, s)
		})
		return s
	}
}

func migratedPostgres(t *testing.T) *gormstore.Store {
	t.Helper()
	s := openURL(t, services.DatabaseURL(t), gormstore.Options{MaxConns: 10})
	migrate(t, s)
	return s
}

// empty deletes all rows, those that refer to others first.
func empty(t porttest.T, s *gormstore.Store) {
	t.Helper()
	for _, table := range []string{
		"storage_records", "backup_metadata", "vector_items", "vector_garbage", "changes", "change_counters", "storage_usage", "llm_usage", "idempotency_keys", "object_garbage", "login_attempts", "users",
	} {
		_, err := s.SQL().ExecContext(context.Background(), "DELETE FROM "+table) // a cleanup outlives t.Context
		require.NoError(t, err)
	}
}

func openURL(t porttest.T, databaseURL string, o gormstore.Options) *gormstore.Store {
	t.Helper()
	s, closeStore, err := gormstore.Open(t.Context(), databaseURL, o)
	require.NoError(t, err)
	t.Cleanup(closeStore)
	return s
}

func migrate(t porttest.T, s *gormstore.Store) {
	t.Helper()
	require.NoError(t, migrations.Up(t.Context(), s.SQL(), migrations.Dialect(s.Dialect())))
}

// accounts is a store with every port of accounts over it.
func accounts(s *gormstore.Store) porttest.AccountStore {
	return porttest.AccountStore{
		Work: gormstore.NewAccountWork(s), Users: gormstore.NewUsers(s), Sessions: gormstore.NewSessions(s),
		Tickets: gormstore.NewTickets(s), Attempts: gormstore.NewAttempts(s), Expired: gormstore.NewExpired(s),
		Storage: gormstore.NewStorageWork(s),
	}
}

func storage(s *gormstore.Store) porttest.StorageStore {
	return porttest.StorageStore{
		Work: gormstore.NewStorageWork(s), Users: gormstore.NewUsers(s), Records: gormstore.NewRecords(s),
		Changes: gormstore.NewChanges(s), Usage: gormstore.NewUsage(s), Garbage: gormstore.NewGarbage(s), Backups: gormstore.NewBackups(s),
		VectorItems: gormstore.NewVectorItems(s), VectorGarbage: gormstore.NewVectorGarbage(s),
	}
}

func answers(s *gormstore.Store) porttest.IdempotencyStore {
	return porttest.IdempotencyStore{Idempotency: gormstore.NewIdempotency(s), Users: gormstore.NewUsers(s)}
}

func meter(s *gormstore.Store) porttest.MeterStore {
	return porttest.MeterStore{Meter: gormstore.NewMeter(s), Users: gormstore.NewUsers(s)}
}
