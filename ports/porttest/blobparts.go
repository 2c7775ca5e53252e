package porttest

import (
	"bytes"
	"fmt"
	"io"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/domain/fault"
)

// large is more than any adapter holds at once.
const large = 17<<20 + 5

// blobUnsized are the sentences about bodies whose size nobody knows beforehand, and about those that end too early.
func blobUnsized() []Case[BlobStore] {
	return []Case[BlobStore]{
		{"a body of unknown size is stored whole", func(t T, s BlobStore) {
			for _, size := range []int{0, 1, 70_001, 8 << 20, large} {
				p := blob(size)
				require.NoError(t, s.Blobs.Put(t.Context(), blobKey, bytes.NewReader(p), checksum.Unknown, checksum.Of(p)))
				assertHolds(t, s.Blobs, blobKey, p)
			}
			assertHolds(t, s.Reopen(t), blobKey, blob(large))
		}},
		{"a large body is stored whole, in parts where it has to be", func(t T, s BlobStore) {
			s.put(t, blobKey, blob(large))
			assertHolds(t, s.Blobs, blobKey, blob(large))
			assert.Equal(t, []string{blobKey}, s.Traces(t))
		}},
		{"a large body that is cut off leaves nothing, whatever was declared", func(t T, s BlobStore) {
			p := blob(large)
			for _, declared := range []int64{large, checksum.Unknown} {
				for i, cut := range []error{io.ErrUnexpectedEOF, fmt.Errorf("the sender is gone: %w", io.EOF), io.ErrUnexpectedEOF} {
					torn := io.MultiReader(bytes.NewReader(p[:[]int{large - 1, large/2 + 1, 100}[i]]), iotest.ErrReader(cut))
					require.ErrorIs(t, s.Blobs.Put(t.Context(), blobKey, torn, declared, checksum.Of(p)), cut)
				}
				require.Error(t, s.Blobs.Put(t.Context(), blobKey, bytes.NewReader(p[:large-1]), declared, checksum.Of(p)))
			}
			assertHolds(t, s.Blobs, blobKey, nil)
			assert.Empty(t, s.Traces(t))
		}},
	}
}

func blobRanges() []Case[BlobStore] {
	return []Case[BlobStore]{
		{"a range is the bytes from its offset on, and no more", func(t T, s BlobStore) {
			p := blob(100_000)
			s.put(t, blobKey, p)
			for _, r := range [][2]int{{0, 1}, {0, 100_000}, {99_999, 1}, {1, 70_000}, {50_000, 50_000}, {0, 0}, {7, 0}} {
				got, err := s.readRange(t, r[0], r[1])
				require.NoError(t, err, r)
				assert.True(t, bytes.Equal(p[r[0]:r[0]+r[1]], got), "%v", r)
			}
			assertHolds(t, s.Blobs, blobKey, p)
		}},
		{"a range that goes beyond the end is Internal, and never complete", func(t T, s BlobStore) {
			s.put(t, blobKey, blob(1000))
			for _, r := range [][2]int{{0, 1001}, {999, 2}, {1000, 1}, {5000, 10}} {
				got, err := s.readRange(t, r[0], r[1])
				assertCode(t, fault.Internal, err)
				assert.Less(t, len(got), r[1])
			}
		}},
		{"a range of what is not there is NotFound", func(t T, s BlobStore) {
			s.put(t, blobKey+"x", blob(10))
			for _, length := range []int{1, 0} {
				_, err := s.readRange(t, 0, length)
				assertCode(t, fault.NotFound, err)
			}
		}},
		{"a range of an empty object is empty", func(t T, s BlobStore) {
			s.put(t, blobKey, nil)
			got, err := s.readRange(t, 0, 0)
			require.NoError(t, err)
			assert.Empty(t, got)
		}},
		{"a range can be closed before its end", func(t T, s BlobStore) {
			s.put(t, blobKey, blob(300_000))
			for range 3 {
				body, err := s.Blobs.OpenRange(t.Context(), blobKey, 10, 200_000)
				require.NoError(t, err)
				head := make([]byte, 10)
				_, err = io.ReadFull(body, head)
				require.NoError(t, err)
				assert.Equal(t, blob(300_000)[10:20], head)
				require.NoError(t, body.Close())
			}
		}},
	}
}

// readRange gives a range of the object under blobKey and what ended it, nil for the end.
func (s BlobStore) readRange(t T, offset, length int) ([]byte, error) {
	body, err := s.Blobs.OpenRange(t.Context(), blobKey, int64(offset), int64(length))
	if err != nil {
		return nil, err
	}
	defer func() { _ = body.Close() }()
	return io.ReadAll(body)
}
