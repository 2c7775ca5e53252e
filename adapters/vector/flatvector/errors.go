package flatvector

import (
	"errors"
	"syscall"
	"time"

	"github.com/adiuva/cloud/domain/fault"
)

// retryAfter is when a client may try again what the file system refused.
const retryAfter = 5 * time.Second

// refused gives an error of the file system its code. Faults pass as they are.
func refused(err error) error {
	var f *fault.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &f):
		return err
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fault.Wrap(err, fault.StorageFull, "The server has no room left for this. Try again later.")
	default:
		return fault.Wrap(err, fault.Unavailable, "The server's search index does not work at the moment. Try again later.").RetryAfter(retryAfter)
	}
}
