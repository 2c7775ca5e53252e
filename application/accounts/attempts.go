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

// attempt is one try of a password: where it is counted, and what was counted before.
//
// A stranger's failures slow the account down for other strangers only. An address from which the account was used
// within a day has a count of its own (the familiar one), so that nobody can keep the owner out from afar.
type attempt struct {
	account, address, familiar string // keys; the last two are empty where no address is known
	isFamiliar                 bool
	at                         time.Time
	ownBefore, addressBefore   account.Attempts
}

// newAttempt names the keys for an account and a network address, which may be empty.
func newAttempt(email account.Email, address string, now time.Time) attempt {
	a := attempt{account: key("account", email.Folded()), at: now}
	if network := networkOf(address); network != "" {
		a.address = key("address", network)
		a.familiar = key("familiar", email.Folded(), network)
	}
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
	onAccount, onAddress := account.AccountBackoff(), account.AddressBackoff()
	if a.ownBefore, err = a.own(ctx, tx); err != nil {
		return 0, err
	}
	wait = onAccount.Wait(a.ownBefore, a.at)
	if a.address != "" {
		if a.addressBefore, err = tx.Attempts.Find(ctx, a.address); err != nil {
			return 0, err
		}
		wait = max(wait, onAddress.Wait(a.addressBefore, a.at))
	}
	if wait > 0 {
		return wait, nil
	}
	if a.address != "" {
		if err := tx.Attempts.Save(ctx, a.address, onAddress.Fail(a.addressBefore, a.at)); err != nil {
			return 0, err
		}
	}
	return 0, tx.Attempts.Save(ctx, a.ownKey(), onAccount.Fail(a.ownBefore, a.at))
}

// own is the count that this attempt falls under: the familiar one, or else that of all strangers.
func (a *attempt) own(ctx context.Context, tx ports.AccountTx) (account.Attempts, error) {
	a.isFamiliar = false
	if a.familiar != "" {
		known, err := tx.Attempts.Find(ctx, a.familiar)
		if err != nil {
			return account.Attempts{}, err
		}
		if a.at.Sub(known.LastAt) < account.AccountBackoff().Forget { // never is long ago
			a.isFamiliar = true
			return known, nil
		}
	}
	return tx.Attempts.Find(ctx, a.account)
}

func (a *attempt) ownKey() string {
	if a.isFamiliar {
		return a.familiar
	}
	return a.account
}

// succeeded forgets the failures of the account, gives the address its count back, and makes it familiar.
func (a *attempt) succeeded(ctx context.Context, tx ports.AccountTx) error {
	if err := tx.Attempts.Delete(ctx, a.account); err != nil {
		return err
	}
	if err := a.giveBack(ctx, tx, a.address, a.addressBefore); err != nil {
		return err
	}
	return a.familiarize(ctx, tx)
}

// familiarize remembers that the account was used from here.
func (a *attempt) familiarize(ctx context.Context, tx ports.AccountTx) error {
	if a.familiar == "" {
		return nil
	}
	return tx.Attempts.Save(ctx, a.familiar, account.Attempts{LastAt: a.at})
}

// unchecked takes the count back: the password was never looked at.
func (a *attempt) unchecked(ctx context.Context, tx ports.AccountTx) error {
	if err := a.giveBack(ctx, tx, a.ownKey(), a.ownBefore); err != nil {
		return err
	}
	return a.giveBack(ctx, tx, a.address, a.addressBefore)
}

// closed forgets what is counted for an account that is no more.
func (a *attempt) closed(ctx context.Context, tx ports.AccountTx) error {
	if err := tx.Attempts.Delete(ctx, a.account); err != nil {
		return err
	}
	if a.familiar != "" {
		if err := tx.Attempts.Delete(ctx, a.familiar); err != nil {
			return err
		}
	}
	return a.giveBack(ctx, tx, a.address, a.addressBefore)
}

// giveBack takes the attempt off a count, and its time too if no other came after it.
func (a *attempt) giveBack(ctx context.Context, tx ports.AccountTx, key string, before account.Attempts) error {
	if key == "" {
		return nil
	}
	counted, err := tx.Attempts.Find(ctx, key)
	if err != nil || counted.Failures == 0 {
		return err
	}
	counted.Failures--
	if counted.LastAt.Equal(a.at) {
		counted.LastAt = before.LastAt
	}
	if counted.Failures == 0 && counted.LastAt.IsZero() {
		return tx.Attempts.Delete(ctx, key)
	}
	return tx.Attempts.Save(ctx, key, counted)
}
