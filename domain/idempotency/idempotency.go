// Package idempotency is what makes it safe to send a request again whose answer got lost: the client names the request
// by a key of its own, the work is done once, and whoever asks again gets the first answer.
//
// It imports the standard library, domain/fault and domain/checksum. Start at Claim.
package idempotency

import (
	"time"

	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/domain/fault"
)

// The bounds of what is kept.
const (
	Lifetime       = 24 * time.Hour // of a key, from its first use
	MaxKeyBytes    = 255
	MaxAnswerBytes = 256 << 10
)

// Key is the client's name for one request, among the user's own. Only its sum is kept: a client may write anything into
// a name.
type Key struct{ sum checksum.Sum }

// ParseKey accepts 1 to MaxKeyBytes visible ASCII characters. location is where the client sent them.
func ParseKey(location, s string) (Key, error) {
	ok := s != "" && len(s) <= MaxKeyBytes
	for i := range len(s) {
		ok = ok && '!' <= s[i] && s[i] <= '~'
	}
	if !ok {
		return Key{}, fault.Invalid(location, "must be 1 to 255 visible ASCII characters")
	}
	return Key{checksum.Of([]byte(s))}, nil
}

// Sum is the SHA-256 of the name.
func (k Key) Sum() checksum.Sum { return k.sum }

// Claim is one attempt at the request of a key.
type Claim struct {
	Key     Key
	Digest  checksum.Sum // of all that the request asks for
	Attempt string       // a UUID of its own
	At      time.Time
	Until   time.Time // when it is over at the latest: one that has not answered by then has died
}

// Begun is what a claim found.
type Begun struct {
	Answered bool
	Answer   string // the first answer, if it is answered
	First    string // the first attempt at this request, perhaps this one: what it began under ids of its own is found again
}

// Reused is the failure of a key that stands for another request.
func Reused() error {
	return fault.Invalid("header.Idempotency-Key", "was used for another request; a new request needs a new key")
}

// Busy is the failure of a claim while another attempt is at work, at most until then.
func Busy(now, until time.Time) error {
	return fault.New(fault.Conflict, "The same request is being worked on. Ask again in a moment.").RetryAfter(min(until.Sub(now), 2*time.Second))
}

// TakenOver is the failure of an attempt that came too late to answer.
func TakenOver() error {
	return fault.New(fault.Conflict, "Another attempt at this request has begun since.")
}
