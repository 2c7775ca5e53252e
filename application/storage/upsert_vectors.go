package storage

import (
	"context"
	"fmt"

	"github.com/adiuva/cloud/application/entitlements"
	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/quota"
	"github.com/adiuva/cloud/domain/vector"
	"github.com/adiuva/cloud/ports"
)

// UpsertVectors keeps items that can be found by likeness.
//
// The rows are the truth and the index only finds. The order is that of records (see write.go): the points of this write,
// which are new, are named as garbage, put into the index, and then taken back in the unit that makes the rows name them.
// Whatever fails, searches see all of a call or nothing of it, and no point stays for good that no row names.
type UpsertVectors struct {
	Gate      *entitlements.Gate
	Work      ports.StorageWork
	Index     ports.VectorIndex
	Clock     ports.Clock
	IDs       ports.IDs
	Lifetimes Lifetimes
}

// UpsertVectorsInput are items as the client sent them: 1 to vector.MaxItems, whose ids differ.
type UpsertVectorsInput struct {
	UserID string
	Items  []VectorInput
}

// VectorInput is one item as the client sent it.
type VectorInput struct {
	ID        string    // see vector.CheckID
	Blob      []byte    // opaque; at most vector.MaxBlobBytes
	Checksum  string    // the SHA-256 of Blob in hexadecimal digits
	Embedding []float64 // see vector.NewEmbedding; nil for the fingerprint of Blob
	Space     string    // see vector.ParseSpace; only with an Embedding
}

// UpsertVectorsOutput counts items.
type UpsertVectorsOutput struct{ Upserted int }

// Execute stores all items or none, each in place of the user's item with the same id. ValidationFailed, PayloadTooLarge or
// ChecksumMismatch for what the client got wrong; TierRequired where the tier keeps no records, QuotaExceeded where there is
// no room, for items count to the records; NotConfigured if the index cannot take embeddings of this dimension.
func (u *UpsertVectors) Execute(ctx context.Context, in UpsertVectorsInput) (UpsertVectorsOutput, error) {
	w := vectorWrite{use: u, userID: in.UserID}
	if err := w.read(in.Items); err != nil {
		return UpsertVectorsOutput{}, err
	}
	limit, err := u.Gate.Storage(ctx, in.UserID, quota.Records)
	if err != nil {
		return UpsertVectorsOutput{}, err
	}
	if err := w.intend(ctx, limit); err != nil {
		return UpsertVectorsOutput{}, err
	}
	for place, points := range w.points {
		// If this fails the intent stays until it is due: an answer may have been lost and the points still arrive.
		if err := u.Index.Upsert(ctx, place, points); err != nil {
			return UpsertVectorsOutput{}, err
		}
	}
	if err := w.commit(ctx, limit); err != nil && !w.settle(ctx) {
		return UpsertVectorsOutput{}, err
	}
	return UpsertVectorsOutput{Upserted: len(w.items)}, nil
}

// read checks all that needs no database, and makes the items and their points.
func (w *vectorWrite) read(sent []VectorInput) error {
	if len(sent) == 0 || len(sent) > vector.MaxItems {
		return fault.Invalid("body.vectors", fmt.Sprintf("must have 1 to %d items", vector.MaxItems))
	}
	w.points, w.first = map[vector.Place][]vector.Point{}, map[vector.Space]int{}
	seen := map[string]bool{}
	for i, v := range sent {
		at := fmt.Sprintf("body.vectors[%d]", i)
		if err := vector.CheckID(at+".id", v.ID); err != nil {
			return err
		}
		if seen[v.ID] {
			return fault.Invalid(at+".id", "occurs twice")
		}
		seen[v.ID] = true
		item, embedding, err := w.item(at, v)
		if err != nil {
			return err
		}
		first, known := w.first[item.Place.Space]
		if known && w.items[first].Place != item.Place {
			return vector.OtherDimension(at + ".embedding")
		}
		if !known {
			w.first[item.Place.Space] = i
		}
		if len(w.first) > vector.MaxSpaces {
			return fault.Invalid(at+".space", fmt.Sprintf("must be one of at most %d spaces in one call", vector.MaxSpaces))
		}
		w.items = append(w.items, item)
		w.points[item.Place] = append(w.points[item.Place], vector.Point{ID: item.Point, Embedding: embedding})
	}
	return nil
}

func (w *vectorWrite) item(at string, v VectorInput) (vector.Item, vector.Embedding, error) {
	if len(v.Blob) > vector.MaxBlobBytes {
		return vector.Item{}, nil, fault.New(fault.PayloadTooLarge, "The blob of a vector can have at most 64 KiB.").
			With("limit_bytes", int64(vector.MaxBlobBytes))
	}
	sum, err := checksum.Parse(v.Checksum)
	if err != nil {
		return vector.Item{}, nil, fault.Invalid(at+".checksum", "must be the SHA-256 of the raw bytes as 64 hexadecimal digits")
	}
	if !checksum.Of(v.Blob).Equal(sum) {
		return vector.Item{}, nil, checksum.Mismatch()
	}
	space, embedding, err := placed(at, v.Blob, v.Embedding, v.Space)
	if err != nil {
		return vector.Item{}, nil, err
	}
	place := vector.Place{UserID: w.userID, Space: space, Dimension: len(embedding)}
	now := w.use.Clock.Now()
	return vector.Item{
		ID: v.ID, Place: place, Point: w.use.IDs.NewID(), Blob: v.Blob, Checksum: sum, SizeBytes: vector.Size(len(v.Blob), place),
		CreatedAt: now, UpdatedAt: now,
	}, embedding, nil
}

// placed is where an item belongs: by the embedding that was sent, else by the fingerprint of its blob. at is where both
// were sent.
func placed(at string, blob []byte, numbers []float64, space string) (vector.Space, vector.Embedding, error) {
	if numbers == nil {
		if space != "" {
			return vector.Space{}, nil, fault.Invalid(at+".space", "goes with an embedding alone")
		}
		return vector.Fingerprints, vector.Fingerprint(blob), nil
	}
	s, err := vector.ParseSpace(at+".space", space)
	if err != nil {
		return vector.Space{}, nil, err
	}
	e, err := vector.NewEmbedding(at+".embedding", numbers)
	return s, e, err
}
