// Package backup is the metadata of encrypted backups: whole copies of an app's data, too large to be held in memory.
//
// It imports the standard library, domain/checksum, domain/fault and domain/record. Start at Meta; sums.go is how parts of
// a backup are verified, part.go and conditions.go are what a client may ask of one.
package backup

import (
	"strconv"
	"strings"
	"time"

	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/domain/fault"
)

// The bounds of backups.
const (
	MaxBytes           = 1_000_000_000_000 // the largest one, in any tier
	MaxUndeclaredBytes = 64 << 30          // the largest one whose size nobody tells beforehand
	MaxVersionBytes    = 64
	// ChunkBytes is how much of a new backup has a sum of its own. All of it is verified before a byte of it is given back.
	ChunkBytes = 4 << 20
)

// maxTimestamp is the end of the year 9999, in milliseconds since the epoch.
const maxTimestamp = 253_402_300_799_999

// Meta is what the server knows of a backup. Backups are never changed, only made and deleted.
type Meta struct {
	ID        string // UUIDv7
	UserID    string
	Version   string    // the client's own word: see ParseVersion
	Timestamp time.Time // the client's own: when it says that the backup was made
	Key       string    // of the object with the bytes
	Checksum  checksum.Sum
	SizeBytes int64
	// ChunkBytes is how much each of Sums stands for; the last one stands for what is left.
	ChunkBytes int64
	Sums       []checksum.Sum // of the chunks, in order; a listing leaves them out
	CreatedAt  time.Time      // when it was complete, by the server's clock: see Following
}

// ChunkCount is how many chunks the backup has: none if it is empty.
func (m Meta) ChunkCount() int64 {
	if m.ChunkBytes <= 0 {
		return 0
	}
	return (m.SizeBytes + m.ChunkBytes - 1) / m.ChunkBytes
}

// Key is where a backup's bytes live: user/backups/id/part. No table of records can be in its way: ids of records stand
// where ids of backups do, and the part is new for every write.
func Key(userID, id, part string) string {
	return strings.Join([]string{userID, "backups", id, part}, "/")
}

// Following is the time of a backup that is completed at now, when newest is the user's newest one (its zero value if
// there is none): now, or the next second if newest is of the same second or a later one. So the newest backup is always
// the one that was completed last, whatever replicas think that the time is; and no two share a second, which is all that
// HTTP's dates tell.
func Following(newest Meta, now time.Time) time.Time {
	if second := newest.CreatedAt.Truncate(time.Second); !newest.CreatedAt.IsZero() && !now.Truncate(time.Second).After(second) {
		return second.Add(time.Second)
	}
	return now
}

// ParseVersion accepts 1 to 64 characters of visible ASCII and spaces between them: it is given back in a header.
// location is where the client sent it.
func ParseVersion(location, s string) (string, error) {
	if s == "" || len(s) > MaxVersionBytes || s != strings.TrimSpace(s) {
		return "", fault.Invalid(location, "must be 1 to 64 characters")
	}
	for _, r := range s {
		if r < ' ' || r > '~' {
			return "", fault.Invalid(location, "must be 1 to 64 characters of ASCII that can be seen")
		}
	}
	return s, nil
}

// ParseTimestamp accepts milliseconds since the Unix epoch, up to the year 9999. location is where the client sent it.
func ParseTimestamp(location, s string) (time.Time, error) {
	ms, err := strconv.ParseInt(s, 10, 64)
	if err != nil || ms < 0 || ms > maxTimestamp || strconv.FormatInt(ms, 10) != s {
		return time.Time{}, fault.Invalid(location, "must be milliseconds since the Unix epoch, like 1767225600000")
	}
	return time.UnixMilli(ms).UTC(), nil
}
