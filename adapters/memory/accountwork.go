package memory

import (
	"context"

	"github.com/adiuva/cloud/ports"
)

var _ ports.AccountWork = (*AccountWork)(nil)

// AccountWork runs units of work over the accounts in memory.
type AccountWork struct{ store *Store }

// NewAccountWork runs units over s.
func NewAccountWork(s *Store) *AccountWork { return &AccountWork{s} }

// Do implements ports.AccountWork. fn runs once, and must not use ports of the same store but those of tx: the store is
// locked meanwhile.
func (w *AccountWork) Do(ctx context.Context, fn func(context.Context, ports.AccountTx) error) error {
	return w.store.do(ctx, func(ctx context.Context, v view) error {
		return fn(ctx, ports.AccountTx{Users: &Users{v}, Sessions: &Sessions{v}, Tickets: &Tickets{v}, Attempts: &Attempts{v}})
	})
}
