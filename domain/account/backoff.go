package account

import "time"

// Attempts is how often a login failed lately for one key (an account, an address). The zero value has none.
type Attempts struct {
	Failures int
	LastAt   time.Time
}

// Backoff is how failures slow further attempts down: Free of them cost nothing, then the wait doubles from a second up
// to Longest. It never locks for good: after Longest there is always one more attempt.
type Backoff struct {
	Free    int
	Longest time.Duration
	Forget  time.Duration // without a failure for this long, all is forgotten
}

// AccountBackoff is the policy for one account.
func AccountBackoff() Backoff { //nolint:revive // account.AccountBackoff beside account.AddressBackoff: the two are told apart
	return Backoff{Free: 8, Longest: 15 * time.Minute, Forget: 24 * time.Hour}
}

// AddressBackoff is the policy for one network address (IPv4 /32, IPv6 /64). An address may serve many people, so it gets
// more room than an account.
func AddressBackoff() Backoff {
	return Backoff{Free: 40, Longest: 15 * time.Minute, Forget: 24 * time.Hour}
}

// Wait is how long until the next attempt may be made.
func (b Backoff) Wait(a Attempts, now time.Time) time.Duration {
	if a.Failures < b.Free || now.Sub(a.LastAt) >= b.Forget {
		return 0
	}
	wait := b.Longest
	if n := a.Failures - b.Free; n < 20 { // beyond 2^20 seconds only Longest counts
		wait = min(wait, time.Second<<n)
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
