package accounts

import (
	"context"
	"errors"

	"github.com/adiuva/cloud/ports"
)

// deletionsPerRun bounds one run; what is left waits for the next.
const deletionsPerRun = 100

// FinishDeletions goes on with deletions that a crash or a fault interrupted. A job runs it.
type FinishDeletions struct {
	Users   ports.Users
	Removal *Removal
}

// FinishDeletionsOutput is how far it went.
type FinishDeletionsOutput struct {
	Finished int // users who are gone now
}

// Execute removes those who asked for it the longest ago first. One user's fault does not keep the others: all faults
// are answered together.
func (u *FinishDeletions) Execute(ctx context.Context, _ struct{}) (FinishDeletionsOutput, error) {
	ids, err := u.Users.Leaving(ctx, deletionsPerRun)
	if err != nil {
		return FinishDeletionsOutput{}, err
	}
	var out FinishDeletionsOutput
	var errs []error
	for _, id := range ids {
		if err := u.Removal.finish(ctx, id); err != nil {
			errs = append(errs, err)
			continue
		}
		out.Finished++
	}
	return out, errors.Join(errs...)
}
