// Package record is the metadata of encrypted blobs: which object holds the current bytes, its version, and the feed of
// changes that devices sync from.
//
// It imports the standard library, domain/fault and domain/checksum. Start at Meta.
package record

import (
	"regexp"
	"strconv"
	"time"

	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/domain/fault"
)

// MaxBlobBytes is the largest record; larger things belong in a backup.
const MaxBlobBytes = 10 << 20

// Meta is what the server knows of a record. The blob itself stays opaque.
type Meta struct {
	ID        string // UUID
	UserID    string
	Table     Table
	Key       string // of the object with the current bytes
	Checksum  checksum.Sum
	SizeBytes int64
	Seq       int64 // the user's sequence number of the write that made this version
	CreatedAt time.Time
	UpdatedAt time.Time
}

// ETag names this version of the record, quoted as HTTP wants it (RFC 9110, 8.8.3).
func (m Meta) ETag() string { return `"` + strconv.FormatInt(m.Seq, 10) + `"` }

// Table is the app's table that a record belongs to.
type Table struct{ s string }

var tableRule = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)

// ParseTable accepts ^[a-z][a-z0-9_]{0,62}$: it becomes a part of object keys. location is where the client sent it.
func ParseTable(location, s string) (Table, error) {
	if !tableRule.MatchString(s) {
		return Table{}, fault.Invalid(location, "must be 1 to 63 of a-z, 0-9 and _, beginning with a letter")
	}
	return Table{s}, nil
}

// String is the name.
func (t Table) String() string { return t.s }
