package s3blob_test

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/blob/s3blob"
	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/test/services"
)

// large is more than is sent in one request: three parts, the last of them short.
const large = 20 << 20

func content(size int) []byte {
	p := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{7}).Read(p)
	return p
}

func TestAWriteThatFailsHasItsCodeAndLeavesNothing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		meddle meddler
		size   int
		want   fault.Code
	}{
		{"cut off in the middle", always(http.MethodPut, cuts(500_000)), 1_000_000, fault.Unavailable},
		{"the store is silent", always(http.MethodPut, hangs), 10 << 20, fault.Unavailable},
		{"500", always(http.MethodPut, answers(500, "InternalError")), 1000, fault.Unavailable},
		{"503", always(http.MethodPut, answers(503, "SlowDown")), 1000, fault.Unavailable},
		{"502 without a word", always(http.MethodPut, answers(502, "")), 1000, fault.Unavailable},
		{"no room", always(http.MethodPut, answers(507, "")), 1000, fault.StorageFull},
		{"no room, in words", always(http.MethodPut, answers(403, "QuotaExceeded")), 1000, fault.StorageFull},
		{"not allowed", always(http.MethodPut, answers(403, "AccessDenied")), 1000, fault.Internal},
		{"changed on the way", always(http.MethodPut, flips), 1000, fault.Unavailable},
		{"a part cut off", onPart(cuts(500_000)), large, fault.Unavailable},
		{"a part refused", onPart(answers(500, "InternalError")), large, fault.Unavailable},
		{"a part without room", onPart(answers(507, "InsufficientStorage")), large, fault.StorageFull},
		{"a part changed on the way", onPart(flips), large, fault.Unavailable},
		{"no start of parts", always(http.MethodPost, answers(503, "SlowDown")), large, fault.Unavailable},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			store := services.ObjectStore(t)
			p, b := behind(t, store)
			p.does(c.meddle)
			err := put(t.Context(), b, key, content(c.size))
			assertCode(t, c.want, err)
			if c.want == fault.Unavailable {
				assert.Contains(t, fault.From(err).Details, "retry_after")
			}
			assert.LessOrEqual(t, len(p.requests()), 12, "it gave up in the end")
			p.does(nil)
			assert.Empty(t, traces(t, store))
			require.NoError(t, put(t.Context(), b, key, content(c.size)), "and works when the store does")
			got, err := read(t.Context(), b, key)
			require.NoError(t, err)
			assert.True(t, bytes.Equal(content(c.size), got))
		})
	}
}

func TestAWriteThatFailsOnceIsSentAgain(t *testing.T) {
	t.Parallel()
	for name, m := range map[string]meddler{
		"cut off": cuts(100_000), "silent": hangs, "500": answers(500, "InternalError"), "503": answers(503, "SlowDown"),
	} {
		for size, kind := range map[int]string{1_000_000: "whole", large: "in parts"} {
			t.Run(name+", "+kind, func(t *testing.T) {
				t.Parallel()
				store := services.ObjectStore(t)
				p, b := behind(t, store)
				p.does(first(1, http.MethodPut, m))
				require.NoError(t, put(t.Context(), b, key, content(size)))
				got, err := read(t.Context(), b, key)
				require.NoError(t, err)
				assert.True(t, bytes.Equal(content(size), got))
				assert.Equal(t, []string{key}, traces(t, store))
			})
		}
	}
}

func TestAWriteWhoseAnswerIsLostIsUnavailableAndWholeIfAtAll(t *testing.T) {
	t.Parallel()
	store := services.ObjectStore(t)
	p, b := behind(t, store)
	p.does(always(http.MethodPut, p.loses))
	assertCode(t, fault.Unavailable, put(t.Context(), b, key, content(1000)))
	p.does(nil)
	got, err := read(t.Context(), b, key)
	require.NoError(t, err)
	assert.Equal(t, content(1000), got)
}

func TestAReadThatBreaksOffNeverLooksWhole(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		with func(w http.ResponseWriter, r *http.Request, body []byte)
		want fault.Code
	}{
		{"cut off", func(w http.ResponseWriter, _ *http.Request, body []byte) {
			half(w, body)
			panic(http.ErrAbortHandler)
		}, fault.Unavailable},
		{"silent", func(w http.ResponseWriter, r *http.Request, body []byte) {
			half(w, body)
			<-r.Context().Done()
		}, fault.Unavailable},
		{"changed on the way", func(w http.ResponseWriter, _ *http.Request, body []byte) {
			body[len(body)-1] ^= 1
			_, _ = w.Write(body)
		}, fault.Internal},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			store := services.ObjectStore(t)
			p, b := behind(t, store)
			require.NoError(t, put(t.Context(), b, key, content(1_000_000)))
			p.does(always(http.MethodGet, p.spoils(c.with)))
			got, err := read(t.Context(), b, key)
			assertCode(t, c.want, err)
			assert.Less(t, len(got), 1_000_000)
			p.does(nil)
			got, err = read(t.Context(), b, key)
			require.NoError(t, err)
			assert.Len(t, got, 1_000_000)
		})
	}
}

func TestAReadOrDeleteThatIsRefusedHasItsCode(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		answer meddler
		want   fault.Code
	}{
		{"500", answers(500, "InternalError"), fault.Unavailable},
		{"429", answers(429, "TooManyRequests"), fault.Unavailable},
		{"silent", hangs, fault.Unavailable},
		{"another's", answers(403, "AccessDenied"), fault.Internal},
		{"the bucket is gone", answers(404, "NoSuchBucket"), fault.Internal},
		{"moved", answers(301, "PermanentRedirect"), fault.Internal},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			store := services.ObjectStore(t)
			p, b := behind(t, store)
			require.NoError(t, put(t.Context(), b, key, content(10)))
			p.does(func(w http.ResponseWriter, r *http.Request) bool { return c.answer(w, r) })
			_, err := read(t.Context(), b, key)
			assertCode(t, c.want, err)
			assertCode(t, c.want, b.Delete(t.Context(), key))
			p.does(nil)
			assert.Equal(t, []string{key}, traces(t, store))
		})
	}
}

func TestAClientThatLeavesEndsTheRequestAtOnceAndItsParts(t *testing.T) {
	t.Parallel()
	store := services.ObjectStore(t)
	p, b := behind(t, store)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	p.does(onPart(func(w http.ResponseWriter, r *http.Request) bool {
		cancel()
		return hangs(w, r)
	}))
	begun := time.Now()
	require.ErrorIs(t, put(ctx, b, key, content(large)), context.Canceled)
	assert.Less(t, time.Since(begun), 5*time.Second)
	assert.Empty(t, traces(t, store))
}

func TestALargeObjectIsVerifiedBeforeItAppears(t *testing.T) {
	t.Parallel()
	store := services.ObjectStore(t)
	b := open(t, settings(store))
	p := content(large)
	for want, err := range map[fault.Code]error{
		fault.ChecksumMismatch: b.Put(t.Context(), key, bytes.NewReader(p), large, checksum.Of(p[1:])),
		fault.ValidationFailed: b.Put(t.Context(), key, bytes.NewReader(p), large+1, checksum.Of(p)),
		fault.RequestTimeout: b.Put(t.Context(), key, io.MultiReader(bytes.NewReader(p[:10<<20]), broken{}), large,
			checksum.Of(p)),
	} {
		assertCode(t, want, err)
		assert.Empty(t, traces(t, store))
	}
	for _, size := range []int{16 << 20, 16<<20 + 1, 24 << 20} { // whole; parts; parts without a short one
		require.NoError(t, put(t.Context(), b, key, content(size)))
		got, err := read(t.Context(), b, key)
		require.NoError(t, err)
		assert.True(t, bytes.Equal(content(size), got))
	}
	rot(t, store, key)
	got, err := read(t.Context(), b, key)
	assertCode(t, fault.Internal, err)
	assert.Less(t, len(got), 24<<20)
}

type broken struct{}

func (broken) Read([]byte) (int, error) {
	return 0, fault.New(fault.RequestTimeout, "The sender went silent.")
}

func TestDeleteRemovesThePartsThatACrashLeft(t *testing.T) {
	t.Parallel()
	store := services.ObjectStore(t)
	b := open(t, settings(store))
	for _, k := range []string{key, key + "2"} {
		_, err := store.Client().CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{Bucket: &store.Bucket, Key: &k})
		require.NoError(t, err)
	}
	require.NoError(t, b.Delete(t.Context(), key))
	assert.Equal(t, []string{key + "2"}, traces(t, store))
	require.NoError(t, b.Delete(t.Context(), key+"2"))
}

func TestEveryObjectAsksForEncryptionAndCarriesItsChecksum(t *testing.T) {
	t.Parallel()
	store := services.ObjectStore(t)
	p, b := behind(t, store)
	for _, size := range []int{100, large} {
		p.does(nil)
		require.NoError(t, put(t.Context(), b, key, content(size)))
		begin := p.requests()[0] // PutObject, or CreateMultipartUpload
		assert.Equal(t, "AES256", begin.Header.Get("X-Amz-Server-Side-Encryption"))
		assert.Equal(t, checksum.Of(content(size)).String(), begin.Header.Get("X-Amz-Meta-Sha256"))
		for _, r := range p.requests() {
			if r.Method == http.MethodPut {
				assert.NotEmpty(t, r.Header.Get("Content-Md5"))
				assert.Positive(t, r.ContentLength)
				assert.Empty(t, r.TransferEncoding)
				assert.Empty(t, r.Header.Get("X-Amz-Trailer"))
			}
		}
		head, err := store.Client().HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &store.Bucket, Key: new(key)})
		require.NoError(t, err)
		assert.Equal(t, checksum.Of(content(size)).String(), head.Metadata["sha256"])
	}
}

func TestABucketThatCannotBeUsedIsAClearErrorAtStart(t *testing.T) {
	t.Parallel()
	store := services.ObjectStore(t)
	good := settings(store)
	missing, stranger, nobody, away := good, good, good, good
	missing.Bucket += "-missing"
	stranger.SecretKey += "x"
	nobody.AccessKey = "nobody"
	away.Endpoint, away.Timeouts = "http://127.0.0.1:1", quick
	for _, c := range []struct {
		config s3blob.Config
		want   fault.Code
	}{{missing, fault.NotConfigured}, {stranger, fault.NotConfigured}, {nobody, fault.NotConfigured}, {away, fault.Unavailable}} {
		_, err := s3blob.Open(t.Context(), c.config)
		assertCode(t, c.want, err)
	}
}

func TestTheProbeTellsWhetherTheBucketAnswers(t *testing.T) {
	t.Parallel()
	store := services.ObjectStore(t)
	p, b := behind(t, store)
	assert.Equal(t, "objects", b.Name())
	require.NoError(t, b.Check(t.Context()))
	p.does(always(http.MethodHead, answers(503, "")))
	assertCode(t, fault.Unavailable, b.Check(t.Context()))
	p.does(always(http.MethodHead, hangs))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, b.Check(ctx), context.DeadlineExceeded)
}
