package record

import "time"

// TombstoneLifetime is how long a deletion stays in the feed. An older cursor cannot be continued.
const TombstoneLifetime = 90 * 24 * time.Hour

// Change is one entry of a user's feed: a record came to be, has new bytes, or is gone.
type Change struct {
	Seq      int64 // 1 for a user's first write, then without gaps in commit order
	RecordID string
	Table    Table
	Deleted  bool // a tombstone
	At       time.Time
}
