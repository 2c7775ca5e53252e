package checksum_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/domain/fault"
)

// abc is from FIPS 180-2, appendix B.1.
const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

func TestASumIsLowerCaseHexadecimalAndReadInEitherCase(t *testing.T) {
	t.Parallel()
	assert.Equal(t, abc, checksum.Of([]byte("abc")).String())
	for _, s := range []string{abc, strings.ToUpper(abc)} {
		sum, err := checksum.Parse(s)
		require.NoError(t, err)
		assert.True(t, sum.Equal(checksum.Of([]byte("abc"))))
		assert.Equal(t, abc, sum.String())
		assert.Equal(t, sum, checksum.FromBytes([32]byte(sum.Bytes())))
	}
	assert.False(t, checksum.Of([]byte("abc")).Equal(checksum.Of([]byte("abd"))))
	for _, s := range []string{"", abc[:63], abc + "0", "g" + abc[1:], abc[:62] + "\r\n", "0x" + abc[2:], " " + abc[1:]} {
		_, err := checksum.Parse(s)
		assert.Equal(t, fault.ValidationFailed, fault.CodeOf(err), "%q", s)
	}
}

func TestAReaderVouchesForWhatItPassed(t *testing.T) {
	t.Parallel()
	p := []byte("abc")
	sum, other := checksum.Of(p), checksum.Of([]byte("abd"))
	lost := errors.New("the line is dead")
	for _, c := range []struct {
		name string
		r    func(src io.Reader) *checksum.Reader
		want fault.Code
	}{
		{"the right bytes", func(src io.Reader) *checksum.Reader { return checksum.NewReader(src, sum) }, ""},
		{"other bytes", func(src io.Reader) *checksum.Reader { return checksum.NewReader(src, other) }, fault.ChecksumMismatch},
		{"exactly right", func(src io.Reader) *checksum.Reader { return checksum.Exactly(src, 3, sum) }, ""},
		{"exactly, other bytes", func(src io.Reader) *checksum.Reader { return checksum.Exactly(src, 3, other) }, fault.ChecksumMismatch},
		{"fewer", func(src io.Reader) *checksum.Reader { return checksum.Exactly(src, 4, sum) }, fault.ValidationFailed},
		{"more", func(src io.Reader) *checksum.Reader { return checksum.Exactly(src, 2, checksum.Of(p[:2])) }, fault.ValidationFailed},
		{"none declared", func(src io.Reader) *checksum.Reader { return checksum.Exactly(src, 0, checksum.Of(nil)) }, fault.ValidationFailed},
		{"a negative size", func(src io.Reader) *checksum.Reader { return checksum.Exactly(src, -2, sum) }, fault.ValidationFailed},
		{"exactly, of unknown size", func(src io.Reader) *checksum.Reader { return checksum.Exactly(src, checksum.Unknown, sum) }, ""},
		{"exactly, of unknown size, other bytes", func(src io.Reader) *checksum.Reader { return checksum.Exactly(src, checksum.Unknown, other) }, fault.ChecksumMismatch},
		{"stored", func(src io.Reader) *checksum.Reader { return checksum.Stored(src, 3, sum) }, ""},
		{"stored with more behind it", func(src io.Reader) *checksum.Reader { return checksum.Stored(src, 2, checksum.Of(p[:2])) }, ""},
		{"rotten", func(src io.Reader) *checksum.Reader { return checksum.Stored(src, 3, other) }, fault.Internal},
		{"torn", func(src io.Reader) *checksum.Reader { return checksum.Stored(src, 4, sum) }, fault.Internal},
		{"a line that died", func(src io.Reader) *checksum.Reader {
			return checksum.Stored(io.MultiReader(src, iotest.ErrReader(fault.Wrap(lost, fault.Unavailable, "Gone."))), 4, sum)
		}, fault.Unavailable},
	} {
		for how, src := range map[string]io.Reader{
			"at once": bytes.NewReader(p), "byte by byte": iotest.OneByteReader(bytes.NewReader(p)),
			"with the end": iotest.DataErrReader(bytes.NewReader(p)),
		} {
			r := c.r(src)
			_, err := io.ReadAll(r)
			assert.Equal(t, c.want, fault.CodeOf(err), "%s, %s: %v", c.name, how, err)
			_, again := r.Read(make([]byte, 1))
			if c.want == "" {
				require.ErrorIs(t, again, io.EOF)
			} else {
				require.Error(t, again, "it stays failed")
				require.NotErrorIs(t, again, io.EOF)
			}
		}
	}
}

func TestWhoCountsStoredBytesNeverGetsAllOfARottenStream(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SliceOfN(rapid.Byte(), 1, 200).Draw(t, "bytes")
		sum := checksum.Of(p)
		rotten := bytes.Clone(p)
		rotten[rapid.IntRange(0, len(p)-1).Draw(t, "where")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		r := checksum.Stored(bytes.NewReader(rotten), int64(len(p)), sum)
		n, err := io.CopyN(io.Discard, chunks{r, rapid.IntRange(1, 64).Draw(t, "chunk")}, int64(len(p)))
		assert.Equal(t, fault.Internal, fault.CodeOf(err))
		assert.Less(t, n, int64(len(p)))

		whole := checksum.Stored(bytes.NewReader(p), int64(len(p)), sum)
		n, err = io.CopyN(io.Discard, whole, int64(len(p)))
		require.NoError(t, err)
		assert.Equal(t, n, whole.Count())
	})
}

// chunks reads at most so many bytes at a time.
type chunks struct {
	r    io.Reader
	size int
}

func (c chunks) Read(p []byte) (int, error) { return c.r.Read(p[:min(len(p), c.size)]) }
