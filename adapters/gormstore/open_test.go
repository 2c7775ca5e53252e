package gormstore_test

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/gormstore"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/quota"
	"github.com/adiuva/cloud/test/services"
)

func TestSQLiteAddressesNameTheirFile(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir) // relative paths start here; hence no t.Parallel
	for address, file := range map[string]string{
		"sqlite://" + dir + "/a.db":                    dir + "/a.db",
		"sqlite://relative/b.db":                       dir + "/relative/b.db",
		"sqlite://c.db":                                dir + "/c.db",
		"file:" + dir + "/d.db":                        dir + "/d.db",
		"file:relative/e.db":                           dir + "/relative/e.db",
		"sqlite://" + dir + "/odd #100%25 ' name/f.db": dir + "/odd #100%25 ' name/f.db",
	} {
		s := openURL(t, address, gormstore.Options{})
		migrate(t, s)
		assert.Equal(t, "sqlite", s.Dialect())
		insertUser(t, s, 1)
		for _, suffix := range []string{"", "-wal"} {
			info, err := os.Stat(file + suffix)
			require.NoError(t, err, address)
			assert.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "for the owner only")
			assert.Positive(t, info.Size())
		}
	}
}

func TestAddressesThatCannotWorkAreRefused(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"", "adiuva.db", "mysql://u:secret@h/db", "sqlite://", "sqlite://:memory:", "file::memory:?cache=shared",
		"sqlite:///tmp/x.db?mode=memory", "postgres://u:secret@h:notaport/db", "sqlite:///dev/null/x.db",
	} {
		_, _, err := gormstore.Open(t.Context(), address, gormstore.Options{})
		require.Equal(t, fault.Internal, fault.CodeOf(err), "%s: %v", address, err)
		assert.NotContains(t, err.Error(), "secret")
	}
}

func TestSQLiteSyncsEveryCommitAndKeepsForeignKeys(t *testing.T) {
	t.Parallel()
	s := openSQLite(t)
	for pragma, want := range map[string]string{
		"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "5000",
	} {
		var got string
		require.NoError(t, s.SQL().QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got))
		assert.Equal(t, want, got, pragma)
	}
	assert.Equal(t, 1, s.SQL().Stats().MaxOpenConnections, "one connection writes")
}

func TestPostgresSessionsAreBoundedByTheServerToo(t *testing.T) {
	t.Parallel()
	s := openURL(t, services.DatabaseURL(t), gormstore.Options{MaxConns: 3, CallTimeout: 2 * time.Second, UnitTimeout: 7 * time.Second})
	assert.Equal(t, "postgres", s.Dialect())
	for setting, want := range map[string]string{
		"statement_timeout": "2s", "idle_in_transaction_session_timeout": "7s", "timezone": "UTC", "application_name": "adiuva",
	} {
		var got string
		require.NoError(t, s.SQL().QueryRowContext(t.Context(), "SHOW "+setting).Scan(&got))
		assert.Equal(t, want, got, setting)
	}
	assert.Equal(t, 3, s.SQL().Stats().MaxOpenConnections)
}

func TestAnAddressMaySetWhatTheStoreWould(t *testing.T) {
	t.Parallel()
	s := openURL(t, services.DatabaseURL(t)+"&application_name=mine", gormstore.Options{})
	var got string
	require.NoError(t, s.SQL().QueryRowContext(t.Context(), "SHOW application_name").Scan(&got))
	assert.Equal(t, "mine", got)
}

func TestProcessesThatMakeOneFileAtOnceAllOpenIt(t *testing.T) {
	t.Parallel()
	address := "sqlite://" + filepath.Join(t.TempDir(), "new", "adiuva.db")
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			s, closeStore, err := gormstore.Open(t.Context(), address, gormstore.Options{})
			if assert.NoError(t, err) {
				migrate(t, s)
				closeStore()
			}
		})
	}
	group.Wait()
}

func TestTwoReplicasOnOneDatabaseCountAsOne(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"sqlite://" + filepath.Join(t.TempDir(), "adiuva.db"), services.DatabaseURL(t)} {
		a := openURL(t, address, gormstore.Options{})
		migrate(t, a)
		replicas := []*gormstore.Store{a, openURL(t, address, gormstore.Options{})}
		u := insertUser(t, a, 1)
		codes := outcomes(crowd, func(i int) error {
			return gormstore.NewUsage(replicas[i%2]).Add(t.Context(), u.ID, quota.Backups, 5, 5*20)
		})
		assert.Equal(t, map[fault.Code]int{"": 20, fault.QuotaExceeded: crowd - 20}, codes)
		codes = outcomes(crowd, func(i int) error { return increment(t, replicas[i%2], "key") })
		assert.Equal(t, map[fault.Code]int{"": crowd}, codes)
		got, err := gormstore.NewAttempts(a).Find(t.Context(), "key")
		require.NoError(t, err)
		assert.Equal(t, crowd, got.Failures)
	}
}

func TestAStoreShowsItsPoolsByTheirBounds(t *testing.T) {
	t.Parallel()
	bounds := func(s *gormstore.Store) map[string]int {
		all := map[string]int{}
		for name, pool := range s.Pools() {
			all[name] = pool.Stats().MaxOpenConnections
		}
		return all
	}
	lite := openURL(t, "sqlite://"+filepath.Join(t.TempDir(), "x.db"), gormstore.Options{MaxConns: 3})
	assert.Equal(t, map[string]int{"sqlite_read": 3, "sqlite_write": 1}, bounds(lite))
	assert.Equal(t, map[string]int{"postgres": 7}, bounds(openURL(t, services.DatabaseURL(t), gormstore.Options{MaxConns: 7})))
}
