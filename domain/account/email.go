package account

import (
	"net/mail"
	"strings"
	"unicode"

	"github.com/adiuva/cloud/domain/fault"
)

// MaxEmailBytes is the longest address that SMTP can carry (RFC 5321, 4.5.3.1.3, less the angle brackets).
const MaxEmailBytes = 254

// Email is an address that passed ParseEmail, as it was typed.
type Email struct{ s string }

// ParseEmail accepts a bare address (RFC 5322 by net/mail, no display name) of at most MaxEmailBytes bytes. White space
// around it is dropped.
func ParseEmail(s string) (Email, error) {
	s = strings.TrimSpace(s)
	if len(s) > MaxEmailBytes {
		return Email{}, fault.Invalid("body.email", "must be at most 254 characters")
	}
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || a.Name != "" || strings.ContainsFunc(s, unicode.IsControl) {
		return Email{}, fault.Invalid("body.email", "must be an e-mail address, like name@example.com")
	}
	return Email{s}, nil
}

// String is the address as it was typed.
func (e Email) String() string { return e.s }

// Folded is what must be unique: the same address in another case is the same account.
func (e Email) Folded() string { return strings.ToLower(e.s) }
