package ports

import (
	"context"

	"github.com/adiuva/cloud/domain/backup"
)

// Backups are the rows about backups.
type Backups interface {
	// Insert stores a new row. IDExists if the user has a backup with this id. NotFound if the user does not exist.
	Insert(ctx context.Context, m backup.Meta) error
	// Find is the user's backup. NotFound if there is none or it is somebody else's.
	Find(ctx context.Context, userID, id string) (backup.Meta, error)
	// Newest is the user's newest backup, by creation time, then id. NotFound if there is none.
	Newest(ctx context.Context, userID string) (backup.Meta, error)
	// List are the user's backups, the newest first, without their Sums. An After that names no backup of the user is
	// NotFound.
	List(ctx context.Context, userID string, q backup.Query) ([]backup.Meta, error)
	// Delete removes the user's backup. NotFound if there is none.
	Delete(ctx context.Context, userID, id string) error
}
