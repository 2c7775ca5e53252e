package fileblob

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os"

	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/domain/fault"
)

// magic begins every file: the format and its version.
var magic = []byte("ADIUVA\x00\x01")

// headerBytes is magic, the SHA-256, the size as 64 bits in big-endian order.
const headerBytes = 8 + 32 + 8

// header is what a file says about the bytes that follow.
type header struct {
	sum  checksum.Sum
	size int64
}

func (h header) encode() []byte {
	return binary.BigEndian.AppendUint64(append(bytes.Clone(magic), h.sum.Bytes()...), uint64(h.size)) //nolint:gosec // one that is not known yet is written over
}

// readHeader reads the header of a file, and leaves the file at the first byte of the object. A file that does not have
// the length that its header says is damaged.
func readHeader(f *os.File) (header, error) {
	var raw [headerBytes]byte
	if _, err := io.ReadFull(f, raw[:]); err != nil {
		return header{}, damaged(err)
	}
	if !bytes.Equal(raw[:8], magic) {
		return header{}, damaged(errors.New("unknown format"))
	}
	h := header{checksum.FromBytes([32]byte(raw[8:40])), int64(binary.BigEndian.Uint64(raw[40:]))} //nolint:gosec // checked below
	info, err := f.Stat()
	if err != nil {
		return header{}, refused(err)
	}
	if h.size < 0 || info.Size() != headerBytes+h.size {
		return header{}, damaged(errors.New("another length than its header says"))
	}
	return h, nil
}

func damaged(cause error) error {
	return fault.Wrap(cause, fault.Internal, "The stored bytes are damaged.")
}

// object is an open file, verified while it is read.
type object struct {
	src *source
	f   *os.File
}

// Read implements io.Reader.
func (o *object) Read(p []byte) (int, error) {
	n, err := o.src.Read(p)
	if err == nil || err == io.EOF || o.src.ctx.Err() != nil { //nolint:errorlint // io.Reader promises the bare value
		return n, err
	}
	return n, refused(err)
}

// Close implements io.Closer.
func (o *object) Close() error { return refused(o.f.Close()) }

// source stops when ctx ends, and remembers what the reader itself failed with.
type source struct {
	ctx context.Context //nolint:containedctx // a reader has no other way to hear of it
	src io.Reader
	err error
}

// Read implements io.Reader.
func (s *source) Read(p []byte) (int, error) {
	if s.ctx.Err() != nil {
		s.err = context.Cause(s.ctx)
		return 0, s.err
	}
	n, err := s.src.Read(p)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}
