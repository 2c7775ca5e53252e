package porttest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/ports"
)

// BlobStore is one empty object store, and what a test may do to it behind the adapter's back.
type BlobStore struct {
	Blobs  ports.Blobs
	Reopen func(t T) ports.Blobs     // the same objects as a restarted server sees them
	Rot    func(t T, key string)     // changes one bit of the bytes under key, as a failing disk does
	Traces func(t T) (keys []string) // every key that the store holds anything for, finished or not
}

// Blobs checks an adapter of ports.Blobs.
func Blobs(t *testing.T, open func(t T) BlobStore) { Run(t, BlobsCases(), open) }

// BlobsCases are the sentences of ports.Blobs.
func BlobsCases() []Case[BlobStore] {
	return slices.Concat(blobWrites(), blobUnsized(), blobFailures(), blobReads(), blobRanges(), blobDeletes())
}

const blobKey = "018f4e6a-7c1d-7b2e-9a55-0c9d3e1f2a4b/tasks/018f4e6a-0000-7b2e-9a55-000000000001/018f4e6a-0000-7b2e-9a55-000000000002"

// blob is size bytes that look random and are the same in every run.
func blob(size int) []byte {
	p := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{byte(size), byte(size >> 8)}).Read(p)
	return p
}

func (s BlobStore) put(t T, key string, p []byte) {
	t.Helper()
	require.NoError(t, s.Blobs.Put(t.Context(), key, bytes.NewReader(p), int64(len(p)), checksum.Of(p)))
}

// assertHolds checks what can be read under key; nil for nothing.
func assertHolds(t T, b ports.Blobs, key string, want []byte) {
	t.Helper()
	body, size, err := b.Open(t.Context(), key)
	if want == nil {
		assertCode(t, fault.NotFound, err)
		return
	}
	require.NoError(t, err)
	got, err := io.ReadAll(body)
	require.NoError(t, err)
	require.NoError(t, body.Close())
	assert.Equal(t, int64(len(want)), size)
	assert.True(t, bytes.Equal(want, got), "the bytes under %s are others", key)
}

func blobWrites() []Case[BlobStore] {
	return []Case[BlobStore]{
		{"what was put can be opened byte for byte", func(t T, s BlobStore) {
			for _, size := range []int{0, 1, 4096, 70_001, 1 << 20} {
				key := fmt.Sprintf("%s-%d", blobKey, size)
				s.put(t, key, blob(size))
				assertHolds(t, s.Blobs, key, blob(size))
			}
		}},
		{"what was put is there after a restart", func(t T, s BlobStore) {
			s.put(t, blobKey, blob(5000))
			assertHolds(t, s.Reopen(t), blobKey, blob(5000))
		}},
		{"a body that comes in pieces is stored whole", func(t T, s BlobStore) {
			p := blob(3000)
			for i, body := range []io.Reader{iotest.OneByteReader(bytes.NewReader(p)), iotest.DataErrReader(bytes.NewReader(p))} {
				key := fmt.Sprintf("%s-%d", blobKey, i)
				require.NoError(t, s.Blobs.Put(t.Context(), key, body, int64(len(p)), checksum.Of(p)))
				assertHolds(t, s.Blobs, key, p)
			}
		}},
		{"a second put replaces the object whole", func(t T, s BlobStore) {
			for _, size := range []int{9000, 10, 400} {
				s.put(t, blobKey, blob(size))
				assertHolds(t, s.Blobs, blobKey, blob(size))
			}
		}},
		{"keys that begin alike are apart", func(t T, s BlobStore) {
			keys := []string{"a/b/c", "a/b/cd", "a/bc", "a/b-c", "a/b_c", "A/b/c", "a-b", "a_b"}
			for i, key := range keys {
				assertHolds(t, s.Blobs, key, nil)
				s.put(t, key, blob(100+i))
			}
			for i, key := range keys {
				assertHolds(t, s.Blobs, key, blob(100+i))
			}
			require.NoError(t, s.Blobs.Delete(t.Context(), keys[0]))
			for i, key := range keys {
				if i > 0 {
					assertHolds(t, s.Blobs, key, blob(100+i))
				}
			}
		}},
		{"a key that is not one is a ValidationFailed everywhere", func(t T, s BlobStore) {
			for _, key := range []string{
				"", "/", ".", "..", "../a", "a/../b", "a/./b", "/a", "a/", "a//b", `a\b`, "a b", "a\x00b", "a\n", "a.b", "ä", "a%2fb",
				"C:a", "a/b?c", "a#b", "~", strings.Repeat("a", 221), "a/" + strings.Repeat("b", 300),
			} {
				assertCode(t, fault.ValidationFailed, s.Blobs.Put(t.Context(), key, strings.NewReader("x"), 1, checksum.Of([]byte("x"))))
				_, _, err := s.Blobs.Open(t.Context(), key)
				assertCode(t, fault.ValidationFailed, err)
				_, err = s.Blobs.OpenRange(t.Context(), key, 0, 1)
				assertCode(t, fault.ValidationFailed, err)
				assertCode(t, fault.ValidationFailed, s.Blobs.Delete(t.Context(), key))
			}
			assert.Empty(t, s.Traces(t))
			s.put(t, strings.Repeat("a/", 109)+"bb", blob(10))
		}},
		{"many writers of one key leave the object of one of them", func(t T, s BlobStore) {
			var group sync.WaitGroup
			for i := range 6 {
				group.Go(func() {
					p := bytes.Repeat([]byte{byte(i)}, 50_000+i)
					assert.NoError(t, s.Blobs.Put(t.Context(), blobKey, bytes.NewReader(p), int64(len(p)), checksum.Of(p)))
				})
			}
			group.Wait()
			body, size, err := s.Blobs.Open(t.Context(), blobKey)
			require.NoError(t, err)
			defer func() { _ = body.Close() }()
			got, err := io.ReadAll(body)
			require.NoError(t, err)
			require.Len(t, got, int(size))
			assert.Equal(t, bytes.Repeat(got[:1], 50_000+int(got[0])), got)
			assert.Equal(t, []string{blobKey}, s.Traces(t))
		}},
	}
}

// failedPuts are the ways in which a put can fail before its bytes are complete.
func failedPuts(t T) map[fault.Code]func(b ports.Blobs, key string) error {
	p := blob(60_000)
	put := func(body io.Reader, size int, sum checksum.Sum) func(ports.Blobs, string) error {
		return func(b ports.Blobs, key string) error { return b.Put(t.Context(), key, body, int64(size), sum) }
	}
	return map[fault.Code]func(ports.Blobs, string) error{
		fault.ChecksumMismatch:         put(bytes.NewReader(p), len(p), checksum.Of(p[1:])),
		fault.ValidationFailed:         put(bytes.NewReader(p), len(p)+1, checksum.Of(p)),
		fault.ValidationFailed + "<":   put(bytes.NewReader(p), len(p)-1, checksum.Of(p[:len(p)-1])),
		fault.ValidationFailed + "<<":  put(bytes.NewReader(p), 0, checksum.Of(nil)),
		fault.ValidationFailed + "<<<": put(bytes.NewReader(p), -2, checksum.Of(p)),
		fault.ChecksumMismatch + "<":   put(bytes.NewReader(p), checksum.Unknown, checksum.Of(p[1:])),
		fault.RequestTimeout: put(io.MultiReader(bytes.NewReader(p[:40_000]),
			iotest.ErrReader(fault.New(fault.RequestTimeout, "The sender went silent."))), len(p), checksum.Of(p)),
	}
}

func blobFailures() []Case[BlobStore] {
	return []Case[BlobStore]{
		{"a failed put leaves nothing", func(t T, s BlobStore) {
			for code, put := range failedPuts(t) {
				assertCode(t, fault.Code(strings.TrimRight(string(code), "<")), put(s.Blobs, blobKey))
				assertHolds(t, s.Blobs, blobKey, nil)
			}
			assert.Empty(t, s.Traces(t))
		}},
		{"a failed put leaves what was there", func(t T, s BlobStore) {
			s.put(t, blobKey, blob(777))
			for _, put := range failedPuts(t) {
				require.Error(t, put(s.Blobs, blobKey))
				assertHolds(t, s.Blobs, blobKey, blob(777))
			}
			assertHolds(t, s.Reopen(t), blobKey, blob(777))
		}},
		{"a put whose context ends in the middle leaves nothing", func(t T, s BlobStore) {
			p := blob(200_000)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			gone := readerFunc(func([]byte) (int, error) {
				cancel()
				return 0, errors.New("the sender is gone")
			})
			err := s.Blobs.Put(ctx, blobKey, io.MultiReader(bytes.NewReader(p[:100_000]), gone), int64(len(p)), checksum.Of(p))
			require.ErrorIs(t, err, context.Canceled)
			assertHolds(t, s.Blobs, blobKey, nil)
			assert.Empty(t, s.Traces(t))
		}},
		{"a put whose context ends with the last byte leaves nothing", func(t T, s BlobStore) {
			p := blob(1000)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			last := readerFunc(func([]byte) (int, error) {
				cancel()
				return 0, io.EOF
			})
			err := s.Blobs.Put(ctx, blobKey, io.MultiReader(bytes.NewReader(p), last), int64(len(p)), checksum.Of(p))
			require.ErrorIs(t, err, context.Canceled)
			assertHolds(t, s.Blobs, blobKey, nil)
			assert.Empty(t, s.Traces(t))
		}},
		{"when the context has ended objects are neither read nor changed", func(t T, s BlobStore) {
			s.put(t, blobKey, blob(10))
			p := blob(20)
			_, _, err := s.Blobs.Open(cancelled(t), blobKey)
			_, rangeErr := s.Blobs.OpenRange(cancelled(t), blobKey, 0, 10)
			for _, err := range []error{
				err, rangeErr, s.Blobs.Put(cancelled(t), blobKey, bytes.NewReader(p), 20, checksum.Of(p)), s.Blobs.Delete(cancelled(t), blobKey),
			} {
				require.ErrorIs(t, err, context.Canceled)
			}
			assertHolds(t, s.Blobs, blobKey, blob(10))
		}},
	}
}

func blobReads() []Case[BlobStore] {
	return []Case[BlobStore]{
		{"open of what is not there is NotFound", func(t T, s BlobStore) {
			s.put(t, blobKey, blob(10))
			for _, key := range []string{blobKey + "x", strings.TrimSuffix(blobKey, "2"), blobKey + "/x", blobKey[:36]} {
				assertHolds(t, s.Blobs, key, nil)
			}
		}},
		{"many readers of one object each get all of it", func(t T, s BlobStore) {
			s.put(t, blobKey, blob(100_000))
			var group sync.WaitGroup
			for range 4 {
				group.Go(func() { assertHolds(t, s.Blobs, blobKey, blob(100_000)) })
			}
			group.Wait()
		}},
		{"a reader can be closed before its end", func(t T, s BlobStore) {
			s.put(t, blobKey, blob(300_000))
			for range 3 {
				body, _, err := s.Blobs.Open(t.Context(), blobKey)
				require.NoError(t, err)
				_, err = io.ReadFull(body, make([]byte, 10))
				require.NoError(t, err)
				require.NoError(t, body.Close())
			}
			assertHolds(t, s.Blobs, blobKey, blob(300_000))
		}},
		{"rotten bytes are Internal in place of their end, and never complete", func(t T, s BlobStore) {
			for _, size := range []int{1, 5000, 200_000} {
				s.put(t, blobKey, blob(size))
				s.Rot(t, blobKey)
				got, err := s.read(t, blobKey)
				assertCode(t, fault.Internal, err)
				assert.Less(t, len(got), size, "who counts bytes must see that some are missing")
			}
		}},
	}
}

// read gives what can be read under key and what ended it, nil for the end.
func (s BlobStore) read(t T, key string) ([]byte, error) {
	body, _, err := s.Blobs.Open(t.Context(), key)
	if err != nil {
		return nil, err
	}
	defer func() { _ = body.Close() }()
	return io.ReadAll(body)
}

func blobDeletes() []Case[BlobStore] {
	return []Case[BlobStore]{
		{"delete removes the object for good", func(t T, s BlobStore) {
			s.put(t, blobKey, blob(10))
			s.put(t, blobKey+"x", blob(11))
			require.NoError(t, s.Blobs.Delete(t.Context(), blobKey))
			assertHolds(t, s.Blobs, blobKey, nil)
			assertHolds(t, s.Reopen(t), blobKey, nil)
			assertHolds(t, s.Blobs, blobKey+"x", blob(11))
			s.put(t, blobKey, blob(12))
			assertHolds(t, s.Blobs, blobKey, blob(12))
		}},
		{"deleting what is not there is no error", func(t T, s BlobStore) {
			require.NoError(t, s.Blobs.Delete(t.Context(), blobKey))
			s.put(t, blobKey, blob(10))
			require.NoError(t, s.Blobs.Delete(t.Context(), blobKey))
			require.NoError(t, s.Blobs.Delete(t.Context(), blobKey))
		}},
		{"a reader that is open goes on or fails after a delete or a replacement, and never yields other bytes", func(t T, s BlobStore) {
			for _, change := range []func() error{
				func() error { return s.Blobs.Delete(t.Context(), blobKey) },
				func() error {
					p := blob(500_001)
					return s.Blobs.Put(t.Context(), blobKey, bytes.NewReader(p), int64(len(p)), checksum.Of(p))
				},
			} {
				want := blob(500_000)
				s.put(t, blobKey, want)
				body, _, err := s.Blobs.Open(t.Context(), blobKey)
				require.NoError(t, err)
				head := make([]byte, 10)
				_, err = io.ReadFull(body, head)
				require.NoError(t, err)
				require.NoError(t, change())
				tail, err := io.ReadAll(body)
				require.NoError(t, body.Close())
				got := slices.Concat(head, tail)
				assert.True(t, bytes.HasPrefix(want, got))
				assert.True(t, err != nil || len(got) == len(want))
			}
		}},
	}
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
