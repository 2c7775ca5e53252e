package storage

import (
	"context"

	"github.com/adiuva/cloud/application/entitlements"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/quota"
	"github.com/adiuva/cloud/domain/record"
	"github.com/adiuva/cloud/ports"
)

// BatchRecords creates, replaces and deletes many records in one call, as a device does that was offline for a while.
type BatchRecords struct {
	Gate      *entitlements.Gate
	Work      ports.StorageWork
	Blobs     ports.Blobs
	Clock     ports.Clock
	IDs       ports.IDs
	Lifetimes Lifetimes
}

// Op is what is done with one record of a batch.
type Op string

// The operations.
const (
	Create Op = "create"
	Update Op = "update"
	Delete Op = "delete"
)

// Operation is one part of a batch as the client sent it. What an operation does not take has to be empty.
type Operation struct {
	Op       Op
	ID       string // a UUID; of a new record it may be empty
	Table    string // of a new record
	Blob     []byte // opaque, at most record.MaxBlobBytes; nil for none
	Checksum string // the SHA-256 of Blob in hexadecimal digits
	IfMatch  string // an If-Match header, not of a new record
}

// BatchRecordsInput is a batch as the client sent it.
type BatchRecordsInput struct {
	UserID     string
	Operations []Operation // 1 to record.MaxBatch, with different ids
	NewIDs     string      // as StoreBlobInput.NewID: the ids of new records are derived from it; empty for any
	Again      bool        // as StoreBlobInput.Again
}

// BatchResult is what became of one operation.
type BatchResult struct {
	Op     Op
	Record record.Meta // as it is now; of a deletion, and of a failure, it has an id only, and none if there is none yet
	Err    error       // what StoreBlob, UpdateBlob or DeleteRecord would have answered; nil for success
}

// BatchRecordsOutput has a result for each operation, in order.
type BatchRecordsOutput struct{ Results []BatchResult }

// Execute carries the operations out as if one after another, each alone: one that fails takes none with it. All that
// succeed become visible at one moment. ValidationFailed for a batch that has a mistake in its form, anywhere; any other
// failure means that nothing was done, unless it is Unavailable: then everything or nothing was.
//
// The order is that of a single write (see write.go), each step once for all: one unit names the future objects as
// garbage, then the objects are put, a few at a time, and one unit makes them current.
func (u *BatchRecords) Execute(ctx context.Context, in BatchRecordsInput) (BatchRecordsOutput, error) {
	b, err := u.batch(in)
	if err != nil {
		return BatchRecordsOutput{}, err
	}
	switch b.limit, err = u.Gate.Storage(ctx, in.UserID, quota.Records); {
	case fault.Is(err, fault.TierRequired): // deletions work in every tier
		b.refuse(err, func(p *part) bool { return p.op != Delete })
	case err != nil:
		return BatchRecordsOutput{}, err
	}
	if err := b.announce(ctx); err != nil {
		return BatchRecordsOutput{}, err
	}
	b.transfer(ctx)
	if err := b.commit(ctx); err != nil {
		return BatchRecordsOutput{}, err
	}
	return b.results(), nil
}

// batch checks the form of everything. A mistake in one operation's bytes is that operation's own failure.
func (u *BatchRecords) batch(in BatchRecordsInput) (*batch, error) {
	if len(in.Operations) < 1 || len(in.Operations) > record.MaxBatch {
		return nil, fault.Invalid("body.operations", "must have 1 to 100 items")
	}
	b := &batch{write: write{u.Work, u.Blobs, u.Clock, u.Lifetimes}, userID: in.UserID, now: u.Clock.Now(), again: in.Again}
	var mistakes []fault.Field
	taken := map[string]bool{}
	for i, op := range in.Operations {
		newID := ""
		if in.NewIDs != "" {
			newID = record.DeriveID(in.NewIDs, i)
		}
		p, err := b.part(operationAt(i), op, newID, u.IDs)
		if op.ID != "" && taken[p.meta.ID] {
			err = fault.Invalid(operationAt(i)+".id", "must not be the id of another operation")
		}
		if fault.Is(err, fault.ValidationFailed) {
			mistakes = append(mistakes, fault.From(err).Fields...)
			continue
		}
		p.err = err
		taken[p.meta.ID] = true
		b.parts = append(b.parts, p)
	}
	if len(mistakes) > 0 {
		invalid := fault.Invalid("", "")
		invalid.Fields = mistakes
		return nil, invalid
	}
	return b, nil
}
