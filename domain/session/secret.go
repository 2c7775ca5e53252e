package session

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
)

// secretBytes is 256 bits: nobody guesses it, so a plain hash is enough to store it.
const secretBytes = 32

// Secret is an opaque token in the client's hands: a refresh token or a ticket. Only its Hash is ever stored.
type Secret struct{ b [secretBytes]byte }

// Seed is 32 random bytes, from which a secret is made.
type Seed [secretBytes]byte

// Hash is the SHA-256 of a secret.
type Hash [sha256.Size]byte

// NewSecret is the first secret of a family, or a ticket.
func NewSecret(seed Seed) Secret {
	return Secret{sha256.Sum256(append([]byte("adiuva secret v1\x00"), seed[:]...))}
}

// Child is the secret that follows s. The same parent and seed give the same child, so that a lost answer can be given
// again without storing any secret.
func (s Secret) Child(seed Seed) Secret {
	mac := hmac.New(sha256.New, seed[:])
	mac.Write([]byte("adiuva refresh child v1\x00"))
	mac.Write(s.b[:])
	return Secret{[secretBytes]byte(mac.Sum(nil))}
}

// ParseSecret reads what String wrote. It reports false for anything else.
func ParseSecret(s string) (Secret, bool) {
	if len(s) != base64.RawURLEncoding.EncodedLen(secretBytes) {
		return Secret{}, false // also what has line breaks in it, which the decoder would pass over
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(b) != secretBytes {
		return Secret{}, false
	}
	return Secret{[secretBytes]byte(b)}, true
}

// Reveal is the secret as the client gets it: 43 characters of URL-safe base64.
func (s Secret) Reveal() string { return base64.RawURLEncoding.EncodeToString(s.b[:]) }

// String never shows the secret.
func (s Secret) String() string { return "[secret]" }

// GoString never shows the secret either.
func (s Secret) GoString() string { return "[secret]" }

// Hash is what may be stored.
func (s Secret) Hash() Hash { return sha256.Sum256(s.b[:]) }

// String is 64 lower-case hexadecimal digits.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }
