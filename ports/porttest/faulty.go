package porttest

import (
	"context"
	"io"
	"sync"
	"time"

	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/quota"
	"github.com/adiuva/cloud/domain/record"
	"github.com/adiuva/cloud/ports"
)

// Failure is what happens to one call of a port.
type Failure int

// The failures. A crash is the end of the process: no later call has an effect, so that what the application would do to
// clean up does not happen either.
const (
	Refuse      Failure = iota // the call has no effect and fails
	LoseAnswer                 // the call has its effect, and fails all the same
	CrashBefore                // the process dies before the call
	CrashAfter                 // the process dies after the call, before it hears the answer
)

// Failures lists every failure.
func Failures() []Failure { return []Failure{Refuse, LoseAnswer, CrashBefore, CrashAfter} }

// String is the failure in words.
func (f Failure) String() string {
	return [...]string{"refused", "answer lost", "crash before", "crash after"}[f]
}

// Faults makes one call fail, counted over all ports that share it, so that a use case can be tested with a failure at
// each of its calls in turn: for at := 1; ; at++, until Fired reports false.
type Faults struct {
	mu      sync.Mutex
	at      int     // guarded by mu, like all below
	failure Failure // what happens to call number at
	calls   int
	crashed bool
}

// NewFaults makes call number at (from 1) fail. With 0 nothing fails and Fired stays false.
func NewFaults(at int, failure Failure) *Faults { return &Faults{at: at, failure: failure} }

// Fired reports whether the call that was to fail was made.
func (f *Faults) Fired() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.at > 0 && f.calls >= f.at
}

// Call runs one call of a port, or lets it fail with Unavailable. Wrappers of any port are made with it.
func (f *Faults) Call(call func() error) error {
	hit := f.count()
	if f.dead() || hit && (f.failure == Refuse || f.failure == CrashBefore) {
		f.die(hit && f.failure == CrashBefore)
		return injected()
	}
	err := call()
	if f.dead() || hit {
		f.die(hit && f.failure == CrashAfter)
		return injected()
	}
	return err
}

func (f *Faults) count() (hit bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls++
	return f.calls == f.at
}

func (f *Faults) dead() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.crashed
}

func (f *Faults) die(now bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.crashed = f.crashed || now
}

func injected() error {
	return fault.New(fault.Unavailable, "The dependency failed, as the test wanted it to.").RetryAfter(time.Second)
}

// call is Call for what answers a value, which is lost with the answer.
func call[A any](f *Faults, do func() (A, error)) (answer A, err error) {
	err = f.Call(func() (err error) {
		answer, err = do()
		return err
	})
	if err != nil {
		var none A
		return none, err
	}
	return answer, nil
}

// FaultyBlobs is b with the faults of f.
func FaultyBlobs(b ports.Blobs, f *Faults) ports.Blobs { return faultyBlobs{b, f} }

type faultyBlobs struct {
	ports.Blobs
	f *Faults
}

func (b faultyBlobs) Put(ctx context.Context, key string, body io.Reader, size int64, sum checksum.Sum) error {
	return b.f.Call(func() error { return b.Blobs.Put(ctx, key, body, size, sum) })
}

func (b faultyBlobs) Open(ctx context.Context, key string) (body io.ReadCloser, size int64, err error) {
	err = b.f.Call(func() (err error) {
		body, size, err = b.Blobs.Open(ctx, key)
		return err
	})
	if err != nil && body != nil {
		_ = body.Close()
		return nil, 0, err
	}
	return body, size, err
}

func (b faultyBlobs) OpenRange(ctx context.Context, key string, offset, length int64) (body io.ReadCloser, err error) {
	err = b.f.Call(func() (err error) {
		body, err = b.Blobs.OpenRange(ctx, key, offset, length)
		return err
	})
	if err != nil && body != nil {
		_ = body.Close()
		return nil, err
	}
	return body, err
}

func (b faultyBlobs) Delete(ctx context.Context, key string) error {
	return b.f.Call(func() error { return b.Blobs.Delete(ctx, key) })
}

// faultyUnit runs fn in a unit of do with the faults of f: the unit itself is a call, and so is each call of the wrapped
// Tx. The answer of a unit is lost after it was committed; a crash inside leaves it uncommitted.
func faultyUnit[Tx any](ctx context.Context, f *Faults, do func(context.Context, func(context.Context, Tx) error) error,
	fn func(context.Context, Tx) error, wrap func(Tx) Tx,
) error {
	return f.Call(func() error {
		return do(ctx, func(ctx context.Context, tx Tx) error {
			err := fn(ctx, wrap(tx))
			if err == nil && f.dead() { // fn may pass over an error, but nobody commits for the dead
				return injected()
			}
			return err
		})
	})
}

// FaultyStorageWork is w with the faults of f; see faultyUnit.
func FaultyStorageWork(w ports.StorageWork, f *Faults) ports.StorageWork {
	return faultyStorageWork{w, f}
}

type faultyStorageWork struct {
	w ports.StorageWork
	f *Faults
}

func (w faultyStorageWork) Do(ctx context.Context, fn func(ctx context.Context, tx ports.StorageTx) error) error {
	return faultyUnit(ctx, w.f, w.w.Do, fn, func(tx ports.StorageTx) ports.StorageTx {
		return ports.StorageTx{
			Records: FaultyRecords(tx.Records, w.f), Changes: faultyChanges{tx.Changes, w.f},
			Usage: faultyUsage{tx.Usage, w.f}, Garbage: faultyGarbage{tx.Garbage, w.f},
			Backups:     FaultyBackups(tx.Backups, w.f),
			VectorItems: FaultyVectorItems(tx.VectorItems, w.f), VectorGarbage: faultyVectorGarbage{tx.VectorGarbage, w.f},
		}
	})
}

// FaultyRecords is r with the faults of f.
func FaultyRecords(r ports.Records, f *Faults) ports.Records { return faultyRecords{r, f} }

type faultyRecords struct {
	r ports.Records
	f *Faults
}

func (r faultyRecords) Insert(ctx context.Context, m record.Meta) error {
	return r.f.Call(func() error { return r.r.Insert(ctx, m) })
}

func (r faultyRecords) Find(ctx context.Context, userID, id string) (record.Meta, error) {
	return call(r.f, func() (record.Meta, error) { return r.r.Find(ctx, userID, id) })
}

func (r faultyRecords) List(ctx context.Context, userID string, q record.Query) ([]record.Meta, error) {
	return call(r.f, func() ([]record.Meta, error) { return r.r.List(ctx, userID, q) })
}

func (r faultyRecords) Replace(ctx context.Context, m record.Meta) error {
	return r.f.Call(func() error { return r.r.Replace(ctx, m) })
}

func (r faultyRecords) Delete(ctx context.Context, userID, id string) error {
	return r.f.Call(func() error { return r.r.Delete(ctx, userID, id) })
}

type faultyChanges struct {
	c ports.Changes
	f *Faults
}

func (c faultyChanges) Append(ctx context.Context, userID string, change record.Change) (int64, error) {
	return call(c.f, func() (int64, error) { return c.c.Append(ctx, userID, change) })
}

func (c faultyChanges) Since(ctx context.Context, userID string, q record.FeedQuery) (record.Feed, error) {
	return call(c.f, func() (record.Feed, error) { return c.c.Since(ctx, userID, q) })
}

func (c faultyChanges) Prune(ctx context.Context, before time.Time, limit int) (int, error) {
	return call(c.f, func() (int, error) { return c.c.Prune(ctx, before, limit) })
}

func (c faultyChanges) DeleteAll(ctx context.Context, userID string) error {
	return c.f.Call(func() error { return c.c.DeleteAll(ctx, userID) })
}

type faultyUsage struct {
	u ports.Usage
	f *Faults
}

func (u faultyUsage) Find(ctx context.Context, userID string) (quota.Usage, error) {
	return call(u.f, func() (quota.Usage, error) { return u.u.Find(ctx, userID) })
}

func (u faultyUsage) Add(ctx context.Context, userID string, k quota.Kind, delta int64, limit quota.Limit) error {
	return u.f.Call(func() error { return u.u.Add(ctx, userID, k, delta, limit) })
}

type faultyGarbage struct {
	g ports.Garbage
	f *Faults
}

func (g faultyGarbage) Add(ctx context.Context, entry record.Garbage) error {
	return g.f.Call(func() error { return g.g.Add(ctx, entry) })
}

func (g faultyGarbage) Remove(ctx context.Context, key string) error {
	return g.f.Call(func() error { return g.g.Remove(ctx, key) })
}

func (g faultyGarbage) Claim(ctx context.Context, now time.Time, limit int) ([]record.Garbage, error) {
	return call(g.f, func() ([]record.Garbage, error) { return g.g.Claim(ctx, now, limit) })
}

func (g faultyGarbage) Forget(ctx context.Context, key string) error {
	return g.f.Call(func() error { return g.g.Forget(ctx, key) })
}

// FaultyMeter is m with the faults of f.
func FaultyMeter(m ports.Meter, f *Faults) ports.Meter { return faultyMeter{m, f} }

type faultyMeter struct {
	m ports.Meter
	f *Faults
}

func (m faultyMeter) Add(ctx context.Context, userID string, spent ...chat.Spend) error {
	return m.f.Call(func() error { return m.m.Add(ctx, userID, spent...) })
}

func (m faultyMeter) List(ctx context.Context, userID string) ([]chat.Spend, error) {
	return call(m.f, func() ([]chat.Spend, error) { return m.m.List(ctx, userID) })
}
