package pineconevector

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/pinecone-io/go-pinecone/v5/pinecone"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/adiuva/cloud/domain/fault"
)

// retryAfter is when a client may try again what Pinecone could not do.
const retryAfter = 5 * time.Second

// missing reports that Pinecone's index has nothing under a name.
func missing(err error) bool { return err != nil && status.Code(err) == codes.NotFound }

// refused gives a failure its code and the words of the product. The cause of a context that the caller ended passes.
func refused(ctx context.Context, err error) error {
	var known *fault.Error
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.As(err, &known):
		return err
	}
	if answer, ok := errors.AsType[*pinecone.PineconeError](err); ok { // of the control plane
		switch answer.Code {
		case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound:
			return notSetUp(err)
		default:
			return unavailable(err)
		}
	}
	switch status.Code(err) {
	case codes.Unauthenticated, codes.PermissionDenied, codes.Unimplemented, codes.NotFound:
		return notSetUp(err)
	case codes.InvalidArgument, codes.OutOfRange, codes.FailedPrecondition:
		return fault.Wrap(err, fault.Internal, "Something went wrong on our side.")
	default:
		return unavailable(err)
	}
}

func notSetUp(err error) error {
	return fault.Wrap(err, fault.NotConfigured, "The server's search index is not set up as it should be.")
}

func unavailable(err error) error {
	return fault.Wrap(err, fault.Unavailable, "The server's search index does not answer at the moment. Try again later.").RetryAfter(retryAfter)
}
