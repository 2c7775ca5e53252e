package accounts

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/memory"
	"github.com/adiuva/cloud/domain/account"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/session"
	"github.com/adiuva/cloud/domain/tier"
	"github.com/adiuva/cloud/ports/porttest"
)

func TestRegisteringMakesAFreeAccountThatIsLoggedIn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	tokens, err := h.registerer().Execute(t.Context(), RegisterInput{Email: " " + email, Password: password, Device: " My\tdesk\x00 "})
	require.NoError(t, err)
	assert.Equal(t, h.clock.Now().Truncate(time.Second).Add(lifetime), tokens.ExpiresAt)

	who := h.who(tokens)
	user := h.user(who.UserID)
	assert.Equal(t, account.Principal{UserID: user.ID, SessionID: who.SessionID, Tier: tier.Free, Role: account.Member}, who)
	parsed, err := account.ParseEmail(email)
	require.NoError(t, err)
	assert.Equal(t, account.User{
		ID: user.ID, Email: parsed, PasswordHash: user.PasswordHash, Tier: tier.Free, Role: account.Member,
		CreatedAt: h.clock.Now(), UpdatedAt: h.clock.Now(),
	}, user)
	assert.NotContains(t, user.PasswordHash, password)
	assert.Equal(t, []session.Session{{
		ID: who.SessionID, UserID: user.ID, Device: "My desk", CreatedAt: h.clock.Now(), LastUsedAt: h.clock.Now(),
		ExpiresAt: h.clock.Now().Add(session.IdleLifetime),
	}}, h.sessions(user.ID))
	_, err = h.refresh(tokens.Refresh)
	require.NoError(t, err)
	_, err = h.login(password, "")
	require.NoError(t, err)
}

func TestRegisteringATakenEmailCostsTheSameAndChangesNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who, _ := h.register(email)
	before := h.user(who.UserID)
	hashed := h.hasher.hashed.Load()
	_, err := h.registerer().Execute(t.Context(), RegisterInput{Email: strings.ToUpper(email), Password: "another horse"})
	requireCode(t, fault.EmailTaken, err)
	assert.Equal(t, hashed+1, h.hasher.hashed.Load(), "the same work as for an e-mail that is free")
	assert.Equal(t, before, h.user(who.UserID))
	assert.Len(t, h.sessions(who.UserID), 1)
}

func TestRegisteringNamesEveryFieldThatIsWrongAndHashesNothing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		email, password string
		wrong           []string
	}{
		"no e-mail":             {"", password, []string{"body.email"}},
		"a name with an e-mail": {"Ada <ada@example.com>", password, []string{"body.email"}},
		"a short password":      {email, "1234567", []string{"body.password"}},
		"a long password":       {email, strings.Repeat("x", 73), []string{"body.password"}},
		"not UTF-8":             {email, "1234567\xff", []string{"body.password"}},
		"both":                  {"ada", "1", []string{"body.email", "body.password"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			_, err := h.registerer().Execute(t.Context(), RegisterInput{Email: c.email, Password: c.password})
			requireCode(t, fault.ValidationFailed, err)
			var wrong []string
			for _, f := range fault.From(err).Fields {
				wrong = append(wrong, f.Location)
			}
			assert.Equal(t, c.wrong, wrong)
			assert.Zero(t, h.hasher.hashed.Load())
		})
	}
}

func TestAPasswordOfEveryAllowedLengthWorks(t *testing.T) {
	t.Parallel()
	for _, p := range []string{"12345678", strings.Repeat("x", 72), strings.Repeat("ä", 36), "with\x00zero"} {
		h := newHouse(t)
		_, err := h.registerer().Execute(t.Context(), RegisterInput{Email: email, Password: p})
		require.NoError(t, err)
		_, err = h.login(p, "")
		require.NoError(t, err)
	}
}

// TestAFaultAtAnyCallOfRegisterLeavesAllOrNothing: after each, either the account is whole or it can be made again.
func TestAFaultAtAnyCallOfRegisterLeavesAllOrNothing(t *testing.T) {
	t.Parallel()
	for _, failure := range porttest.Failures() {
		for at := 1; ; at++ {
			h := newHouse(t)
			faults := porttest.NewFaults(at, failure)
			h.work = porttest.FaultyAccountWork(h.work, faults)
			_, err := h.registerer().Execute(t.Context(), RegisterInput{Email: email, Password: password})
			if !faults.Fired() {
				require.NoError(t, err)
				require.Equal(t, 4, at, "calls of a register: the unit, the user, the session; then none fails")
				break
			}
			require.Error(t, err)
			h.work = memory.NewAccountWork(h.store)
			_, err = h.registerer().Execute(t.Context(), RegisterInput{Email: email, Password: password})
			if err != nil { // then the first one did take
				requireCode(t, fault.EmailTaken, err)
				_, err = h.login(password, "")
			}
			require.NoError(t, err, "%s at call %d", failure, at)
		}
	}
}
