package record

import "time"

// The times of unused objects.
const (
	IntentLifetime = time.Hour        // a write that did not finish by then never will
	ReaderGrace    = 10 * time.Minute // a download of replaced bytes may still be under way
	SweepLease     = 30 * time.Second // a sweeper that took an entry and died loses it to the next after this; deleting twice does no harm
)

// Garbage is an object that is to be deleted when due. A write begins by naming its future object here (its intent) and
// ends by taking the name back in the transaction that makes the object current: so nothing is ever found by listing
// the store, and nothing is orphaned for good.
type Garbage struct {
	Key   string
	DueAt time.Time
}
