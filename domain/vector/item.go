// Package vector is what the app searches by likeness: opaque encrypted bytes, each with a place in a space of numbers.
//
// It imports the standard library, domain/checksum and domain/fault. Start at Item; embedding.go is what likeness is
// measured on, fingerprint.go what stands in where a client sends none, and point.go what a search index knows.
package vector

import (
	"regexp"
	"strconv"
	"time"

	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/domain/fault"
)

// The bounds of vectors.
const (
	MaxItems     = 500      // one call stores
	MaxSpaces    = 8        // one call stores into
	MaxDeletions = 1000     // one call deletes
	MaxBlobBytes = 64 << 10 // of one item
	MaxIDBytes   = 128
	MaxTop       = 100 // results of one search
	DefaultTop   = 10
	MaxListed    = 200 // items in one listing
)

// Item is what the server keeps of one thing that can be found. Its row is the truth: what a search index says counts only
// where a row names the same point.
type Item struct {
	ID        string // the client's own: see CheckID
	Place     Place
	Point     string       // UUID; new for each write, so that a point never changes
	Blob      []byte       // opaque; a listing leaves it out
	Checksum  checksum.Sum // of Blob
	SizeBytes int64        // what it counts for: see Size
	CreatedAt time.Time    // of the first write with this id
	UpdatedAt time.Time
}

// Size is how many bytes an item counts for in the user's records: its blob, and four for each number that the client sent.
func Size(blob int, p Place) int64 {
	if p.Space == Fingerprints {
		return int64(blob)
	}
	return int64(blob) + 4*int64(p.Dimension)
}

// CheckID accepts 1 to 128 characters of visible ASCII. location is where the client sent it.
func CheckID(location, s string) error {
	visible := s != "" && len(s) <= MaxIDBytes
	for i := 0; visible && i < len(s); i++ {
		visible = '!' <= s[i] && s[i] <= '~'
	}
	if !visible {
		return fault.Invalid(location, "must be 1 to 128 characters of visible ASCII, without spaces")
	}
	return nil
}

// ParseTop is how many results a search gives: 1 to MaxTop, and DefaultTop for 0. location is where the client sent it.
func ParseTop(location string, n int) (int, error) {
	if n < 0 || n > MaxTop {
		return 0, fault.Invalid(location, "must be 1 to "+strconv.Itoa(MaxTop))
	}
	if n == 0 {
		return DefaultTop, nil
	}
	return n, nil
}

// Space is a collection within which vectors can be compared: those of one model and one key.
type Space struct{ s string }

// Fingerprints is the space of items without an embedding. No client can name it.
var Fingerprints = Space{"_fingerprints"}

// DefaultSpace is where embeddings go that name no space.
var DefaultSpace = Space{"default"}

var spaceRule = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)

// ParseSpace accepts ^[a-z][a-z0-9_]{0,62}$, and answers DefaultSpace for an empty text. location is where the client sent it.
func ParseSpace(location, s string) (Space, error) {
	if s == "" {
		return DefaultSpace, nil
	}
	if !spaceRule.MatchString(s) {
		return Space{}, fault.Invalid(location, "must be 1 to 63 of a-z, 0-9 and _, beginning with a letter")
	}
	return Space{s}, nil
}

// StoredSpace reads what String wrote.
func StoredSpace(s string) (Space, error) {
	if s == Fingerprints.s {
		return Fingerprints, nil
	}
	if s == "" {
		return Space{}, fault.New(fault.Internal, "A stored space has no name.")
	}
	return ParseSpace("space", s)
}

// String is the name, also of Fingerprints, as stores keep it.
func (s Space) String() string { return s.s }
