package qdrantvector

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/adiuva/cloud/domain/fault"
)

// retryAfter is when a client may try again what Qdrant could not do.
const retryAfter = 5 * time.Second

// codeOf is what gRPC calls a failure. The client wraps it, so that status.Code alone would not find it.
func codeOf(err error) codes.Code {
	if err == nil {
		return codes.OK
	}
	var s interface{ GRPCStatus() *status.Status }
	var limited *qdrant.QdrantResourceExhaustedError
	switch {
	case errors.As(err, &s):
		return s.GRPCStatus().Code()
	case errors.As(err, &limited):
		return codes.ResourceExhausted
	case errors.Is(err, context.DeadlineExceeded):
		return codes.DeadlineExceeded
	default:
		return codes.Unknown
	}
}

// saysThatItExists reports Qdrant's way of refusing a collection that somebody else has just made: versions differ in the
// code, and agree in the words.
func saysThatItExists(err error) bool {
	return codeOf(err) == codes.InvalidArgument && strings.Contains(err.Error(), "already exists")
}

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
	switch codeOf(err) {
	case codes.Unauthenticated, codes.PermissionDenied, codes.Unimplemented:
		return fault.Wrap(err, fault.NotConfigured, "The server's search index is not set up as it should be.")
	case codes.InvalidArgument, codes.OutOfRange, codes.FailedPrecondition:
		return fault.Wrap(err, fault.Internal, "Something went wrong on our side.")
	default:
		return fault.Wrap(err, fault.Unavailable, "The server's search index does not answer at the moment. Try again later.").RetryAfter(retryAfter)
	}
}
