package record

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strconv"
	"strings"

	"github.com/adiuva/cloud/domain/fault"
)

var idRule = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// ParseID accepts a UUID of any version in its text form (RFC 9562, 4), in either case, and answers it in lower case: an
// app that works offline makes ids itself. location is where the client sent it.
func ParseID(location, s string) (string, error) {
	id := strings.ToLower(s)
	if !idRule.MatchString(id) {
		return "", fault.Invalid(location, "must be a UUID, like 018f4e6a-7c1d-7b2e-9a55-0c9d3e1f2a4b")
	}
	return id, nil
}

// DeriveID is the n-th id that follows from seed, a UUID that nobody else knows: the same each time, and as hard to guess.
// It keeps the seed's time, so that ids sort as they were made.
func DeriveID(seed string, n int) string {
	sum := sha256.Sum256([]byte(seed + "/" + strconv.Itoa(n)))
	b := sum[:8]
	b[0] = b[0]&0x3f | 0x80 // the variant of RFC 9562
	tail := hex.EncodeToString(b)
	return seed[:19] + tail[:4] + "-" + tail[4:]
}
