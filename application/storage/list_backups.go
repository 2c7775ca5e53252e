package storage

import (
	"context"

	"github.com/adiuva/cloud/domain/backup"
	"github.com/adiuva/cloud/ports"
)

// ListBackups lists a user's backups. It works in every tier.
type ListBackups struct{ Backups ports.Backups }

// ListBackupsInput is one page of a listing.
type ListBackupsInput struct {
	UserID string
	Page   int // from 1; 0 for the first
	Limit  int // 1 to record.MaxLimit; 0 for record.DefaultLimit
}

// ListBackupsOutput is the page, the newest first. It is empty past the end.
type ListBackupsOutput struct{ Backups []backup.Meta }

// Execute lists the page. ValidationFailed for a page or limit out of bounds.
func (u *ListBackups) Execute(ctx context.Context, in ListBackupsInput) (ListBackupsOutput, error) {
	q, err := backup.NewQuery(in.Page, in.Limit)
	if err != nil {
		return ListBackupsOutput{}, err
	}
	rows, err := u.Backups.List(ctx, in.UserID, q)
	return ListBackupsOutput{rows}, err
}
