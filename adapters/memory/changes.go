package memory

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/adiuva/cloud/domain/record"
	"github.com/adiuva/cloud/ports"
)

var _ ports.Changes = (*Changes)(nil)

// Changes are the feeds that devices sync from.
type Changes struct{ v view }

// NewChanges gives access to the feeds in s.
func NewChanges(s *Store) *Changes { return &Changes{s} }

// Append implements ports.Changes.
func (c *Changes) Append(ctx context.Context, userID string, change record.Change) (seq int64, err error) {
	err = c.v.with(ctx, func(rows *rows) error {
		if _, ok := rows.users[userID]; !ok {
			return noAccount()
		}
		seq = rows.seqs[userID] + 1
		change.Seq = seq
		feed := maps.Clone(rows.changes[userID])
		if feed == nil {
			feed = map[string]record.Change{}
		}
		feed[change.RecordID] = change
		rows.seqs[userID], rows.changes[userID] = seq, feed
		return nil
	})
	return seq, err
}

// Since implements ports.Changes.
func (c *Changes) Since(ctx context.Context, userID string, seq int64, limit int) (list []record.Change, err error) {
	err = c.v.with(ctx, func(rows *rows) error {
		for _, change := range rows.changes[userID] {
			if change.Seq > seq {
				list = append(list, change)
			}
		}
		return nil
	})
	slices.SortFunc(list, func(a, b record.Change) int { return cmp.Compare(a.Seq, b.Seq) })
	return slices.Clone(list[:min(limit, len(list))]), err
}

// DeleteAll implements ports.Changes.
func (c *Changes) DeleteAll(ctx context.Context, userID string) error {
	return c.v.with(ctx, func(rows *rows) error {
		delete(rows.changes, userID)
		delete(rows.seqs, userID)
		return nil
	})
}
