package record

import (
	"regexp"
	"strings"

	"github.com/adiuva/cloud/domain/fault"
)

// MaxKeyBytes bounds a key: with room to spare for what a file system adds to a name of 255 bytes.
const MaxKeyBytes = 220

// Key is where one version of a record's bytes lives: user/table/record/part. The part is new for every write, so an
// object never changes once it is written; the row says which one is current. After a crash there may be an unused
// object, never a wrong or missing one.
func Key(userID string, table Table, recordID, part string) string {
	return strings.Join([]string{userID, table.String(), recordID, part}, "/")
}

var keyRule = regexp.MustCompile(`^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$`)

// CheckKey accepts segments of letters, digits, '-' and '_' joined by '/', at most MaxKeyBytes in all. Nothing else may
// become a name in a bucket or a folder.
func CheckKey(key string) error {
	if len(key) > MaxKeyBytes || !keyRule.MatchString(key) {
		return fault.Invalid("key", "must be segments of letters, digits, '-' and '_' joined by '/', at most 220 bytes")
	}
	return nil
}
