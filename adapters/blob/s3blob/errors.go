package s3blob

import (
	"context"
	"errors"
	"net/http"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"

	"github.com/adiuva/cloud/domain/fault"
)

// retryAfter is when a client may try again what the store could not do.
const retryAfter = 5 * time.Second

// codes are the words of the protocol that say more than the status beside them.
// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html, and those of other servers.
var codes = map[string]fault.Code{
	"NoSuchKey":    fault.NotFound,
	"NotFound":     fault.NotFound, // an answer to HEAD has no body to name the key in
	"NoSuchUpload": fault.NotFound,

	"InsufficientStorage":            fault.StorageFull,
	"XMinioStorageFull":              fault.StorageFull,
	"QuotaExceeded":                  fault.StorageFull,
	"XMinioAdminBucketQuotaExceeded": fault.StorageFull,

	"BadDigest":                   fault.Unavailable, // bytes were changed on the way
	"XAmzContentSHA256Mismatch":   fault.Unavailable,
	"XAmzContentChecksumMismatch": fault.Unavailable,
	"IncompleteBody":              fault.Unavailable,
	"RequestTimeout":              fault.Unavailable,
	"OperationAborted":            fault.Unavailable,

	"NoSuchBucket": fault.Internal,
}

// statuses are what an answer means whose word is none of the above.
var statuses = map[int]fault.Code{
	http.StatusNotFound:            fault.NotFound,
	http.StatusRequestTimeout:      fault.Unavailable,
	http.StatusTooManyRequests:     fault.Unavailable,
	http.StatusInternalServerError: fault.Unavailable,
	http.StatusBadGateway:          fault.Unavailable,
	http.StatusServiceUnavailable:  fault.Unavailable,
	http.StatusGatewayTimeout:      fault.Unavailable,
	http.StatusInsufficientStorage: fault.StorageFull,
}

// translate gives an error of the SDK its code: the end of ctx as it is, a word or status of the store by the tables, any
// other answer is Internal (we asked for something that it does not allow), and no answer is Unavailable. Faults pass.
func translate(ctx context.Context, err error) error {
	var f *fault.Error
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.As(err, &f):
		return err
	}
	code := codeOf(err)
	failure := fault.Wrap(err, code, messages[code])
	if code == fault.Unavailable {
		failure = failure.RetryAfter(retryAfter)
	}
	return failure
}

var messages = map[fault.Code]string{
	fault.NotFound:    "There is no such object.",
	fault.StorageFull: "The server has no room left for this. Try again later.",
	fault.Unavailable: "The object store does not answer at the moment. Try again later.",
	fault.Internal:    "The object store did not accept the request.",
}

func codeOf(err error) fault.Code {
	if said, ok := errors.AsType[smithy.APIError](err); ok {
		if code, ok := codes[said.ErrorCode()]; ok {
			return code
		}
	}
	var answer *awshttp.ResponseError
	if !errors.As(err, &answer) || answer.Response == nil {
		return fault.Unavailable
	}
	if code, ok := statuses[answer.HTTPStatusCode()]; ok {
		return code
	}
	if answer.HTTPStatusCode() < http.StatusMultipleChoices { // an answer that broke off
		return fault.Unavailable
	}
	return fault.Internal
}

// notUsable is what an operator has to know when the bucket itself does not answer.
func notUsable(ctx context.Context, err error) error {
	var answer *awshttp.ResponseError
	if ctx.Err() == nil && errors.As(err, &answer) && answer.Response != nil {
		switch answer.HTTPStatusCode() {
		case http.StatusNotFound:
			return fault.Wrap(err, fault.NotConfigured, "The bucket does not exist. Create it, or set S3_BUCKET to one that does.")
		case http.StatusForbidden, http.StatusUnauthorized:
			return fault.Wrap(err, fault.NotConfigured, "The bucket may not be used with these credentials. Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and the bucket's policy.")
		case http.StatusMovedPermanently, http.StatusBadRequest:
			return fault.Wrap(err, fault.NotConfigured, "The bucket is in another region, or the credentials are not for it. Check S3_REGION and S3_ENDPOINT.")
		}
	}
	return translate(ctx, err)
}

// lacksUploads reports that the server does not know uploads in parts, and so keeps none.
func lacksUploads(err error) bool {
	var said smithy.APIError
	return errors.As(err, &said) && said.ErrorCode() == "NotImplemented"
}
