package accounts

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/memory"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/ports/porttest"
)

const newPassword = "battery staple"

func TestChangingThePasswordEndsEveryOtherSession(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who, tokens := h.register(email)
	otherUser, otherTokens := h.register("other@example.com")
	phone, err := h.login(password, "")
	require.NoError(t, err)
	h.clock.Advance(time.Minute)
	before := h.user(who.UserID)
	_, err = h.changer().Execute(t.Context(), ChangePasswordInput{
		UserID: who.UserID, SessionID: who.SessionID, OldPassword: password, NewPassword: newPassword,
	})
	require.NoError(t, err)

	_, err = h.authenticate(phone.Access)
	requireCode(t, fault.Unauthenticated, err)
	_, err = h.refresh(phone.Refresh)
	requireCode(t, fault.Unauthenticated, err)
	assert.Equal(t, who, h.who(tokens))
	_, err = h.refresh(tokens.Refresh)
	require.NoError(t, err)
	assert.Equal(t, otherUser, h.who(otherTokens))

	_, err = h.login(password, "")
	requireCode(t, fault.InvalidCredentials, err)
	_, err = h.login(newPassword, "")
	require.NoError(t, err)
	after := h.user(who.UserID)
	assert.NotEqual(t, before.PasswordHash, after.PasswordHash)
	assert.Equal(t, h.clock.Now(), after.UpdatedAt)
	after.PasswordHash, after.UpdatedAt = before.PasswordHash, before.UpdatedAt
	assert.Equal(t, before, after)
}

func TestAPasswordThatMayNotBeIsRefusedAndNothingChanges(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		old, new string
		want     fault.Code
	}{
		"the old one is wrong":  {"wrong horse", newPassword, fault.InvalidCredentials},
		"no old one":            {"", newPassword, fault.InvalidCredentials},
		"the new one too short": {password, "1234567", fault.ValidationFailed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			who, _ := h.register(email)
			phone, err := h.login(password, "")
			require.NoError(t, err)
			before := h.user(who.UserID)
			_, err = h.changer().Execute(t.Context(), ChangePasswordInput{
				UserID: who.UserID, SessionID: who.SessionID, OldPassword: c.old, NewPassword: c.new,
			})
			requireCode(t, c.want, err)
			assert.Equal(t, before, h.user(who.UserID))
			h.who(phone)
		})
	}
}

func TestGuessingTheOldPasswordIsSlowedDownTogetherWithLogins(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who, _ := h.register(email)
	in := ChangePasswordInput{UserID: who.UserID, SessionID: who.SessionID, OldPassword: "wrong horse", NewPassword: newPassword}
	for range 8 {
		_, err := h.changer().Execute(t.Context(), in)
		requireCode(t, fault.InvalidCredentials, err)
	}
	in.OldPassword = password
	_, err := h.changer().Execute(t.Context(), in)
	requireCode(t, fault.RateLimited, err)
	_, err = h.login(password, "")
	requireCode(t, fault.RateLimited, err)
}

func TestAChangeOfPasswordForgetsTheFailuresOfItsNetwork(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who, _ := h.register(email)
	for range 7 {
		_, err := h.login("wrong horse", home)
		requireCode(t, fault.InvalidCredentials, err)
	}
	_, err := h.changer().Execute(t.Context(), ChangePasswordInput{
		UserID: who.UserID, SessionID: who.SessionID, OldPassword: password, NewPassword: newPassword, Address: home,
	})
	require.NoError(t, err)
	require.Equal(t, 8, guess(t, h, home))
}

func TestOfTwoWhoChangeThePasswordAtOnceOneWins(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who, _ := h.register(email)
	first := h.changer()
	first.Passwords = &Passwords{Work: h.work, Hasher: memory.NewHasher("1"), Clock: h.clock}
	in := ChangePasswordInput{UserID: who.UserID, SessionID: who.SessionID, OldPassword: password, NewPassword: newPassword}
	h.hasher.before = func() {
		h.hasher.before = nil
		_, err := first.Execute(t.Context(), in)
		require.NoError(t, err)
	}
	second := in
	second.NewPassword = "another staple"
	_, err := h.changer().Execute(t.Context(), second)
	requireCode(t, fault.Conflict, err)
	_, err = h.login(newPassword, "")
	require.NoError(t, err)
}

// TestAFaultAtAnyCallOfAChangeLeavesOneOfTheTwoPasswords: and with the new one no other session.
func TestAFaultAtAnyCallOfAChangeLeavesOneOfTheTwoPasswords(t *testing.T) {
	t.Parallel()
	for _, failure := range porttest.Failures() {
		for at := 1; ; at++ {
			h := newHouse(t)
			who, _ := h.register(email)
			phone, err := h.login(password, "")
			require.NoError(t, err)
			faults := porttest.NewFaults(at, failure)
			h.work = porttest.FaultyAccountWork(h.work, faults)
			_, err = h.changer().Execute(t.Context(), ChangePasswordInput{
				UserID: who.UserID, SessionID: who.SessionID, OldPassword: password, NewPassword: newPassword,
			})
			if !faults.Fired() {
				require.NoError(t, err)
				break
			}
			require.Error(t, err)
			h.work = memory.NewAccountWork(h.store)
			_, phoneErr := h.authenticate(phone.Access)
			if _, err = h.login(password, ""); err == nil {
				require.NoError(t, phoneErr)
				continue
			}
			_, err = h.login(newPassword, "")
			require.NoError(t, err)
			requireCode(t, fault.Unauthenticated, phoneErr)
		}
	}
}
