package accounts

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/memory"
	"github.com/adiuva/cloud/domain/account"
	"github.com/adiuva/cloud/domain/backup"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/quota"
	"github.com/adiuva/cloud/domain/record"
	"github.com/adiuva/cloud/domain/session"
	"github.com/adiuva/cloud/domain/vector"
	"github.com/adiuva/cloud/ports"
)

const (
	email    = "Ada@Example.com"
	password = "correct horse"
	home     = "192.0.2.1"
	lifetime = 15 * time.Minute
)

// house is every use case over one store in memory. work, storage and hasher can be wrapped before the use cases are made.
type house struct {
	t       testing.TB
	store   *memory.Store
	clock   *memory.Clock
	ids     *memory.IDs
	issuer  *memory.TokenIssuer
	hasher  *countingHasher
	work    ports.AccountWork
	storage ports.StorageWork
	users   ports.Users
	meter   ports.Meter
}

func newHouse(t testing.TB) *house {
	t.Helper()
	s := memory.NewStore()
	return &house{
		t: t, store: s, clock: memory.NewClock(time.Date(2026, time.March, 1, 12, 0, 0, 500e6, time.UTC)), ids: memory.NewIDs(),
		issuer: memory.NewTokenIssuer("key"), hasher: &countingHasher{Hasher: memory.NewHasher("1")},
		work: memory.NewAccountWork(s), storage: memory.NewStorageWork(s), users: memory.NewUsers(s),
		meter: memory.NewMeter(s),
	}
}

// countingHasher counts the work that passwords cause: what a clock would see from outside.
type countingHasher struct {
	ports.Hasher
	hashed, verified atomic.Int64
	busy             atomic.Bool
	before           func() // what happens while a password is checked
}

func (h *countingHasher) Hash(ctx context.Context, password string) (string, error) {
	if h.busy.Load() {
		return "", fault.New(fault.Unavailable, "Busy.").RetryAfter(time.Second)
	}
	h.hashed.Add(1)
	return h.Hasher.Hash(ctx, password)
}

func (h *countingHasher) Verify(ctx context.Context, hash, password string) (bool, bool, error) {
	if h.busy.Load() {
		return false, false, fault.New(fault.Unavailable, "Busy.").RetryAfter(time.Second)
	}
	h.verified.Add(1)
	ok, outdated, err := h.Hasher.Verify(ctx, hash, password)
	if h.before != nil {
		h.before()
	}
	return ok, outdated, err
}

func (h *house) opener() *Opener {
	return &Opener{Issuer: h.issuer, IDs: h.ids, Clock: h.clock, Lifetime: AccessLifetime(lifetime)}
}

func (h *house) passwords() *Passwords {
	return &Passwords{Work: h.work, Hasher: h.hasher, Clock: h.clock}
}

func (h *house) registerer() *Register {
	return &Register{Work: h.work, Hasher: h.hasher, Opener: h.opener(), IDs: h.ids, Clock: h.clock}
}

func (h *house) loginer() *Login {
	return &Login{Work: h.work, Passwords: h.passwords(), Opener: h.opener()}
}

func (h *house) refresher() *Refresh {
	return &Refresh{Work: h.work, Opener: h.opener(), IDs: h.ids, Clock: h.clock}
}

func (h *house) removal() *Removal {
	return &Removal{Accounts: h.work, Storage: h.storage, Clock: h.clock}
}

func (h *house) changer() *ChangePassword {
	return &ChangePassword{Work: h.work, Passwords: h.passwords(), Hasher: h.hasher, Clock: h.clock}
}

func (h *house) deleter() *DeleteAccount {
	return &DeleteAccount{Work: h.work, Passwords: h.passwords(), Removal: h.removal(), Clock: h.clock}
}

// register makes an account that must be possible.
func (h *house) register(email string) (account.Principal, Tokens) {
	h.t.Helper()
	tokens, err := h.registerer().Execute(h.t.Context(), RegisterInput{Email: email, Password: password, Device: "desk"})
	require.NoError(h.t, err)
	return h.who(tokens), tokens
}

// login logs in with an address, and answers what the use case says.
func (h *house) login(password, address string) (Tokens, error) {
	return h.loginer().Execute(h.t.Context(), LoginInput{Email: email, Password: password, Address: address})
}

func (h *house) refresh(token string) (Tokens, error) {
	return h.refresher().Execute(h.t.Context(), RefreshInput{RefreshToken: token})
}

// authenticate is what the next request would hear.
func (h *house) authenticate(access string) (account.Principal, error) {
	u := Authenticate{Issuer: h.issuer, Sessions: memory.NewSessions(h.store), Clock: h.clock}
	return u.Execute(h.t.Context(), AuthenticateInput{AccessToken: access})
}

func (h *house) who(t Tokens) account.Principal {
	h.t.Helper()
	p, err := h.authenticate(t.Access)
	require.NoError(h.t, err)
	return p
}

func (h *house) user(id string) account.User {
	h.t.Helper()
	u, err := memory.NewUsers(h.store).Find(h.t.Context(), id)
	require.NoError(h.t, err)
	return u
}

func (h *house) sessions(userID string) []session.Session {
	h.t.Helper()
	live, err := memory.NewSessions(h.store).List(h.t.Context(), userID, h.clock.Now())
	require.NoError(h.t, err)
	return live
}

// keep stores n records for a user as the storage area would, and answers the keys of their objects.
func (h *house) keep(userID string, n int) []string {
	h.t.Helper()
	table, err := record.ParseTable("table", "tasks")
	require.NoError(h.t, err)
	var keys []string
	for range n {
		id := h.ids.NewID()
		m := record.Meta{
			ID: id, UserID: userID, Table: table, Key: record.Key(userID, table, id, h.ids.NewID()), Checksum: checksum.Of([]byte(id)),
			SizeBytes: 10, CreatedAt: h.clock.Now(), UpdatedAt: h.clock.Now(),
		}
		err := memory.NewStorageWork(h.store).Do(h.t.Context(), func(ctx context.Context, tx ports.StorageTx) (err error) {
			if m.Seq, err = tx.Changes.Append(ctx, userID, record.Change{RecordID: id, Table: table, At: m.CreatedAt}); err != nil {
				return err
			}
			if err := tx.Usage.Add(ctx, userID, quota.Records, m.SizeBytes, quota.Unlimited); err != nil {
				return err
			}
			return tx.Records.Insert(ctx, m)
		})
		require.NoError(h.t, err)
		keys = append(keys, m.Key)
	}
	return keys
}

// backUp stores n backups for a user as the storage area would, and answers the keys of their objects, the oldest first.
func (h *house) backUp(userID string, n int) []string {
	h.t.Helper()
	var keys []string
	for i := range n {
		id := h.ids.NewID()
		m := backup.Meta{
			ID: id, UserID: userID, Version: "1", Key: backup.Key(userID, id, h.ids.NewID()), Checksum: checksum.Of([]byte(id)),
			SizeBytes: 7, ChunkBytes: backup.ChunkBytes, Sums: []checksum.Sum{checksum.Of([]byte(id))},
			CreatedAt: h.clock.Now().Add(time.Duration(i) * time.Second),
		}
		err := memory.NewStorageWork(h.store).Do(h.t.Context(), func(ctx context.Context, tx ports.StorageTx) (err error) {
			if err := tx.Usage.Add(ctx, userID, quota.Backups, m.SizeBytes, quota.Unlimited); err != nil {
				return err
			}
			return tx.Backups.Insert(ctx, m)
		})
		require.NoError(h.t, err)
		keys = append(keys, m.Key)
	}
	return keys
}

// index stores n items that can be found by likeness as the storage area would, each of 5 bytes, and answers their ids.
func (h *house) index(userID string, n int) []string {
	h.t.Helper()
	var ids []string
	var items []vector.Item
	for range n {
		id := h.ids.NewID()
		ids = append(ids, id)
		items = append(items, vector.Item{
			ID: id, Place: vector.Place{UserID: userID, Space: vector.Fingerprints, Dimension: vector.FingerprintDimension}, Point: h.ids.NewID(),
			Blob: []byte("bytes"), Checksum: checksum.Of([]byte("bytes")), SizeBytes: 5, CreatedAt: h.clock.Now(), UpdatedAt: h.clock.Now(),
		})
	}
	err := memory.NewStorageWork(h.store).Do(h.t.Context(), func(ctx context.Context, tx ports.StorageTx) error {
		if err := tx.Usage.Add(ctx, userID, quota.Records, int64(5*n), quota.Unlimited); err != nil {
			return err
		}
		return tx.VectorItems.Put(ctx, userID, items)
	})
	require.NoError(h.t, err)
	return ids
}

// garbage are the keys of all objects that are due now.
func (h *house) garbage() []string {
	h.t.Helper()
	var keys []string
	err := memory.NewStorageWork(h.store).Do(h.t.Context(), func(ctx context.Context, tx ports.StorageTx) error {
		due, err := tx.Garbage.Claim(ctx, h.clock.Now(), 10_000)
		for _, g := range due {
			keys = append(keys, g.Key)
		}
		return err
	})
	require.NoError(h.t, err)
	return keys
}

// stored is what is counted for a user.
func (h *house) stored(userID string) (rows int, bytes quota.Usage) {
	h.t.Helper()
	err := memory.NewStorageWork(h.store).Do(h.t.Context(), func(ctx context.Context, tx ports.StorageTx) (err error) {
		if bytes, err = tx.Usage.Find(ctx, userID); err != nil {
			return err
		}
		list, err := tx.Records.List(ctx, userID, record.Query{Limit: record.MaxLimit})
		rows = len(list)
		return err
	})
	require.NoError(h.t, err)
	return rows, bytes
}

// spent is what is counted of a user's questions.
func (h *house) spent(userID string) []chat.Spend {
	h.t.Helper()
	list, err := memory.NewMeter(h.store).List(h.t.Context(), userID)
	require.NoError(h.t, err)
	return list
}

func requireCode(t testing.TB, want fault.Code, err error) {
	t.Helper()
	require.Error(t, err, "want %s", want)
	require.Equal(t, want, fault.CodeOf(err), "%v", err)
}

// words is all that a client hears of a failure.
func words(err error) string {
	e := fault.From(err)
	return fmt.Sprint(e.Code, e.Message, e.Details, e.Fields)
}

// refusingWork is down.
type refusingWork struct{}

func (refusingWork) Do(context.Context, func(context.Context, ports.AccountTx) error) error {
	return fault.New(fault.Unavailable, "Down.")
}
