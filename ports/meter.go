package ports

import (
	"context"

	"github.com/adiuva/cloud/domain/chat"
)

// Meter counts what users spend on language models.
type Meter interface {
	// Add adds each of spent to what the user has spent on its day with its model, all of them or none. Two at once both
	// count, and so do two of one call. The model is counted as chat.ModelName has it, and no number is negative. Nothing
	// is counted for a user that does not exist; that is no error, since it may have been deleted meanwhile.
	Add(ctx context.Context, userID string, spent ...chat.Spend) error
	// List is all that the user has spent, in the order of chat.Spend.Compare; nothing for a user that does not exist.
	List(ctx context.Context, userID string) ([]chat.Spend, error)
}
