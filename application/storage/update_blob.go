package storage

import (
	"context"

	"github.com/adiuva/cloud/application/entitlements"
	"github.com/adiuva/cloud/domain/quota"
	"github.com/adiuva/cloud/domain/record"
	"github.com/adiuva/cloud/ports"
)

// UpdateBlob gives a record new bytes.
type UpdateBlob struct {
	Gate      *entitlements.Gate
	Work      ports.StorageWork
	Blobs     ports.Blobs
	Clock     ports.Clock
	IDs       ports.IDs
	Lifetimes Lifetimes
}

// UpdateBlobInput is the new version of a record as the client sent it.
type UpdateBlobInput struct {
	UserID   string
	ID       string
	Blob     []byte // opaque; at most record.MaxBlobBytes
	Checksum string // the SHA-256 of Blob in hexadecimal digits
	IfMatch  string // an If-Match header: only if the record has this etag; empty for whatever version there is
}

// UpdateBlobOutput is the record as it is now.
type UpdateBlobOutput struct{ Record record.Meta }

// Execute replaces the bytes. NotFound if the user has no such record, PreconditionFailed (with etag) if another device
// was first; otherwise it refuses what StoreBlob refuses. The old bytes stay readable for who is reading them.
func (u *UpdateBlob) Execute(ctx context.Context, in UpdateBlobInput) (UpdateBlobOutput, error) {
	sum, err := receive("body", in.Blob, in.Checksum)
	if err != nil {
		return UpdateBlobOutput{}, err
	}
	id, err := knownID(in.ID)
	if err != nil {
		return UpdateBlobOutput{}, err
	}
	limit, err := u.Gate.Storage(ctx, in.UserID, quota.Records)
	if err != nil {
		return UpdateBlobOutput{}, err
	}
	m := record.Meta{ID: id, UserID: in.UserID, Checksum: sum, SizeBytes: int64(len(in.Blob)), UpdatedAt: u.Clock.Now()}
	part := u.IDs.NewID()
	w := write{u.Work, u.Blobs, u.Clock, u.Lifetimes}
	err = w.object(ctx, &m, in.Blob, func(ctx context.Context, tx ports.StorageTx) error {
		row, err := current(ctx, tx, m, in.IfMatch)
		if err != nil {
			return err
		}
		m.Key = record.Key(m.UserID, row.Table, m.ID, part)
		return fits(ctx, tx, m.UserID, m.SizeBytes-row.SizeBytes, limit)
	})
	if err != nil {
		return UpdateBlobOutput{}, err
	}
	err = w.commit(ctx, &m, func(ctx context.Context, tx ports.StorageTx) error {
		// All that was decided before the transfer is decided again: another device may have been here meanwhile.
		row, err := current(ctx, tx, m, in.IfMatch)
		if err != nil {
			return err
		}
		if err := charge(ctx, tx, m.UserID, m.SizeBytes-row.SizeBytes, limit); err != nil {
			return err
		}
		return u.Lifetimes.replace(ctx, tx, row, &m)
	})
	if err != nil {
		return UpdateBlobOutput{}, err
	}
	return UpdateBlobOutput{m}, nil
}

// current is the row as it is, if it is the version that the client means.
func current(ctx context.Context, tx ports.StorageTx, m record.Meta, ifMatch string) (record.Meta, error) {
	row, err := tx.Records.Find(ctx, m.UserID, m.ID)
	if err != nil {
		return record.Meta{}, err
	}
	return row, row.Match(ifMatch)
}
