package storage

import (
	"context"

	"github.com/adiuva/cloud/domain/record"
	"github.com/adiuva/cloud/ports"
)

// ListRecords lists what a user keeps. It works in every tier.
type ListRecords struct{ Records ports.Records }

// ListRecordsInput is one page of a listing.
type ListRecordsInput struct {
	UserID string
	Table  string // only this one; empty for all
	Page   int    // from 1; 0 for the first
	Limit  int    // 1 to record.MaxLimit; 0 for record.DefaultLimit
}

// ListRecordsOutput is the page, by creation time, then id. It is empty past the end.
type ListRecordsOutput struct{ Records []record.Meta }

// Execute lists the page. ValidationFailed for a table that cannot exist, or a page or limit out of bounds.
func (u *ListRecords) Execute(ctx context.Context, in ListRecordsInput) (ListRecordsOutput, error) {
	only, err := wantedTable(in.Table)
	if err != nil {
		return ListRecordsOutput{}, err
	}
	q, err := record.NewQuery(only, in.Page, in.Limit)
	if err != nil {
		return ListRecordsOutput{}, err
	}
	rows, err := u.Records.List(ctx, in.UserID, q)
	return ListRecordsOutput{rows}, err
}
