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
	size   int64 // that the stream must have, or unknown
	stored bool
	failed error // what every further Read answers
}

const unknown = -1

// NewReader verifies src against want as it is read: ChecksumMismatch if it has another sum.
func NewReader(src io.Reader, want Sum) *Reader {
	return &Reader{src: src, hash: sha256.New(), want: want, size: unknown}
}

// Exactly verifies what somebody sends: ChecksumMismatch if it has another sum, ValidationFailed if it has more or fewer
// than size bytes.
func Exactly(src io.Reader, size int64, want Sum) *Reader {
	r := &Reader{src: src, hash: sha256.New(), want: want, size: size}
	if size < 0 {
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
	case r.size != unknown && r.n > r.size:
		r.failed = fault.Invalid("body", "has more bytes than were declared")
	case ended && r.size != unknown && r.n < r.size:
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

// Mismatch is the failure of bytes that do not have the sum that was declared.
func Mismatch() error {
	return fault.New(fault.ChecksumMismatch, "The bytes do not have the checksum that was declared. Send them again.")
}
