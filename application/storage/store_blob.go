package storage

import (
	"context"

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
}

// StoreBlobOutput is the record as it was stored.
type StoreBlobOutput struct{ Record record.Meta }

// Execute stores the record. ValidationFailed, PayloadTooLarge or ChecksumMismatch for what the client got wrong;
// TierRequired where the tier keeps no records, QuotaExceeded where there is no room; IDExists if the id is taken.
func (u *StoreBlob) Execute(ctx context.Context, in StoreBlobInput) (StoreBlobOutput, error) {
	m, err := u.meta(in)
	if err != nil {
		return StoreBlobOutput{}, err
	}
	limit, err := u.Gate.Storage(ctx, in.UserID, quota.Records)
	if err != nil {
		return StoreBlobOutput{}, err
	}
	w := write{u.Work, u.Blobs, u.Clock, u.Lifetimes}
	err = w.object(ctx, &m, in.Blob, func(ctx context.Context, tx ports.StorageTx) error {
		if _, err := tx.Records.Find(ctx, m.UserID, m.ID); err == nil {
			return fault.New(fault.IDExists, "A record with this id exists already. Choose another id.")
		} else if !fault.Is(err, fault.NotFound) {
			return err
		}
		return fits(ctx, tx, m.UserID, m.SizeBytes, limit)
	})
	if err != nil {
		return StoreBlobOutput{}, err
	}
	err = w.commit(ctx, &m, func(ctx context.Context, tx ports.StorageTx) error {
		err := charge(ctx, tx, m.UserID, m.SizeBytes, limit)
		if err != nil {
			return err
		}
		m.Seq, err = tx.Changes.Append(ctx, m.UserID, record.Change{RecordID: m.ID, Table: m.Table, At: m.UpdatedAt})
		if err != nil {
			return err
		}
		return tx.Records.Insert(ctx, m)
	})
	if err != nil {
		return StoreBlobOutput{}, err
	}
	return StoreBlobOutput{m}, nil
}

// meta is the row of a record that passed every check that needs no database.
func (u *StoreBlob) meta(in StoreBlobInput) (record.Meta, error) {
	table, err := record.ParseTable("body.table", in.Table)
	if err != nil {
		return record.Meta{}, err
	}
	sum, err := receive(in.Blob, in.Checksum)
	if err != nil {
		return record.Meta{}, err
	}
	id := in.ID
	if id == "" {
		id = u.IDs.NewID()
	} else if id, err = record.ParseID("body.id", id); err != nil {
		return record.Meta{}, err
	}
	now := u.Clock.Now()
	return record.Meta{
		ID: id, UserID: in.UserID, Table: table, Key: record.Key(in.UserID, table, id, u.IDs.NewID()), Checksum: sum,
		SizeBytes: int64(len(in.Blob)), CreatedAt: now, UpdatedAt: now,
	}, nil
}
