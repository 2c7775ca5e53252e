package gormstore_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/gormstore"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/record"
	"github.com/adiuva/cloud/ports"
	"github.com/adiuva/cloud/test/services"
)

func requireUnavailable(t *testing.T, err error) {
	t.Helper()
	require.Error(t, err)
	f := fault.From(err)
	require.Equal(t, fault.Unavailable, f.Code, "%v", err)
	assert.Positive(t, f.Details["retry_after"])
}

// migratedURL is the address of a fresh PostgreSQL database with its schema.
func migratedURL(t *testing.T) string {
	t.Helper()
	address := services.DatabaseURL(t)
	migrate(t, openURL(t, address, gormstore.Options{}))
	return address
}

func table(t *testing.T) record.Table {
	t.Helper()
	tasks, err := record.ParseTable("table", "tasks")
	require.NoError(t, err)
	return tasks
}

func TestAServerThatAcceptsAndNeverAnswersIsUnavailableInTime(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	began := time.Now()
	_, _, err = gormstore.Open(t.Context(), "postgres://u:secret@"+listener.Addr().String()+"/db?sslmode=disable",
		gormstore.Options{CallTimeout: 300 * time.Millisecond})
	requireUnavailable(t, err)
	assert.Less(t, time.Since(began), 3*time.Second)
	assert.NotContains(t, err.Error(), "secret")
}

func TestAServerThatIsNotThereIsUnavailable(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	_, _, err = gormstore.Open(t.Context(), "postgres://u@"+listener.Addr().String()+"/db?sslmode=disable", gormstore.Options{})
	requireUnavailable(t, err)
}

func TestADatabaseThatFallsSilentIsUnavailableInTimeAndComesBack(t *testing.T) {
	t.Parallel()
	line := newLine(t, migratedURL(t))
	s := openURL(t, line.url, gormstore.Options{CallTimeout: 300 * time.Millisecond, UnitTimeout: 300 * time.Millisecond, MaxConns: 2})
	u := insertUser(t, s, 1)
	users, work := gormstore.NewUsers(s), gormstore.NewAccountWork(s)

	line.silent.Store(true)
	for name, call := range map[string]func(context.Context) error{
		"a read":  func(ctx context.Context) error { _, err := users.Find(ctx, u.ID); return err },
		"a write": func(ctx context.Context) error { return users.Update(ctx, u) },
		"a unit": func(ctx context.Context) error {
			return work.Do(ctx, func(ctx context.Context, tx ports.AccountTx) error { return tx.Users.Update(ctx, u) })
		},
		"a probe": gormstore.NewProbe(s).Check,
	} {
		began := time.Now()
		requireUnavailable(t, call(t.Context()))
		assert.Less(t, time.Since(began), 3*time.Second, name)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	mine := errors.New("the client went away")
	time.AfterFunc(50*time.Millisecond, func() { cancel(mine) })
	_, err := users.Find(ctx, u.ID)
	require.ErrorIs(t, err, mine, "what the caller ended is not called unavailable")

	line.silent.Store(false)
	got, err := users.Find(t.Context(), u.ID)
	require.NoError(t, err)
	assert.Equal(t, u, got)
}

// line is a wire to PostgreSQL that can fall silent without being cut.
type line struct {
	url    string
	silent atomic.Bool
}

func newLine(t *testing.T, databaseURL string) *line {
	t.Helper()
	u, err := url.Parse(databaseURL)
	require.NoError(t, err)
	server := u.Host
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	u.Host = listener.Addr().String()
	l := &line{url: u.String()}
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			upstream, err := net.Dial("tcp", server)
			if err != nil {
				_ = client.Close()
				continue
			}
			go l.carry(client, upstream)
			go l.carry(upstream, client)
		}
	}()
	return l
}

func (l *line) carry(from, to net.Conn) {
	defer func() { _, _ = from.Close(), to.Close() }()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 && !l.silent.Load() {
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func TestAnotherProcessThatHoldsTheFileIsWaitedForAndThenUnavailable(t *testing.T) {
	t.Parallel()
	address := "sqlite://" + filepath.Join(t.TempDir(), "adiuva.db")
	other := openURL(t, address, gormstore.Options{})
	migrate(t, other)
	s := openURL(t, address, gormstore.Options{CallTimeout: 300 * time.Millisecond, UnitTimeout: 600 * time.Millisecond})
	u := insertUser(t, s, 1)
	users, work := gormstore.NewUsers(s), gormstore.NewAccountWork(s)
	update := func(ctx context.Context, tx ports.AccountTx) error { return tx.Users.Update(ctx, u) }

	held, err := other.SQL().BeginTx(t.Context(), nil)
	require.NoError(t, err)
	began := time.Now()
	requireUnavailable(t, users.Update(t.Context(), u))
	requireUnavailable(t, work.Do(t.Context(), update))
	assert.Less(t, time.Since(began), 5*time.Second)
	_, err = users.Find(t.Context(), u.ID)
	require.NoError(t, err, "reading goes on")

	release := time.AfterFunc(100*time.Millisecond, func() { _ = held.Rollback() })
	defer release.Stop()
	require.NoError(t, work.Do(t.Context(), update), "a short wait is no failure")
}

func TestAFullDiskIsStorageFullAndKeepsWhatWasThere(t *testing.T) {
	t.Parallel()
	s := openSQLite(t)
	var pages int
	require.NoError(t, s.SQL().QueryRowContext(t.Context(), `PRAGMA page_count`).Scan(&pages))
	_, err := s.SQL().ExecContext(t.Context(), fmt.Sprintf(`PRAGMA max_page_count = %d`, pages+4))
	require.NoError(t, err)
	garbage := gormstore.NewGarbage(s)
	stored := 0
	for err == nil && stored < 1000 {
		err = garbage.Add(t.Context(), record.Garbage{Key: fmt.Sprintf("%04d%s", stored, strings.Repeat("x", 1000)), DueAt: epoch})
		stored++
	}
	require.Equal(t, fault.StorageFull, fault.CodeOf(err), "%v", err)
	claimed, err := garbage.Claim(t.Context(), epoch, 1) // changes in place
	require.NoError(t, err)
	assert.Len(t, claimed, 1)
}

func TestTextThatCannotBeStoredIsTheRequestsFault(t *testing.T) {
	t.Parallel()
	s := startPostgres(t)(t) // SQLite takes any bytes
	_, err := gormstore.NewRecords(s).Find(t.Context(), id(1), "a\x00b")
	assert.Equal(t, fault.MalformedRequest, fault.CodeOf(err), "%v", err)
}

func TestErrorsCarryNoValues(t *testing.T) {
	t.Parallel()
	for _, e := range engines() {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			s := e.start(t)(t)
			u := insertUser(t, s, 1)
			twin := user(t, 2)
			twin.ID, twin.PasswordHash = u.ID, "sensitive-hash"
			err := gormstore.NewUsers(s).Insert(t.Context(), twin) // the same id: a fault of ours
			require.Equal(t, fault.Internal, fault.CodeOf(err))
			require.Error(t, errors.Unwrap(err), "the log gets the cause")
			for _, value := range []string{u.ID, twin.PasswordHash, twin.Email.String()} {
				assert.NotContains(t, err.Error(), value)
			}
			assert.Equal(t, "Something went wrong on our side.", fault.From(err).Message)
		})
	}
}

func TestAMissingSchemaIsNotReady(t *testing.T) {
	t.Parallel()
	s := openURL(t, "sqlite://"+filepath.Join(t.TempDir(), "empty.db"), gormstore.Options{})
	require.Error(t, gormstore.NewProbe(s).Check(t.Context()))
	assert.Equal(t, "database", gormstore.NewProbe(s).Name())
	_, err := gormstore.NewAttempts(s).Find(t.Context(), "key")
	assert.Equal(t, fault.Internal, fault.CodeOf(err))
}
