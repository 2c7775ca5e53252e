package storage

import (
	"cmp"
	"context"

	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/record"
	"github.com/adiuva/cloud/ports"
)

// ListChanges tells a device what has happened since it last asked. It works in every tier.
type ListChanges struct{ Changes ports.Changes }

// ListChangesInput says from where to read.
type ListChangesInput struct {
	UserID string
	Cursor string // the NextCursor of an earlier answer; empty for the start: everything that there is
	Table  string // only this one; empty for all
	Limit  int    // 1 to record.MaxLimit; 0 for record.DefaultLimit
}

// ListChangesOutput is a part of the feed, in the order in which things happened, each record at most once: with what
// became of it last. An id that was used again in another table is another record.
type ListChangesOutput struct {
	Changes    []record.Change
	NextCursor string // from where to read on, also when there is no more yet
	HasMore    bool
}

// Execute reads the feed. ValidationFailed for what cannot be a cursor, a table or a limit; CursorExpired for a cursor
// that has missed deletions which are forgotten by now: the device syncs from the start then.
func (u *ListChanges) Execute(ctx context.Context, in ListChangesInput) (ListChangesOutput, error) {
	cursor, err := record.ParseCursor("query.cursor", in.Cursor)
	if err != nil {
		return ListChangesOutput{}, err
	}
	only, err := wantedTable(in.Table)
	if err != nil {
		return ListChangesOutput{}, err
	}
	limit := cmp.Or(in.Limit, record.DefaultLimit)
	if limit < 1 || limit > record.MaxLimit {
		return ListChangesOutput{}, fault.Invalid("query.limit", "must be 1 to 200")
	}
	feed, err := u.Changes.Since(ctx, in.UserID, record.FeedQuery{After: cursor.Seq(), Table: only, Limit: limit + 1})
	if err != nil {
		return ListChangesOutput{}, err
	}
	page, next, more, err := cursor.Next(feed, limit)
	if err != nil {
		return ListChangesOutput{}, err
	}
	return ListChangesOutput{Changes: page, NextCursor: next.String(), HasMore: more}, nil
}

// wantedTable is the table of a query; nil for all.
func wantedTable(name string) (*record.Table, error) {
	if name == "" {
		return nil, nil //nolint:nilnil // no table is a table to select by, and no failure
	}
	table, err := record.ParseTable("query.table", name)
	return &table, err
}
