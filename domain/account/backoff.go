package account

import (
	"time"

	"github.com/adiuva/cloud/domain/session"
)

// How failed logins are slowed down. A pair is an account and the network that somebody tries it from.
//
//	who tries                                    free   first wait   longest   subject to the network's own count
//	a familiar pair (Familiar)                      8          1 s    15 min   no
//	a stranger                                      8          1 s    15 min   yes
//	a stranger, the account under attack            1       15 min    15 min   yes
//	a network, over all accounts strange to it    100          1 s    15 min   -
//
// Nobody waits for what happens between the account and another network: strangers' failures together only tighten what
// each network has for itself. So whoever is new somewhere has an attempt at once and one each Longest, however long
// others attack, and guesses from one network stay at about 110 a day for one account.
const (
	// AttackedFrom is how many failures of strangers within 24 hours, from all networks, put an account under attack.
	AttackedFrom = 100
	// FamiliarFor is how long a network stays familiar to an account after it was last used from there: as long as the
	// session of a device that is not used.
	FamiliarFor = session.IdleLifetime
	// AttemptsKept is how long Attempts are kept at least: nothing here looks further back.
	AttemptsKept = FamiliarFor

	longestWait = 15 * time.Minute
	forgetAfter = 24 * time.Hour
)

// Attempts is how often a login failed lately for one key (a pair, an account on one day, a network). The zero value has
// none.
type Attempts struct {
	Failures int
	LastAt   time.Time
}

// Backoff is how failures slow further attempts down: Free of them cost nothing, then the wait doubles from First up to
// Longest. It never locks for good: after Longest there is always one more attempt.
type Backoff struct {
	Free    int
	First   time.Duration
	Longest time.Duration
	Forget  time.Duration // without a failure for this long, all is forgotten
}

// PairBackoff is the policy for an account tried from one network (IPv4 /32, IPv6 /64, or unknown).
func PairBackoff() Backoff {
	return Backoff{Free: 8, First: time.Second, Longest: longestWait, Forget: forgetAfter}
}

// TightBackoff is the policy for a stranger to an account under attack: one attempt, then one each quarter of an hour.
func TightBackoff() Backoff {
	return Backoff{Free: 1, First: longestWait, Longest: longestWait, Forget: forgetAfter}
}

// AddressBackoff is the policy for one network over all accounts that it is no familiar of. It may serve many people, so
// it gets more room than a pair.
func AddressBackoff() Backoff {
	return Backoff{Free: 100, First: time.Second, Longest: longestWait, Forget: forgetAfter}
}

// StrangerBackoff is the policy for a pair that is not familiar, after what strangers failed on the account today and
// yesterday (StrangerDays).
func StrangerBackoff(today, yesterday Attempts) Backoff {
	if today.Failures+yesterday.Failures >= AttackedFrom {
		return TightBackoff()
	}
	return PairBackoff()
}

// StrangerDays names the two days (UTC) over which strangers' failures on an account add up: today, where the next one is
// counted, and yesterday. Any 24 hours up to now lie within them, so an attack is never missed, and it is forgotten two
// days later; a few failures a day never add up to one.
func StrangerDays(now time.Time) (today, yesterday string) {
	now = now.UTC()
	return now.Format(time.DateOnly), now.AddDate(0, 0, -1).Format(time.DateOnly)
}

// Familiar tells whether a network is familiar to an account that was last used from there at lastUsed, by a login with
// the right password or by a refresh. The zero time is never.
func Familiar(lastUsed, now time.Time) bool { return now.Sub(lastUsed) < FamiliarFor }

// Wait is how long until the next attempt may be made.
func (b Backoff) Wait(a Attempts, now time.Time) time.Duration {
	if a.Failures < b.Free || now.Sub(a.LastAt) >= b.Forget {
		return 0
	}
	wait := b.Longest
	if n := a.Failures - b.Free; n < 20 { // beyond 2^20 times First only Longest counts
		wait = min(wait, b.First<<n)
	}
	return max(0, a.LastAt.Add(wait).Sub(now))
}

// Fail counts one more attempt. It is counted before the password is checked and taken back by a success, so that many
// guesses at once cannot share one count.
func (b Backoff) Fail(a Attempts, now time.Time) Attempts {
	if now.Sub(a.LastAt) >= b.Forget {
		a.Failures = 0
	}
	return Attempts{Failures: a.Failures + 1, LastAt: now}
}
