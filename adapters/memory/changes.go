package memory

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

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
		change.Seq, change.Record = seq, nil
		feed := maps.Clone(rows.changes[userID])
		if feed == nil {
			feed = map[entryID]record.Change{}
		}
		feed[entryID{change.Table, change.RecordID}] = change
		rows.seqs[userID], rows.changes[userID] = seq, feed
		return nil
	})
	return seq, err
}

// Since implements ports.Changes.
func (c *Changes) Since(ctx context.Context, userID string, q record.FeedQuery) (feed record.Feed, err error) {
	err = c.v.with(ctx, func(rows *rows) error {
		feed = record.Feed{LastSeq: rows.seqs[userID], PrunedSeq: rows.pruned[userID]}
		for _, change := range rows.changes[userID] {
			if change.Seq <= q.After || q.Table != nil && change.Table != *q.Table {
				continue
			}
			if m, ok := rows.records[ownID{userID, change.RecordID}]; ok && !change.Deleted {
				change.Record = &m
			}
			feed.Changes = append(feed.Changes, change)
		}
		return nil
	})
	slices.SortFunc(feed.Changes, func(a, b record.Change) int { return cmp.Compare(a.Seq, b.Seq) })
	feed.Changes = slices.Clone(feed.Changes[:min(q.Limit, len(feed.Changes))])
	return feed, err
}

// Prune implements ports.Changes.
func (c *Changes) Prune(ctx context.Context, before time.Time, limit int) (pruned int, err error) {
	err = c.v.with(ctx, func(rows *rows) error {
		var old []tombstone
		for userID, feed := range rows.changes {
			for _, change := range feed {
				if change.Deleted && change.At.Before(before) {
					old = append(old, tombstone{userID, change})
				}
			}
		}
		slices.SortFunc(old, func(a, b tombstone) int { return a.At.Compare(b.At) })
		for _, t := range old[:min(limit, len(old))] {
			feed := maps.Clone(rows.changes[t.userID])
			delete(feed, entryID{t.Table, t.RecordID})
			rows.changes[t.userID] = feed
			rows.pruned[t.userID] = max(rows.pruned[t.userID], t.Seq)
			pruned++
		}
		return nil
	})
	return pruned, err
}

// entryID is what there is one entry about, for each user.
type entryID struct {
	table    record.Table
	recordID string
}

// tombstone is an entry about a record that is gone, and whose it is.
type tombstone struct {
	userID string
	record.Change
}

// DeleteAll implements ports.Changes.
func (c *Changes) DeleteAll(ctx context.Context, userID string) error {
	return c.v.with(ctx, func(rows *rows) error {
		delete(rows.changes, userID)
		delete(rows.seqs, userID)
		delete(rows.pruned, userID)
		return nil
	})
}
