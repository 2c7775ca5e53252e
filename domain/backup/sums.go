package backup

import (
	"crypto/sha256"
	"hash"
	"io"
	"slices"

	"github.com/adiuva/cloud/domain/checksum"
)

// Summing passes a new backup through and takes the sum of each of its chunks. Its memory is a hash, and 32 bytes a chunk.
type Summing struct {
	src   io.Reader
	chunk hash.Hash
	held  int64 // bytes that chunk has seen
	count int64
	sums  []checksum.Sum // of the chunks that are complete
}

// NewSumming reads src.
func NewSumming(src io.Reader) *Summing { return &Summing{src: src, chunk: sha256.New()} }

// Read implements io.Reader.
func (s *Summing) Read(p []byte) (int, error) {
	n, err := s.src.Read(p)
	s.count += int64(n)
	for p = p[:n]; len(p) > 0; {
		part := p[:min(int64(len(p)), ChunkBytes-s.held)]
		s.chunk.Write(part)
		s.held += int64(len(part))
		p = p[len(part):]
		if s.held == ChunkBytes {
			s.sums = append(s.sums, s.sum())
			s.chunk.Reset()
			s.held = 0
		}
	}
	return n, err
}

// Count is how many bytes have passed.
func (s *Summing) Count() int64 { return s.count }

// Sums are the sums of the chunks of what has passed, the last of which may be short.
func (s *Summing) Sums() []checksum.Sum {
	if s.held == 0 {
		return s.sums
	}
	return append(slices.Clip(s.sums), s.sum())
}

func (s *Summing) sum() checksum.Sum { return checksum.FromBytes([sha256.Size]byte(s.chunk.Sum(nil))) }
