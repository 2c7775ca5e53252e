// Package checksum is the SHA-256 that clients send along with opaque bytes: the only thing the server can verify about
// data that it cannot decrypt.
//
// It imports the standard library and domain/fault. Start at Sum.
package checksum

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"strings"

	"github.com/adiuva/cloud/domain/fault"
)

// Sum is a SHA-256. The zero value is unusable: it is the sum of nothing that anybody can send.
type Sum struct{ b [sha256.Size]byte }

// Of is the sum of p.
func Of(p []byte) Sum { return Sum{sha256.Sum256(p)} }

// FromBytes is the sum whose 32 raw bytes these are.
func FromBytes(b [sha256.Size]byte) Sum { return Sum{b} }

// Parse reads 64 hexadecimal digits, in either case.
func Parse(s string) (Sum, error) {
	var sum Sum
	if len(s) != hex.EncodedLen(sha256.Size) {
		return Sum{}, fault.Invalid("checksum", "must be the SHA-256 of the raw bytes as 64 hexadecimal digits")
	}
	if _, err := hex.Decode(sum.b[:], []byte(strings.ToLower(s))); err != nil {
		return Sum{}, fault.Invalid("checksum", "must be the SHA-256 of the raw bytes as 64 hexadecimal digits")
	}
	return sum, nil
}

// String is 64 lower-case hexadecimal digits.
func (s Sum) String() string { return hex.EncodeToString(s.b[:]) }

// Bytes are the 32 raw bytes.
func (s Sum) Bytes() []byte { return append([]byte(nil), s.b[:]...) }

// Equal compares in constant time.
func (s Sum) Equal(t Sum) bool { return subtle.ConstantTimeCompare(s.b[:], t.b[:]) == 1 }
