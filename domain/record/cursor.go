package record

import (
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/adiuva/cloud/domain/fault"
)

// Cursor is how far a device has read a user's feed. The zero value is the start, from which everything that there is
// can be read at any time: a full sync.
type Cursor struct {
	seq int64 // every entry up to here was read
	// base is the last number that was given out when the full sync began that this cursor goes back to. Tombstones up to
	// it were tombstones then: a device that began with nothing does not need them, so they may be pruned while it reads.
	base int64
}

// cursorVersion stands before a cursor's numbers, so that another form of it can be told apart one day.
const cursorVersion = "1"

// ParseCursor reads what String wrote; an empty text is the start. location is where the client sent it. What cannot
// be a cursor is ValidationFailed; one of a form that this server does not know is CursorExpired, like any other that
// cannot be continued.
func ParseCursor(location, s string) (Cursor, error) {
	if s == "" {
		return Cursor{}, nil
	}
	invalid := fault.Invalid(location, "must be the next_cursor of an earlier answer, as it was")
	raw, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil {
		return Cursor{}, invalid
	}
	version, numbers, ok := strings.Cut(string(raw), ".")
	if !ok {
		return Cursor{}, invalid
	}
	if version != cursorVersion {
		return Cursor{}, cursorExpired()
	}
	first, second, _ := strings.Cut(numbers, ".")
	seq, seqErr := strconv.ParseInt(first, 10, 64)
	base, baseErr := strconv.ParseInt(second, 10, 64)
	c := Cursor{seq, base}
	if seqErr != nil || baseErr != nil || seq < 0 || base < 0 || c.String() != s { // one spelling a cursor
		return Cursor{}, invalid
	}
	return c, nil
}

// String is the cursor as clients keep it: nothing to be read by them. It is never empty.
func (c Cursor) String() string {
	text := cursorVersion + "." + strconv.FormatInt(c.seq, 10) + "." + strconv.FormatInt(c.base, 10)
	return base64.RawURLEncoding.EncodeToString([]byte(text))
}

// Seq is the number after which to read on.
func (c Cursor) Seq() int64 { return c.seq }

// Next is the cursor after the first limit entries of f, which was read from c with a limit of one more, so that the
// entry beyond tells whether there is more; page are the entries before that one. CursorExpired if a tombstone that c has
// not seen was pruned, or if c is beyond the feed: the database was restored, or the feed is another's.
func (c Cursor) Next(f Feed, limit int) (page []Change, next Cursor, more bool, err error) {
	if c == (Cursor{}) {
		c.base = f.LastSeq
	}
	if known := max(c.seq, c.base); f.PrunedSeq > known || known > f.LastSeq {
		return nil, Cursor{}, false, cursorExpired()
	}
	if len(f.Changes) > limit {
		page = f.Changes[:limit]
		return page, Cursor{page[limit-1].Seq, c.base}, true, nil
	}
	return f.Changes, Cursor{f.LastSeq, f.LastSeq}, false, nil
}

func cursorExpired() *fault.Error {
	return fault.New(fault.CursorExpired, "The feed does not go back that far. Sync from the start, without a cursor, and drop what is not in it.")
}
