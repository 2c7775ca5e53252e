package gormstore_test

import (
	"testing"

	"github.com/adiuva/cloud/adapters/gormstore"
	"github.com/adiuva/cloud/ports"
	"github.com/adiuva/cloud/ports/porttest"
)

// suite is the contract of a port of accounts or of storage.
type suite[S any] func(t *testing.T, open func(t porttest.T) S)

func passes[S any](t *testing.T, check suite[S], over func(*gormstore.Store) S) {
	t.Helper()
	t.Parallel()
	for _, e := range engines() {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			open := e.start(t)
			check(t, func(t porttest.T) S { return over(open(t)) })
		})
	}
}

func TestUsers(t *testing.T)         { passes(t, porttest.Users, accounts) }
func TestSessions(t *testing.T)      { passes(t, porttest.Sessions, accounts) }
func TestTickets(t *testing.T)       { passes(t, porttest.Tickets, accounts) }
func TestAttempts(t *testing.T)      { passes(t, porttest.Attempts, accounts) }
func TestExpired(t *testing.T)       { passes(t, porttest.Expired, accounts) }
func TestAccountWork(t *testing.T)   { passes(t, porttest.AccountWork, accounts) }
func TestRecords(t *testing.T)       { passes(t, porttest.Records, storage) }
func TestChanges(t *testing.T)       { passes(t, porttest.Changes, storage) }
func TestUsage(t *testing.T)         { passes(t, porttest.Usage, storage) }
func TestGarbage(t *testing.T)       { passes(t, porttest.Garbage, storage) }
func TestBackups(t *testing.T)       { passes(t, porttest.Backups, storage) }
func TestVectorItems(t *testing.T)   { passes(t, porttest.VectorItems, storage) }
func TestVectorGarbage(t *testing.T) { passes(t, porttest.VectorGarbage, storage) }
func TestStorageWork(t *testing.T)   { passes(t, porttest.StorageWork, storage) }
func TestIdempotency(t *testing.T)   { passes(t, porttest.Idempotency, answers) }
func TestMeter(t *testing.T)         { passes(t, porttest.Meter, meter) }

func TestProbe(t *testing.T) {
	passes(t, porttest.Probe, func(s *gormstore.Store) ports.Probe { return gormstore.NewProbe(s) })
}
