package accounts

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"time"

	"github.com/adiuva/cloud/domain/account"
	"github.com/adiuva/cloud/ports"
)

// attempt is one try of a password: where it is counted, and what was counted before. The rules are account's.
//
// The failures of a pair (account and network) are counted by themselves. Those of strangers are counted for the account
// and for the network too. A pair becomes familiar where the account is used, which has a key of its own: a failure must
// not make it last.
type attempt struct {
	pair             string
	today, yesterday string // the account's, by the day
	address, mark    string // empty where no address is known: nowhere is neither one network nor familiar to anybody
	at               time.Time
	counted          []counted
}

// counted is a count that holds the attempt.
type counted struct {
	key    string
	policy account.Backoff
	before account.Attempts
}

// newAttempt names the keys for an account and a network address, which may be empty.
func newAttempt(email account.Email, address string, now time.Time) attempt {
	today, yesterday := account.StrangerDays(now)
	a := attempt{at: now, today: key("account", email.Folded(), today), yesterday: key("account", email.Folded(), yesterday)}
	network := networkOf(address)
	if network == "" {
		a.pair = key("pair", email.Folded(), "unknown")
		return a
	}
	a.pair, a.mark = key("pair", email.Folded(), network), key("familiar", email.Folded(), network)
	a.address = key("address", network)
	return a
}

// key is a digest: neither an e-mail nor an address is kept.
func key(parts ...string) string {
	h := sha256.New()
	h.Write([]byte("adiuva attempts v1"))
	for _, p := range parts {
		h.Write([]byte{0})
		h.Write([]byte(p))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// networkOf is what one subscriber usually has: an IPv4 address, or a /64 of IPv6. Empty for what is no address.
func networkOf(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return ""
	}
	ip = ip.Unmap().WithZone("")
	bits := 32
	if ip.Is6() {
		bits = 64
	}
	network, err := ip.Prefix(bits)
	if err != nil {
		return ""
	}
	return network.String()
}

// count counts the attempt before the password is looked at, so that many guesses at once cannot share one count. Where
// there is a wait, nothing is counted: who only knocks does not make it longer.
func (a *attempt) count(ctx context.Context, tx ports.AccountTx) (wait time.Duration, err error) {
	a.counted = nil
	familiar, err := a.familiar(ctx, tx)
	if err != nil {
		return 0, err
	}
	if familiar {
		wait, err = a.weigh(ctx, tx, a.pair, account.PairBackoff())
	} else {
		wait, err = a.weighStranger(ctx, tx)
	}
	if err != nil || wait > 0 {
		return wait, err
	}
	for _, c := range a.counted {
		if err := tx.Attempts.Save(ctx, c.key, c.policy.Fail(c.before, a.at)); err != nil {
			return 0, err
		}
	}
	return 0, nil
}

func (a *attempt) familiar(ctx context.Context, tx ports.AccountTx) (bool, error) {
	if a.mark == "" {
		return false, nil
	}
	used, err := tx.Attempts.Find(ctx, a.mark)
	return err == nil && account.Familiar(used.LastAt, a.at), err
}

// weighStranger weighs all that a stranger is counted for. The account's count sets the policy of the pair, and makes
// nobody wait itself.
func (a *attempt) weighStranger(ctx context.Context, tx ports.AccountTx) (time.Duration, error) {
	today, err := tx.Attempts.Find(ctx, a.today)
	if err != nil {
		return 0, err
	}
	yesterday, err := tx.Attempts.Find(ctx, a.yesterday)
	if err != nil {
		return 0, err
	}
	policy := account.StrangerBackoff(today, yesterday)
	a.counted = append(a.counted, counted{a.today, policy, today})
	wait, err := a.weigh(ctx, tx, a.pair, policy)
	if err != nil || a.address == "" {
		return wait, err
	}
	onAddress, err := a.weigh(ctx, tx, a.address, account.AddressBackoff())
	return max(wait, onAddress), err
}

// weigh says how long a count makes the attempt wait, and remembers to count it there.
func (a *attempt) weigh(ctx context.Context, tx ports.AccountTx, key string, policy account.Backoff) (time.Duration, error) {
	before, err := tx.Attempts.Find(ctx, key)
	if err != nil {
		return 0, err
	}
	a.counted = append(a.counted, counted{key, policy, before})
	return policy.Wait(before, a.at), nil
}

// succeeded forgets the failures of the pair, takes the attempt off the other counts, and makes the pair familiar. What
// others failed stays: an attack is not over because the owner logs in.
func (a *attempt) succeeded(ctx context.Context, tx ports.AccountTx) error {
	if err := a.unchecked(ctx, tx); err != nil {
		return err
	}
	if err := tx.Attempts.Delete(ctx, a.pair); err != nil {
		return err
	}
	return a.familiarize(ctx, tx)
}

// familiarize remembers that the account was used from here.
func (a *attempt) familiarize(ctx context.Context, tx ports.AccountTx) error {
	if a.mark == "" {
		return nil
	}
	return tx.Attempts.Save(ctx, a.mark, account.Attempts{LastAt: a.at})
}

// unchecked takes the attempt off every count: it was no guess.
func (a *attempt) unchecked(ctx context.Context, tx ports.AccountTx) error {
	for _, c := range a.counted {
		if err := a.giveBack(ctx, tx, c); err != nil {
			return err
		}
	}
	return nil
}

// closed forgets what is counted for an account that is no more.
func (a *attempt) closed(ctx context.Context, tx ports.AccountTx) error {
	if err := a.unchecked(ctx, tx); err != nil {
		return err
	}
	keys := []string{a.today, a.yesterday, a.pair}
	if a.mark != "" {
		keys = append(keys, a.mark)
	}
	return tx.Attempts.Delete(ctx, keys...)
}

// giveBack takes the attempt off a count, and its time too if no other came after it.
func (a *attempt) giveBack(ctx context.Context, tx ports.AccountTx, c counted) error {
	now, err := tx.Attempts.Find(ctx, c.key)
	if err != nil {
		return err
	}
	if now.Failures <= 1 {
		return tx.Attempts.Delete(ctx, c.key)
	}
	now.Failures--
	if now.LastAt.Equal(a.at) {
		now.LastAt = c.before.LastAt
	}
	return tx.Attempts.Save(ctx, c.key, now)
}
