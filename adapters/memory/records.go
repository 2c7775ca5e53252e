package memory

import (
	"cmp"
	"context"
	"slices"

	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/record"
	"github.com/adiuva/cloud/ports"
)

var _ ports.Records = (*Records)(nil)

// Records are the rows about encrypted blobs.
type Records struct{ v view }

// NewRecords gives access to the records in s.
func NewRecords(s *Store) *Records { return &Records{s} }

// Insert implements ports.Records.
func (r *Records) Insert(ctx context.Context, m record.Meta) error {
	return r.v.with(ctx, func(rows *rows) error {
		if _, ok := rows.users[m.UserID]; !ok {
			return noAccount()
		}
		if _, ok := rows.records[ownID{m.UserID, m.ID}]; ok {
			return fault.New(fault.IDExists, "A record with this id exists already. Choose another id.")
		}
		rows.records[ownID{m.UserID, m.ID}] = m
		return nil
	})
}

// Find implements ports.Records.
func (r *Records) Find(ctx context.Context, userID, id string) (m record.Meta, err error) {
	err = r.v.with(ctx, func(rows *rows) error {
		m, err = rows.record(userID, id)
		return err
	})
	return m, err
}

// List implements ports.Records.
func (r *Records) List(ctx context.Context, userID string, q record.Query) (list []record.Meta, err error) {
	err = r.v.with(ctx, func(rows *rows) error {
		var after *record.Meta
		if q.After != "" {
			m, err := rows.record(userID, q.After)
			if err != nil {
				return err
			}
			after = &m
		}
		for _, m := range rows.records {
			if m.UserID == userID && (q.Table == nil || m.Table == *q.Table) && (after == nil || byCreation(m, *after) > 0) {
				list = append(list, m)
			}
		}
		return nil
	})
	slices.SortFunc(list, byCreation)
	list = list[min(q.Skip, len(list)):]
	return slices.Clone(list[:min(q.Limit, len(list))]), err
}

func byCreation(a, b record.Meta) int {
	return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
}

// Replace implements ports.Records.
func (r *Records) Replace(ctx context.Context, m record.Meta) error {
	return r.v.with(ctx, func(rows *rows) error {
		row, err := rows.record(m.UserID, m.ID)
		if err != nil {
			return err
		}
		row.Key, row.Checksum, row.SizeBytes, row.Seq, row.UpdatedAt = m.Key, m.Checksum, m.SizeBytes, m.Seq, m.UpdatedAt
		rows.records[ownID{m.UserID, m.ID}] = row
		return nil
	})
}

// Delete implements ports.Records.
func (r *Records) Delete(ctx context.Context, userID, id string) error {
	return r.v.with(ctx, func(rows *rows) error {
		if _, err := rows.record(userID, id); err != nil {
			return err
		}
		delete(rows.records, ownID{userID, id})
		return nil
	})
}

// record is the user's row, or NotFound.
func (r *rows) record(userID, id string) (record.Meta, error) {
	m, ok := r.records[ownID{userID, id}]
	if !ok {
		return record.Meta{}, fault.New(fault.NotFound, "There is no record with this id.")
	}
	return m, nil
}
