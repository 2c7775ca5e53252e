package backup

import (
	"strings"
	"time"
)

// Conditions are what a client says about the backup that it has, in the words of RFC 9110, 13. The zero value says
// nothing.
type Conditions struct {
	IfNoneMatch     string    // a list of entity tags, or *
	IfModifiedSince time.Time // zero if there is none; not looked at beside IfNoneMatch
}

// ETag names the backup, quoted as HTTP wants it (RFC 9110, 8.8.3).
func (m Meta) ETag() string { return `"` + m.ID + `"` }

// LastModified is CreatedAt as far as HTTP's dates can tell it: in whole seconds.
func (m Meta) LastModified() time.Time { return m.CreatedAt.Truncate(time.Second) }

// Known reports that the client has this backup, so that its bytes need not be sent. Entity tags are compared weakly: what
// a cache made of one still names the backup.
func (m Meta) Known(c Conditions) bool {
	if c.IfNoneMatch == "" {
		return !c.IfModifiedSince.IsZero() && !m.LastModified().After(c.IfModifiedSince)
	}
	for tag := range strings.SplitSeq(c.IfNoneMatch, ",") { // our tags have no comma inside
		if tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/"); tag == "*" || tag == m.ETag() {
			return true
		}
	}
	return false
}
