package s3blob

import (
	"bytes"
	"context"
	"errors"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/adiuva/cloud/domain/checksum"
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
	parts, err := b.sendParts(ctx, key, created.UploadId, source, max(smallestPart, size/mostParts+1))
	if err != nil {
		return err
	}
	_, err = b.client.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
		Bucket: b.bucket, Key: &key, UploadId: created.UploadId, MultipartUpload: &types.CompletedMultipartUpload{Parts: parts},
	})
	complete = err == nil
	return translate(ctx, err)
}

// sendParts sends all of source. It gives the error of source as it is.
func (b *Blobs) sendParts(ctx context.Context, key string, upload *string, source io.Reader, size int64) ([]types.CompletedPart, error) {
	var parts []types.CompletedPart
	buffer := make([]byte, size)
	for {
		n, err := io.ReadFull(source, buffer)
		last := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err != nil && !last {
			return nil, err
		}
		if n > 0 {
			number := aws.Int32(int32(len(parts) + 1)) //nolint:gosec // at most mostParts
			out, err := b.client.UploadPart(ctx, &s3.UploadPartInput{
				Bucket: b.bucket, Key: &key, UploadId: upload, PartNumber: number, Body: bytes.NewReader(buffer[:n]),
				ContentLength: aws.Int64(int64(n)), ContentMD5: wireSum(buffer[:n]),
			})
			if err != nil {
				return nil, translate(ctx, err)
			}
			parts = append(parts, types.CompletedPart{ETag: out.ETag, PartNumber: number})
		}
		if last {
			return parts, nil
		}
	}
}
