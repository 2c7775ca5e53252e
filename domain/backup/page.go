package backup

import "github.com/adiuva/cloud/domain/record"

// Query selects from a user's backups, the newest first.
type Query struct {
	After string // an id: what comes after this backup, the older ones; empty for the start
	Skip  int    // how many to pass over, 0 or more
	Limit int    // 1 to record.MaxLimit
}

// NewQuery turns a page number (from 1) and size into a query, by the rules of the listing of records. Zero means the
// default.
func NewQuery(page, limit int) (Query, error) {
	q, err := record.NewQuery(nil, page, limit)
	return Query{Skip: q.Skip, Limit: q.Limit}, err
}
