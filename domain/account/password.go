package account

import (
	"unicode/utf8"

	"github.com/adiuva/cloud/domain/fault"
)

// The bounds of a password, in bytes. The upper one is bcrypt's own: it would ignore the rest without a word.
const (
	MinPasswordBytes = 8
	MaxPasswordBytes = 72
)

// CheckPassword applies the policy for new passwords: length only, no rules of composition (NIST SP 800-63B, 3.1.1.2).
// location is where the client sent it.
func CheckPassword(location, password string) error {
	switch {
	case !utf8.ValidString(password):
		return fault.Invalid(location, "must be valid UTF-8")
	case len(password) < MinPasswordBytes:
		return fault.Invalid(location, "must be at least 8 bytes")
	case len(password) > MaxPasswordBytes:
		return fault.Invalid(location, "must be at most 72 bytes")
	}
	return nil
}
