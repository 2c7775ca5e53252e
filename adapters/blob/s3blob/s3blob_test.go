package s3blob_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/blob/s3blob"
	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/ports"
	"github.com/adiuva/cloud/ports/porttest"
	"github.com/adiuva/cloud/test/services"
)

const key = "ada/tasks/record/part"

// quick is how long a test waits for a store that is silent.
var quick = s3blob.Timeouts{Dial: 2 * time.Second, Idle: 300 * time.Millisecond}

func settings(store services.S3) s3blob.Config {
	return s3blob.Config{
		Bucket: store.Bucket, Region: store.Region, Endpoint: store.Endpoint, AccessKey: store.AccessKey, SecretKey: store.SecretKey,
	}
}

func open(t porttest.T, c s3blob.Config) *s3blob.Blobs {
	t.Helper()
	b, err := s3blob.Open(t.Context(), c)
	require.NoError(t, err)
	return b
}

// traces are the keys of all objects and of all unfinished uploads.
func traces(t porttest.T, store services.S3) []string {
	t.Helper()
	keys, err := store.Keys(t.Context())
	require.NoError(t, err)
	keys = append([]string{}, keys...)
	uploads, err := store.Client().ListMultipartUploads(t.Context(), &s3.ListMultipartUploadsInput{Bucket: &store.Bucket})
	require.NoError(t, err)
	for _, u := range uploads.Uploads {
		keys = append(keys, aws.ToString(u.Key))
	}
	slices.Sort(keys)
	return keys
}

// rot changes one bit of an object and leaves its metadata.
func rot(t porttest.T, store services.S3, key string) {
	t.Helper()
	got, err := store.Client().GetObject(t.Context(), &s3.GetObjectInput{Bucket: &store.Bucket, Key: &key})
	require.NoError(t, err)
	p, err := io.ReadAll(got.Body)
	require.NoError(t, err)
	p[len(p)/2] ^= 1
	_, err = store.Client().PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: &store.Bucket, Key: &key, Body: bytes.NewReader(p), Metadata: got.Metadata,
	})
	require.NoError(t, err)
}

func put(ctx context.Context, b ports.Blobs, key string, p []byte) error {
	return b.Put(ctx, key, bytes.NewReader(p), int64(len(p)), checksum.Of(p))
}

func read(ctx context.Context, b ports.Blobs, key string) ([]byte, error) {
	body, _, err := b.Open(ctx, key)
	if err != nil {
		return nil, err
	}
	p, err := io.ReadAll(body)
	return p, errors.Join(err, body.Close())
}

func assertCode(t porttest.T, want fault.Code, err error) {
	t.Helper()
	assert.Equal(t, want, fault.CodeOf(err), "%v", err)
}

func TestBlobsKeepTheirContract(t *testing.T) {
	porttest.Blobs(t, func(tt porttest.T) porttest.BlobStore {
		store := services.ObjectStore(tt.(testing.TB)) // Run passes a *testing.T
		return porttest.BlobStore{
			Blobs:  open(tt, settings(store)),
			Reopen: func(t porttest.T) ports.Blobs { return open(t, settings(store)) },
			Rot:    func(t porttest.T, key string) { rot(t, store, key) },
			Traces: func(t porttest.T) []string { return traces(t, store) },
		}
	})
}

func TestTheProbeKeepsItsContract(t *testing.T) {
	porttest.Probe(t, func(tt porttest.T) ports.Probe {
		return open(tt, settings(services.ObjectStore(tt.(testing.TB)))) // Run passes a *testing.T
	})
}
