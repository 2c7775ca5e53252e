// Package services finds the real servers that tests run against: the ones that `make services` started, or those named
// by environment variables. A server that is missing is a skip, and a failure under REQUIRE_SERVICES=1.
//
// Each call gives the caller something fresh and empty of its own, removed when the test ends. Tests import it; nothing
// else does. Start at DatabaseURL and ObjectStore.
package services

import (
	"bufio"
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// envFile is where `make services` leaves the addresses of what it started.
const envFile = "/tmp/adiuva-services/env"

// DatabaseURL is a fresh, empty database on the real PostgreSQL.
func DatabaseURL(t testing.TB) string {
	t.Helper()
	base := lookup(t, "TEST_DATABASE_URL")
	name := "test_" + strings.ToLower(rand.Text())
	exec(t, base, "CREATE DATABASE "+name)
	t.Cleanup(func() { dropDatabase(t, base, name) })
	u, err := url.Parse(base)
	require.NoError(t, err)
	u.Path = "/" + name
	return u.String()
}

func exec(t testing.TB, url, sql string) {
	t.Helper()
	require.NoError(t, tryExec(url, sql))
}

func tryExec(url, sql string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, sql)
	return err
}

// dropDatabase tries again while a worker of the server itself is connected, whom an ordinary role may not send away.
func dropDatabase(t testing.TB, base, name string) {
	t.Helper()
	require.Eventually(t, func() bool { return tryExec(base, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)") == nil },
		30*time.Second, 100*time.Millisecond, "the test's database cannot be dropped")
}

// RedisURL is the real Redis. Keys are not separated: use prefixes of your own.
func RedisURL(t testing.TB) string {
	t.Helper()
	return lookup(t, "TEST_REDIS_URL")
}

// S3 is a bucket on the real object store.
type S3 struct{ Endpoint, Region, Bucket, AccessKey, SecretKey string }

// Client speaks to the store that holds the bucket.
func (s S3) Client() *s3.Client {
	return s3.New(s3.Options{
		Region: s.Region, BaseEndpoint: aws.String(s.Endpoint), UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(s.AccessKey, s.SecretKey, ""),
	})
}

// Keys lists every object in the bucket.
func (s S3) Keys(ctx context.Context) ([]string, error) {
	var keys []string
	pages := s3.NewListObjectsV2Paginator(s.Client(), &s3.ListObjectsV2Input{Bucket: &s.Bucket})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", s.Bucket, err)
		}
		for _, o := range page.Contents {
			keys = append(keys, aws.ToString(o.Key))
		}
	}
	return keys, nil
}

// ObjectStore is a fresh, empty bucket on the real S3 server.
func ObjectStore(t testing.TB) S3 {
	t.Helper()
	s := S3{
		Endpoint: lookup(t, "TEST_S3_ENDPOINT"), Region: lookup(t, "TEST_S3_REGION"), Bucket: "test-" + strings.ToLower(rand.Text()),
		AccessKey: lookup(t, "TEST_S3_ACCESS_KEY"), SecretKey: lookup(t, "TEST_S3_SECRET_KEY"),
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	_, err := s.Client().CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &s.Bucket})
	require.NoError(t, err)
	t.Cleanup(func() { s.empty(t) })
	return s
}

func (s S3) empty(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	keys, err := s.Keys(ctx)
	require.NoError(t, err)
	for _, k := range keys {
		_, err := s.Client().DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &s.Bucket, Key: &k})
		require.NoError(t, err)
	}
	_, err = s.Client().DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: &s.Bucket})
	require.NoError(t, err)
}

// lookup reads a variable from the environment or the file that `make services` wrote.
func lookup(t testing.TB, name string) string {
	t.Helper()
	if v := os.Getenv(name); v != "" {
		return v
	}
	if v := fromFile()[name]; v != "" {
		return v
	}
	if os.Getenv("REQUIRE_SERVICES") == "1" {
		require.FailNow(t, name+" is not set and "+envFile+" does not name it: run `make services`")
	}
	t.Skip("no real server: " + name + " is not set; `make services` starts one")
	return ""
}

var fromFile = sync.OnceValue(func() map[string]string {
	vars := map[string]string{}
	f, err := os.Open(envFile)
	if err != nil {
		return vars
	}
	defer func() { _ = f.Close() }()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		name, value, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(lines.Text()), "export "), "=")
		if ok {
			vars[name] = strings.Trim(value, `"'`)
		}
	}
	return vars
})
