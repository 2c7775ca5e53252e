// Package s3blob keeps objects in a bucket of Amazon S3 or of a server that speaks its protocol.
//
// Objects are written with SSE-S3 (AES256) and carry their SHA-256 as metadata, which every read is verified against.
// What fits into memory goes in one request, larger things in parts; both become visible whole or not at all. A write
// that was cut off can leave parts that nobody sees but somebody pays for: Delete removes them with the object.
//
// It imports domain, ports and aws-sdk-go-v2, whose only home it is. Start at Open; errors.go gives answers their codes,
// client.go bounds how long anything may take.
package s3blob

import (
	"bytes"
	"context"
	"crypto/md5" //nolint:gosec // see wireSum
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/record"
	"github.com/adiuva/cloud/ports"
)

var (
	_ ports.Blobs = (*Blobs)(nil)
	_ ports.Probe = (*Blobs)(nil)
)

// sumMetadata is the name under which an object carries its SHA-256: x-amz-meta-sha256 on the wire.
const sumMetadata = "sha256"

// inMemory is the largest object that is held whole and sent in one request, so that it can be sent again.
const inMemory = 16 << 20

// Config says where the bucket is.
type Config struct {
	Bucket    string
	Region    string
	Endpoint  string // of a server that is not Amazon's; its buckets are addressed by path. Empty for Amazon's
	AccessKey string // empty for what the environment gives: a role of the machine, a profile, AWS_* variables
	SecretKey string
	Timeouts  Timeouts
}

// Blobs are the objects of one bucket.
type Blobs struct {
	client *s3.Client
	bucket *string
}

// Open connects to the bucket. It fails with NotConfigured, saying what to do, when there is no such bucket or it may not
// be used, and with Unavailable when the store does not answer.
func Open(ctx context.Context, c Config) (*Blobs, error) {
	client, err := newClient(ctx, c)
	if err != nil {
		return nil, err
	}
	b := &Blobs{client, aws.String(c.Bucket)}
	if _, err := client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: b.bucket}); err != nil {
		return nil, notUsable(ctx, err)
	}
	return b, nil
}

// Put implements ports.Blobs.
func (b *Blobs) Put(ctx context.Context, key string, body io.Reader, size int64, sum checksum.Sum) error {
	if err := record.CheckKey(key); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	source := checksum.Exactly(body, size, sum)
	if size > inMemory {
		return b.putParts(ctx, key, source, size, sum)
	}
	held := int64(inMemory)
	if size == checksum.Unknown {
		held = smallestPart
	}
	content, err := io.ReadAll(io.LimitReader(source, held+1)) // one more, so that an end at the bound is seen
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return err
	}
	if int64(len(content)) > held { // there is more
		return b.putParts(ctx, key, io.MultiReader(bytes.NewReader(content), source), size, sum)
	}
	_, err = b.client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: b.bucket, Key: &key, Body: bytes.NewReader(content), ContentLength: aws.Int64(int64(len(content))), ContentMD5: wireSum(content),
		ContentType: aws.String("application/octet-stream"), ServerSideEncryption: types.ServerSideEncryptionAes256,
		Metadata: map[string]string{sumMetadata: sum.String()},
	})
	return translate(ctx, err)
}

// wireSum lets the store refuse what was changed on the way, whatever server it is: all know Content-MD5. It proves
// nothing else; what is kept and read is verified by its SHA-256.
func wireSum(content []byte) *string {
	sum := md5.Sum(content) //nolint:gosec // see above
	return aws.String(base64.StdEncoding.EncodeToString(sum[:]))
}

// Open implements ports.Blobs.
func (b *Blobs) Open(ctx context.Context, key string) (io.ReadCloser, int64, error) {
	if err := record.CheckKey(key); err != nil {
		return nil, 0, err
	}
	if ctx.Err() != nil {
		return nil, 0, context.Cause(ctx)
	}
	out, err := b.client.GetObject(ctx, &s3.GetObjectInput{Bucket: b.bucket, Key: &key})
	if err != nil {
		return nil, 0, translate(ctx, err)
	}
	sum, err := checksum.Parse(out.Metadata[sumMetadata])
	if err != nil || out.ContentLength == nil {
		_ = out.Body.Close()
		return nil, 0, fault.Wrap(err, fault.Internal, "The stored bytes are damaged.")
	}
	size := *out.ContentLength
	return &object{ctx, checksum.Stored(out.Body, size, sum), out.Body}, size, nil
}

// OpenRange implements ports.Blobs.
func (b *Blobs) OpenRange(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	if err := record.CheckKey(key); err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if length == 0 { // no range of HTTP is empty
		_, err := b.client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: b.bucket, Key: &key})
		if err != nil {
			return nil, translate(ctx, err)
		}
		return http.NoBody, nil
	}
	out, err := b.client.GetObject(ctx, &s3.GetObjectInput{
		Bucket: b.bucket, Key: &key, Range: aws.String(fmt.Sprintf("bytes=%d-%d", offset, offset+length-1)),
	})
	if err != nil {
		return nil, translate(ctx, err)
	}
	return &object{ctx, checksum.Complete(out.Body, length), out.Body}, nil
}

// Delete implements ports.Blobs. It also removes the parts that an unfinished write of the key has left.
func (b *Blobs) Delete(ctx context.Context, key string) error {
	if err := record.CheckKey(key); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err := b.deleteParts(ctx, key); err != nil {
		return translate(ctx, err)
	}
	_, err := b.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: b.bucket, Key: &key})
	if err = translate(ctx, err); fault.Is(err, fault.NotFound) { // some servers say so
		return nil
	}
	return err
}

// Name implements ports.Probe.
func (b *Blobs) Name() string { return "objects" }

// Check implements ports.Probe: the bucket answers.
func (b *Blobs) Check(ctx context.Context) error {
	_, err := b.client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: b.bucket})
	if err != nil {
		return notUsable(ctx, err)
	}
	return nil
}

// object is the body of an answer, verified while it is read.
type object struct {
	ctx  context.Context //nolint:containedctx // the one that the answer was asked for with, to tell why it broke off
	src  io.Reader
	body io.ReadCloser
}

// Read implements io.Reader.
func (o *object) Read(p []byte) (int, error) {
	n, err := o.src.Read(p)
	if err == nil || err == io.EOF {
		return n, err
	}
	return n, translate(o.ctx, err)
}

// Close implements io.Closer.
func (o *object) Close() error {
	_ = o.body.Close() // an answer that nobody wants to the end breaks its connection, which is no failure of ours
	return nil
}

// cleanUpTimeout bounds what is done after a failure, whether or not the client still waits.
const cleanUpTimeout = 15 * time.Second

// deleteParts removes every unfinished upload of the key.
func (b *Blobs) deleteParts(ctx context.Context, key string) error {
	pages := s3.NewListMultipartUploadsPaginator(b.client, &s3.ListMultipartUploadsInput{Bucket: b.bucket, Prefix: &key})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if lacksUploads(err) {
			return nil
		}
		if err != nil {
			return err
		}
		for _, u := range page.Uploads {
			if aws.ToString(u.Key) != key {
				continue
			}
			if err := b.abort(ctx, key, u.UploadId); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *Blobs) abort(ctx context.Context, key string, upload *string) error {
	_, err := b.client.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: b.bucket, Key: &key, UploadId: upload})
	if fault.Is(translate(ctx, err), fault.NotFound) { // somebody else was first
		return nil
	}
	return err
}
