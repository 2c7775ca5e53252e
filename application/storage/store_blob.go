package storage

import (
	"cmp"
	"context"
	"time"

	"github.com/adiuva/cloud/application/entitlements"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/quota"
	"github.com/adiuva/cloud/domain/record"
	"github.com/adiuva/cloud/ports"
)

// StoreBlob keeps a new encrypted record.
type StoreBlob struct {
	Gate      *entitlements.Gate
	Work      ports.StorageWork
	Blobs     ports.Blobs
	Clock     ports.Clock
	IDs       ports.IDs
	Lifetimes Lifetimes
}

// StoreBlobInput is a record as the client sent it.
type StoreBlobInput struct {
	UserID   string
	Table    string
	ID       string // a UUID that the client chose; empty for a new one
	Blob     []byte // opaque; at most record.MaxBlobBytes
	Checksum string // the SHA-256 of Blob in hexadecimal digits
	NewID    string // a UUID that is known to nobody else, for a record whose id the client did not choose; empty for any
	// Again says that an earlier attempt at this request may have stored the record: one with NewID is that, and so is one
	// with the client's id in the same table and of the same bytes.
	Again bool
}

// stored reports whether row, which has the id of m, is m as an earlier attempt stored it.
func (in StoreBlobInput) stored(m, row record.Meta) bool {
	return in.Again && (in.ID == "" || row.Table == m.Table && row.Checksum.Equal(m.Checksum))
}

// StoreBlobOutput is the record as it was stored.
type StoreBlobOutput struct{ Record record.Meta }

// Execute stores the record. ValidationFailed, PayloadTooLarge or ChecksumMismatch for what the client got wrong;
// TierRequired where the tier keeps no records, QuotaExceeded where there is no room; IDExists if the id is taken.
func (u *StoreBlob) Execute(ctx context.Context, in StoreBlobInput) (StoreBlobOutput, error) {
	m, err := newMeta("body", in, u.Clock.Now(), u.IDs)
	if err != nil {
		return StoreBlobOutput{}, err
	}
	limit, err := u.Gate.Storage(ctx, in.UserID, quota.Records)
	if err != nil {
		return StoreBlobOutput{}, err
	}
	w := write{u.Work, u.Blobs, u.Clock, u.Lifetimes}
	var before record.Meta
	err = w.object(ctx, &m, in.Blob, func(ctx context.Context, tx ports.StorageTx) (err error) {
		if before, err = free(ctx, tx, m); err != nil {
			return err
		}
		return fits(ctx, tx, m.UserID, m.SizeBytes, limit)
	})
	if fault.Is(err, fault.IDExists) && in.stored(m, before) {
		return StoreBlobOutput{before}, nil
	}
	if err != nil {
		return StoreBlobOutput{}, err
	}
	err = w.commit(ctx, &m, func(ctx context.Context, tx ports.StorageTx) error {
		if err := charge(ctx, tx, m.UserID, m.SizeBytes, limit); err != nil {
			return err
		}
		return insert(ctx, tx, &m)
	})
	if err != nil {
		return StoreBlobOutput{}, err
	}
	return StoreBlobOutput{m}, nil
}

// free is IDExists, with the record that has the id of m, unless the user has none.
func free(ctx context.Context, tx ports.StorageTx, m record.Meta) (record.Meta, error) {
	row, err := tx.Records.Find(ctx, m.UserID, m.ID)
	if fault.Is(err, fault.NotFound) {
		return record.Meta{}, nil
	}
	if err != nil {
		return record.Meta{}, err
	}
	return row, fault.New(fault.IDExists, "A record with this id exists already. Choose another id.")
}

// newMeta is the row of a new record that passed every check that needs no database. at is where the client sent it.
func newMeta(at string, in StoreBlobInput, now time.Time, ids ports.IDs) (record.Meta, error) {
	table, err := record.ParseTable(at+".table", in.Table)
	if err != nil {
		return record.Meta{}, err
	}
	sum, err := receive(at, in.Blob, in.Checksum)
	if err != nil {
		return record.Meta{}, err
	}
	id := in.ID
	if id == "" {
		id = cmp.Or(in.NewID, ids.NewID())
	} else if id, err = record.ParseID(at+".id", id); err != nil {
		return record.Meta{}, err
	}
	return record.Meta{
		ID: id, UserID: in.UserID, Table: table, Key: record.Key(in.UserID, table, id, ids.NewID()), Checksum: sum,
		SizeBytes: int64(len(in.Blob)), CreatedAt: now, UpdatedAt: now,
	}, nil
}
