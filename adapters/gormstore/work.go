package gormstore

import (
	"context"
	"database/sql"
	"math/rand/v2"
	"time"

	"gorm.io/gorm"

	"github.com/adiuva/cloud/ports"
)

var (
	_ ports.AccountWork = (*AccountWork)(nil)
	_ ports.StorageWork = (*StorageWork)(nil)
)

// AccountWork runs units of work over accounts: SERIALIZABLE on PostgreSQL, the write lock from the start on SQLite.
type AccountWork struct{ store *Store }

// NewAccountWork runs units over s.
func NewAccountWork(s *Store) *AccountWork { return &AccountWork{s} }

// Do implements ports.AccountWork.
func (w *AccountWork) Do(ctx context.Context, fn func(context.Context, ports.AccountTx) error) error {
	return w.store.unit(ctx, func(ctx context.Context, u *unit) error {
		a := access{w.store, u}
		return fn(ctx, ports.AccountTx{Users: &Users{a}, Sessions: &Sessions{a}, Tickets: &Tickets{a}, Attempts: &Attempts{a}})
	})
}

// StorageWork runs units of work over storage, as AccountWork does over accounts.
type StorageWork struct{ store *Store }

// NewStorageWork runs units over s.
func NewStorageWork(s *Store) *StorageWork { return &StorageWork{s} }

// Do implements ports.StorageWork.
func (w *StorageWork) Do(ctx context.Context, fn func(context.Context, ports.StorageTx) error) error {
	return w.store.unit(ctx, func(ctx context.Context, u *unit) error {
		a := access{w.store, u}
		return fn(ctx, ports.StorageTx{
			Records: &Records{a}, Changes: &Changes{a}, Usage: &Usage{a}, Garbage: &Garbage{a}, Backups: &Backups{a},
			VectorItems: &VectorItems{a}, VectorGarbage: &VectorGarbage{a},
		})
	})
}

// access is how a port reaches its rows: on the pools of the store, or inside one unit of work.
type access struct {
	store *Store
	inner *unit // nil outside of a unit
}

// read runs queries.
func (a access) read(ctx context.Context, fn func(*gorm.DB) error) error {
	return a.run(ctx, a.store.reader, fn)
}

// write runs one statement that changes rows, or several that need not be seen together.
func (a access) write(ctx context.Context, fn func(*gorm.DB) error) error {
	return a.run(ctx, a.store.writer, fn)
}

func (a access) run(ctx context.Context, pool *gorm.DB, fn func(*gorm.DB) error) error {
	if a.inner != nil {
		return a.inner.run(ctx, fn)
	}
	ctx, cancel := within(ctx, a.store.options.CallTimeout)
	defer cancel()
	return translate(ctx, a.store.retry(ctx, func() error { return fn(pool.WithContext(ctx)) }))
}

// together runs statements that take effect together: in the unit there is, else in one of their own.
func (a access) together(ctx context.Context, fn func(*gorm.DB) error) error {
	if a.inner != nil {
		return a.inner.run(ctx, fn)
	}
	return a.store.unit(ctx, func(ctx context.Context, u *unit) error { return u.run(ctx, fn) })
}

// unit is one attempt at a unit of work.
type unit struct {
	tx        *gorm.DB
	contended error // the first answer of the database that means: all of it again
}

func (u *unit) run(ctx context.Context, fn func(*gorm.DB) error) error {
	err := fn(u.tx.WithContext(ctx))
	if u.contended == nil && contended(err) {
		u.contended = err
	}
	return translate(ctx, err)
}

// unit runs fn in one transaction, again and again while others are in its way and UnitTimeout lasts.
func (s *Store) unit(ctx context.Context, fn func(context.Context, *unit) error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	ctx, cancel := within(ctx, s.options.UnitTimeout)
	defer cancel()
	return s.retry(ctx, func() error { return s.attempt(ctx, fn) })
}

func (s *Store) attempt(ctx context.Context, fn func(context.Context, *unit) error) (err error) {
	begun := s.writer.WithContext(ctx).Begin(s.isolation()...)
	if begun.Error != nil {
		return translate(ctx, begun.Error)
	}
	committed := false
	defer func() { // passed by a panic of fn too, which goes on from here
		if !committed {
			begun.Rollback()
		}
	}()
	u := &unit{tx: begun}
	err = fn(ctx, u)
	if u.contended != nil {
		return translate(ctx, u.contended) // whatever fn made of it: what it has seen since is not to be trusted
	}
	if err != nil {
		return err
	}
	if ctx.Err() != nil {
		return translate(ctx, ctx.Err())
	}
	committed = true // a commit that fails has rolled back
	return translate(ctx, begun.Commit().Error)
}

// isolation: on SQLite the DSN makes every transaction take the write lock, which is as serial as it gets.
func (s *Store) isolation() []*sql.TxOptions {
	if s.dialect == "sqlite" {
		return nil
	}
	return []*sql.TxOptions{{Isolation: sql.LevelSerializable}}
}

// The pause before another attempt: it doubles, and is drawn at random below that.
const (
	firstPause = 2 * time.Millisecond
	worstPause = 100 * time.Millisecond
)

// retry repeats attempt while the database is contended and ctx lasts, and answers what the last one did. Attempts after
// the first queue up one by one: of many on the same row only one can win a round, and more at once only lose more (64
// units on one row took 160 ms so, and 600 ms without the queue). Between replicas the pauses part them.
func (s *Store) retry(ctx context.Context, attempt func() error) error {
	err := attempt()
	if !contended(err) {
		return err
	}
	select {
	case s.again <- struct{}{}:
		defer func() { <-s.again }()
	case <-ctx.Done():
		return err
	}
	for pause := time.Duration(0); contended(err); pause = min(max(2*pause, firstPause), worstPause) {
		select {
		case <-time.After(rand.N(pause + 1)): //nolint:gosec // it parts rivals and hides nothing
		case <-ctx.Done():
			return err
		}
		err = attempt()
	}
	return err
}
