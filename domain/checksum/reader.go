package checksum

import (
	"crypto/sha256"
	"hash"
	"io"

	"github.com/adiuva/cloud/domain/fault"
)

// Reader passes bytes through and fails in place of io.EOF when the stream that ended is not what was promised. Whoever
// reads to the end without an error has seen the right bytes.
type Reader struct {
	src    io.Reader
	hash   hash.Hash
	want   Sum
	n      int64
	size   int64 // that the stream must have, or Unknown
	stored bool
	failed error // what every further Read answers
}

// Unknown is the size of a stream that ends where it ends.
const Unknown = -1

// NewReader verifies src against want as it is read: ChecksumMismatch if it has another sum.
func NewReader(src io.Reader, want Sum) *Reader {
	return &Reader{src: src, hash: sha256.New(), want: want, size: Unknown}
}

// Exactly verifies what somebody sends: ChecksumMismatch if it has another sum, ValidationFailed if it has more or fewer
// than size bytes, which may be Unknown.
func Exactly(src io.Reader, size int64, want Sum) *Reader {
	r := &Reader{src: src, hash: sha256.New(), want: want, size: size}
	if size < Unknown {
		r.failed = fault.Invalid("body", "cannot have fewer than no bytes")
	}
	return r
}

// Stored verifies what was kept: Internal if it does not have size bytes with that sum any more. The verdict falls on the
// last byte and not after it, and the bytes that complete a rotten stream are withheld: so whoever counts bytes in place
// of waiting for io.EOF, as a sender of a Content-Length does, cannot take it for whole.
func Stored(src io.Reader, size int64, want Sum) *Reader {
	return &Reader{src: io.LimitReader(src, size), hash: sha256.New(), want: want, size: size, stored: true}
}

// Read implements io.Reader.
func (r *Reader) Read(p []byte) (int, error) {
	if r.failed != nil {
		return 0, r.failed
	}
	n, err := r.src.Read(p)
	r.hash.Write(p[:n])
	r.n += int64(n)
	ended := err == io.EOF
	switch {
	case r.stored && (ended || r.n == r.size):
		if r.n != r.size || !r.matches() {
			r.failed = fault.New(fault.Internal, "The stored bytes are damaged.")
			return 0, r.failed
		}
	case r.size != Unknown && r.n > r.size:
		r.failed = fault.Invalid("body", "has more bytes than were declared")
	case ended && r.size != Unknown && r.n < r.size:
		r.failed = fault.Invalid("body", "has fewer bytes than were declared")
	case ended && !r.matches():
		r.failed = Mismatch()
	}
	if r.failed != nil {
		return n, r.failed
	}
	return n, err
}

func (r *Reader) matches() bool {
	var got Sum
	r.hash.Sum(got.b[:0])
	return got.Equal(r.want)
}

// Count is how many bytes have passed.
func (r *Reader) Count() int64 { return r.n }

// Sum is the sum of the bytes that have passed.
func (r *Reader) Sum() Sum { return FromBytes([sha256.Size]byte(r.hash.Sum(nil))) }

// Mismatch is the failure of bytes that do not have the sum that was declared.
func Mismatch() error {
	return fault.New(fault.ChecksumMismatch, "The bytes do not have the checksum that was declared. Send them again.")
}

// Complete passes length bytes of something that was kept, and fails with Internal in place of its end if there are fewer.
func Complete(src io.Reader, length int64) io.Reader {
	return &complete{io.LimitReader(src, length), length}
}

type complete struct {
	src  io.Reader
	left int64
}

// Read implements io.Reader.
func (c *complete) Read(p []byte) (int, error) {
	n, err := c.src.Read(p)
	if c.left -= int64(n); err == io.EOF && c.left > 0 { //nolint:errorlint // io.Reader promises the bare value
		err = fault.New(fault.Internal, "The stored bytes are damaged.")
	}
	return n, err
}
