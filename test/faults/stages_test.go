package faults

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/test/harness"
	"github.com/adiuva/cloud/test/services"
)

// stage is a running server with a pro user, and what can be seen of its object store from outside.
type stage struct {
	server  *harness.Process
	user    *harness.Client
	objects func(t *testing.T) []string // all that it holds, unfinished uploads included
	damage  func(t *testing.T, at int64)
}

// stages are the two ways to keep objects for good.
func stages(t *testing.T, run func(t *testing.T, s stage), more map[string]string) {
	t.Helper()
	t.Run("sqlite+files", func(t *testing.T) {
		t.Parallel()
		settings := harness.Embedded(t)
		dir := filepath.Join(settings["DATA_DIR"], "objects")
		s := stage{objects: func(t *testing.T) []string {
			t.Helper()
			return filesBelow(t, dir)
		}}
		s.damage = func(t *testing.T, at int64) {
			t.Helper()
			for _, path := range s.objects(t) {
				flipBit(t, path, at)
			}
		}
		s.start(t, settings, more)
		run(t, s)
	})
	t.Run("postgres+s3", func(t *testing.T) {
		t.Parallel()
		settings, bucket := harness.Real(t)
		s := stage{
			objects: func(t *testing.T) []string {
				t.Helper()
				return inBucket(t, bucket)
			},
			damage: func(t *testing.T, at int64) {
				t.Helper()
				damageBucket(t, bucket, at)
			},
		}
		s.start(t, settings, more)
		run(t, s)
	})
}

func (s *stage) start(t *testing.T, settings, more map[string]string) {
	t.Helper()
	maps.Copy(settings, more)
	s.server = harness.StartProcess(t, settings)
	s.user = harness.SignUp(t, s.server.URL)
	_, err := harness.Command(t, settings, "admin", "set-tier", s.user.Email, "pro")
	require.NoError(t, err)
}

// flipBit changes a bit of an object's file, so many bytes from its end.
func flipBit(t *testing.T, path string, fromEnd int64) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	info, err := f.Stat()
	require.NoError(t, err)
	var b [1]byte
	_, err = f.ReadAt(b[:], info.Size()-fromEnd)
	require.NoError(t, err)
	b[0] ^= 8
	_, err = f.WriteAt(b[:], info.Size()-fromEnd)
	require.NoError(t, err)
}

// damageBucket does the same to every object of a bucket, and leaves what they carry along as it was.
func damageBucket(t *testing.T, bucket services.S3, fromEnd int64) {
	t.Helper()
	keys, err := bucket.Keys(t.Context())
	require.NoError(t, err)
	for _, key := range keys {
		out, err := bucket.Client().GetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket.Bucket, Key: &key})
		require.NoError(t, err)
		p, err := io.ReadAll(out.Body)
		require.NoError(t, err)
		require.NoError(t, out.Body.Close())
		p[int64(len(p))-fromEnd] ^= 8
		_, err = bucket.Client().PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket.Bucket, Key: &key, Body: bytes.NewReader(p), Metadata: out.Metadata})
		require.NoError(t, err)
	}
}

func inBucket(t *testing.T, bucket services.S3) []string {
	t.Helper()
	keys, err := bucket.Keys(t.Context())
	require.NoError(t, err)
	out, err := bucket.Client().ListMultipartUploads(t.Context(), &s3.ListMultipartUploadsInput{Bucket: &bucket.Bucket})
	require.NoError(t, err)
	for _, u := range out.Uploads {
		keys = append(keys, "unfinished "+*u.Key)
	}
	return keys
}

// rawUpload begins an upload by hand; rest are its further header fields.
func rawUpload(t *testing.T, user *harness.Client, rest string) net.Conn {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(user.Base, "http://"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	_, err = fmt.Fprintf(conn, "PUT /api/v1/backup HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n%s\r\n\r\n", user.Access, rest)
	require.NoError(t, err)
	return conn
}

// chunkedWriter frames each write as one chunk.
type chunkedWriter struct{ w io.Writer }

func (c chunkedWriter) Write(p []byte) (int, error) {
	if _, err := fmt.Fprintf(c.w, "%x\r\n%s\r\n", len(p), p); err != nil {
		return 0, err
	}
	return len(p), nil
}
