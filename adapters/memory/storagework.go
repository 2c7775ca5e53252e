package memory

import (
	"context"

	"github.com/adiuva/cloud/ports"
)

var _ ports.StorageWork = (*StorageWork)(nil)

// StorageWork runs units of work over storage, one at a time.
type StorageWork struct{ s *Store }

// NewStorageWork runs units over s.
func NewStorageWork(s *Store) *StorageWork { return &StorageWork{s} }

// Do implements ports.StorageWork.
func (w *StorageWork) Do(ctx context.Context, fn func(ctx context.Context, tx ports.StorageTx) error) error {
	return w.s.do(ctx, func(ctx context.Context, v view) error {
		return fn(ctx, ports.StorageTx{
			Records: &Records{v}, Changes: &Changes{v}, Usage: &Usage{v}, Garbage: &Garbage{v}, Backups: &Backups{v},
			VectorItems: &VectorItems{v}, VectorGarbage: &VectorGarbage{v},
		})
	})
}
