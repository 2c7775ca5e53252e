package s3blob

import (
	"bytes"
	"context"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/domain/fault"
)

// The bounds of parts: one is held in memory at a time. S3 takes at most 10,000, each but the last of at least 5 MiB.
const (
	smallestPart = 8 << 20
	mostParts    = 10_000
)

// putParts sends an object part by part, in order, and makes it visible when the last byte is verified. Whatever goes
// wrong before, the parts are removed, by one deferred call that outlives ctx.
func (b *Blobs) putParts(ctx context.Context, key string, source io.Reader, size int64, sum checksum.Sum) (err error) {
	created, err := b.client.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{
		Bucket: b.bucket, Key: &key, ContentType: aws.String("application/octet-stream"),
		ServerSideEncryption: types.ServerSideEncryptionAes256, Metadata: map[string]string{sumMetadata: sum.String()},
	})
	if err != nil {
		return translate(ctx, err)
	}
	complete := false
	defer func() {
		if !complete {
			cleanUp, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanUpTimeout)
			defer cancel()
			_ = b.abort(cleanUp, key, created.UploadId) // if it fails the parts go with Delete, which the intent sees to
		}
	}()
	parts, sent, err := b.sendParts(ctx, key, created.UploadId, source, max(smallestPart, size/mostParts+1))
	if err != nil {
		return givenUp(err)
	}
	_, err = b.client.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
		Bucket: b.bucket, Key: &key, UploadId: created.UploadId, MultipartUpload: &types.CompletedMultipartUpload{Parts: parts},
	})
	err = translate(ctx, err)
	if fault.Is(err, fault.NotFound) && b.holds(ctx, key, sent, sum) { // asked twice, because the first answer got lost
		err = nil
	}
	complete = err == nil
	return givenUp(err)
}

// holds reports that the object is there: its key is new for each write, so that it can be of this one only.
func (b *Blobs) holds(ctx context.Context, key string, size int64, sum checksum.Sum) bool {
	out, err := b.client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: b.bucket, Key: &key})
	return err == nil && out.Metadata[sumMetadata] == sum.String() && aws.ToInt64(out.ContentLength) == size
}

// givenUp says what it means to a writer that its upload is not there: somebody took it for one that never ends.
func givenUp(err error) error {
	if fault.Is(err, fault.NotFound) {
		return fault.Wrap(err, fault.Unavailable, "This write took too long and was given up. Try again.").RetryAfter(retryAfter)
	}
	return err
}

// sendParts sends all of source, and counts it. It gives the error of source as it is.
func (b *Blobs) sendParts(ctx context.Context, key string, upload *string, source io.Reader, size int64) (parts []types.CompletedPart, sent int64, err error) {
	buffer := make([]byte, size)
	for {
		n, last, err := fill(buffer, source)
		if ctx.Err() != nil {
			return nil, 0, context.Cause(ctx)
		}
		if err != nil {
			return nil, 0, err
		}
		if n > 0 {
			if len(parts) == mostParts {
				return nil, 0, fault.New(fault.PayloadTooLarge, "This is too large for an upload that does not say its size.")
			}
			number := aws.Int32(int32(len(parts) + 1)) //nolint:gosec // at most mostParts
			out, err := b.client.UploadPart(ctx, &s3.UploadPartInput{
				Bucket: b.bucket, Key: &key, UploadId: upload, PartNumber: number, Body: bytes.NewReader(buffer[:n]),
				ContentLength: aws.Int64(int64(n)), ContentMD5: wireSum(buffer[:n]),
			})
			if err != nil {
				return nil, 0, translate(ctx, err)
			}
			parts = append(parts, types.CompletedPart{ETag: out.ETag, PartNumber: number})
			sent += int64(n)
		}
		if last {
			return parts, sent, nil
		}
	}
}

// fill reads until buffer is full or source has ended. io.ReadFull would not do: it calls an end that comes early by the
// name that a source has for having been cut off, and a torn body would pass for a whole one. Nor would errors.Is: only
// the bare io.EOF is an end, a failure that was caused by one is not.
func fill(buffer []byte, source io.Reader) (n int, ended bool, err error) {
	for n < len(buffer) {
		var read int
		read, err = source.Read(buffer[n:])
		if n += read; err == io.EOF {
			return n, true, nil
		}
		if err != nil {
			return n, false, err
		}
	}
	return n, false, nil
}
