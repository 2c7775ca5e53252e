package porttest

import (
	"context"

	"github.com/adiuva/cloud/domain/backup"
	"github.com/adiuva/cloud/ports"
)

// FaultyBackups is b with the faults of f.
func FaultyBackups(b ports.Backups, f *Faults) ports.Backups { return faultyBackups{b, f} }

type faultyBackups struct {
	b ports.Backups
	f *Faults
}

func (b faultyBackups) Insert(ctx context.Context, m backup.Meta) error {
	return b.f.Call(func() error { return b.b.Insert(ctx, m) })
}

func (b faultyBackups) Find(ctx context.Context, userID, id string) (backup.Meta, error) {
	return call(b.f, func() (backup.Meta, error) { return b.b.Find(ctx, userID, id) })
}

func (b faultyBackups) Newest(ctx context.Context, userID string) (backup.Meta, error) {
	return call(b.f, func() (backup.Meta, error) { return b.b.Newest(ctx, userID) })
}

func (b faultyBackups) List(ctx context.Context, userID string, q backup.Query) ([]backup.Meta, error) {
	return call(b.f, func() ([]backup.Meta, error) { return b.b.List(ctx, userID, q) })
}

func (b faultyBackups) Delete(ctx context.Context, userID, id string) error {
	return b.f.Call(func() error { return b.b.Delete(ctx, userID, id) })
}
