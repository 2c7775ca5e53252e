package record

import "time"

// TombstoneLifetime is how long a deletion stays in the feed. An older cursor cannot be continued.
const TombstoneLifetime = 90 * 24 * time.Hour

// Change is one entry of a user's feed: a record came to be, has new bytes, or is gone. There is one for each record and
// table, the last.
type Change struct {
	Seq      int64 // 1 for a user's first write, then without gaps in commit order
	RecordID string
	Table    Table
	Deleted  bool // a tombstone
	At       time.Time
	Record   *Meta // as it was when the feed was read; nil for a tombstone, and where changes are written
}

// FeedQuery selects from a user's feed, in ascending order of Seq.
type FeedQuery struct {
	After int64  // only entries with a greater number
	Table *Table // only entries about this one, if set
	Limit int    // 1 to MaxLimit
}

// Feed is what was read of a user's feed, all of it at one moment.
type Feed struct {
	Changes   []Change
	LastSeq   int64 // the last number that was given out; 0 if none ever was
	PrunedSeq int64 // the greatest number of a tombstone that was pruned; 0 if none ever was
}
