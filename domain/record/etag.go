package record

import (
	"strings"

	"github.com/adiuva/cloud/domain/fault"
)

// Match checks an If-Match header (RFC 9110, 13.1.1): nil if it is empty, is *, or lists the etag of this version;
// otherwise PreconditionFailed with the current etag. A weak tag (W/) matches nothing, as the comparison is strong.
func (m Meta) Match(ifMatch string) error {
	if strings.TrimSpace(ifMatch) == "" {
		return nil
	}
	for tag := range strings.SplitSeq(ifMatch, ",") { // our tags are digits in quotes: no comma inside
		if tag = strings.TrimSpace(tag); tag == "*" || tag == m.ETag() {
			return nil
		}
	}
	return fault.New(fault.PreconditionFailed, "Another device has changed this since. Read it again.").With("etag", m.ETag())
}

// Known checks an If-None-Match header (RFC 9110, 13.1.2): true if it is * or lists the etag of this version. The
// comparison is weak: what a cache made of a tag still names the version.
func (m Meta) Known(ifNoneMatch string) bool {
	for tag := range strings.SplitSeq(ifNoneMatch, ",") {
		if tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/"); tag == "*" || tag == m.ETag() {
			return true
		}
	}
	return false
}
