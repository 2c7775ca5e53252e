package record

import "github.com/adiuva/cloud/domain/fault"

// The bounds of a listing.
const (
	DefaultLimit = 50
	MaxLimit     = 200
	MaxPage      = 10_000
)

// Query selects from a user's records, in order of creation (then id).
type Query struct {
	Table *Table // only this one, if set
	After string // an id: what comes after this record; empty for the start
	Skip  int    // how many to pass over, 0 or more
	Limit int    // 1 to MaxLimit
}

// NewQuery turns a page number (from 1) and size into a query. Zero means the default.
func NewQuery(table *Table, page, limit int) (Query, error) {
	if page == 0 {
		page = 1
	}
	if limit == 0 {
		limit = DefaultLimit
	}
	if page < 1 || page > MaxPage {
		return Query{}, fault.Invalid("query.page", "must be 1 to 10000")
	}
	if limit < 1 || limit > MaxLimit {
		return Query{}, fault.Invalid("query.limit", "must be 1 to 200")
	}
	return Query{Table: table, Skip: (page - 1) * limit, Limit: limit}, nil
}
