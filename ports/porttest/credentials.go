package porttest

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/ports"
)

// Hasher checks ports.Hasher. That the work is bounded and equal is the adapter's own to show.
func Hasher(t *testing.T, open func(t T) ports.Hasher) { Run(t, HasherCases, open) }

// HasherCases are the sentences of ports.Hasher.
var HasherCases = []Case[ports.Hasher]{
	{"a password matches its own hash and no other", func(t T, h ports.Hasher) {
		hash, err := h.Hash(t.Context(), "correct horse")
		require.NoError(t, err)
		requireMatch(t, h, hash, "correct horse", true)
		requireMatch(t, h, hash, "correct horsf", false)
		requireMatch(t, h, hash, "", false)
		requireMatch(t, h, hash, "correct horse ", false)
	}},
	{"hashes are salted and do not show the password", func(t T, h ports.Hasher) {
		one, err := h.Hash(t.Context(), "correct horse")
		require.NoError(t, err)
		two, err := h.Hash(t.Context(), "correct horse")
		require.NoError(t, err)
		assert.NotEqual(t, one, two)
		assert.NotContains(t, one, "correct")
		assert.Less(t, len(one), 200)
	}},
	{"a fresh hash is not out of date", func(t T, h ports.Hasher) {
		hash, err := h.Hash(t.Context(), "correct horse")
		require.NoError(t, err)
		_, outdated, err := h.Verify(t.Context(), hash, "correct horse")
		require.NoError(t, err)
		assert.False(t, outdated)
	}},
	{"the shortest and the longest password are hashed whole", func(t T, h ports.Hasher) {
		for _, password := range []string{"x", strings.Repeat("x", 72), strings.Repeat("ä", 36), "a\x00b", strings.Repeat("x", 71) + "\x00"} {
			hash, err := h.Hash(t.Context(), password)
			require.NoError(t, err)
			requireMatch(t, h, hash, password, true)
			requireMatch(t, h, hash, password[:len(password)-1]+"!", false)
		}
	}},
	{"a password over 72 bytes is not hashed and matches nothing", func(t T, h ports.Hasher) {
		longest := strings.Repeat("x", 72)
		_, err := h.Hash(t.Context(), longest+"y")
		requireCode(t, fault.ValidationFailed, err)
		hash, err := h.Hash(t.Context(), longest)
		require.NoError(t, err)
		requireMatch(t, h, hash, longest+"y", false)
		requireMatch(t, h, "", longest+"y", false)
	}},
	{"an empty password is not hashed", func(t T, h ports.Hasher) {
		_, err := h.Hash(t.Context(), "")
		requireCode(t, fault.ValidationFailed, err)
	}},
	{"an empty hash matches nothing and is not out of date", func(t T, h ports.Hasher) {
		for _, password := range []string{"", "x", "correct horse"} {
			ok, outdated, err := h.Verify(t.Context(), "", password)
			require.NoError(t, err)
			assert.False(t, ok)
			assert.False(t, outdated)
		}
	}},
	{"a call whose context is over fails with its error", func(t T, h ports.Hasher) {
		_, err := h.Hash(ended(t), "correct horse")
		require.ErrorIs(t, err, context.Canceled)
		_, _, err = h.Verify(ended(t), "", "correct horse")
		require.ErrorIs(t, err, context.Canceled)
	}},
}

func requireMatch(t T, h ports.Hasher, hash, password string, want bool) {
	t.Helper()
	ok, _, err := h.Verify(t.Context(), hash, password)
	require.NoError(t, err)
	require.Equal(t, want, ok)
}

// TokenIssuers are one deployment's issuer and those that it meets.
type TokenIssuers struct {
	Own     ports.TokenIssuer
	Next    ports.TokenIssuer // the same deployment after a change of keys: it still accepts what Own signed
	Foreign ports.TokenIssuer // another deployment with keys of its own
}

// TokenIssuer checks ports.TokenIssuer.
func TokenIssuer(t *testing.T, open func(t T) TokenIssuers) { Run(t, TokenIssuerCases, open) }

// newClaims are good from the epoch for a quarter of an hour.
func newClaims() ports.Claims {
	return ports.Claims{
		UserID: accountID(1), SessionID: accountID(2), TokenID: accountID(3),
		IssuedAt: accountEpoch.Truncate(time.Second), ExpiresAt: accountEpoch.Truncate(time.Second).Add(15 * time.Minute),
	}
}

func issue(t T, i ports.TokenIssuer, c ports.Claims) string {
	t.Helper()
	token, err := i.Issue(c)
	require.NoError(t, err)
	return token
}

// TokenIssuerCases are the sentences of ports.TokenIssuer. A deployment may allow its clocks to differ by up to a minute.
var TokenIssuerCases = []Case[TokenIssuers]{
	{"a token says what was signed", func(t T, i TokenIssuers) {
		want := newClaims()
		got, err := i.Own.Verify(issue(t, i.Own, want), accountEpoch)
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}},
	{"times are cut to whole seconds", func(t T, i TokenIssuers) {
		want := newClaims()
		c := want
		c.IssuedAt, c.ExpiresAt = c.IssuedAt.Add(999*time.Millisecond), c.ExpiresAt.Add(999*time.Millisecond)
		got, err := i.Own.Verify(issue(t, i.Own, c), accountEpoch.Add(time.Second))
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}},
	{"a token is good until it expires, and then expired", func(t T, i TokenIssuers) {
		c := newClaims()
		token := issue(t, i.Own, c)
		_, err := i.Own.Verify(token, c.ExpiresAt.Add(-time.Second))
		require.NoError(t, err)
		_, err = i.Own.Verify(token, c.ExpiresAt.Add(time.Minute))
		requireCode(t, fault.TokenExpired, err)
		_, err = i.Own.Verify(token, c.ExpiresAt.Add(10*365*24*time.Hour))
		requireCode(t, fault.TokenExpired, err)
	}},
	{"a token from the future is refused", func(t T, i TokenIssuers) {
		c := newClaims()
		_, err := i.Own.Verify(issue(t, i.Own, c), c.IssuedAt.Add(-2*time.Minute))
		requireCode(t, fault.Unauthenticated, err)
	}},
	{"a change of keys keeps the tokens that are out, and never reaches back", func(t T, i TokenIssuers) {
		_, err := i.Next.Verify(issue(t, i.Own, newClaims()), accountEpoch)
		require.NoError(t, err)
		_, err = i.Own.Verify(issue(t, i.Next, newClaims()), accountEpoch)
		requireCode(t, fault.Unauthenticated, err)
	}},
	{"a token of another deployment is refused, in time or expired", func(t T, i TokenIssuers) {
		token := issue(t, i.Foreign, newClaims())
		for _, now := range []time.Time{accountEpoch, accountEpoch.Add(time.Hour)} {
			_, err := i.Own.Verify(token, now)
			requireCode(t, fault.Unauthenticated, err)
		}
	}},
	{"what is no token is refused", func(t T, i TokenIssuers) {
		for _, junk := range []string{"", ".", "..", "...", "a.b.c", strings.Repeat("a", 100_000), "\x00", "Bearer x"} {
			_, err := i.Own.Verify(junk, accountEpoch)
			requireCode(t, fault.Unauthenticated, err)
		}
	}},
	{"a token with any byte altered is refused", func(t T, i TokenIssuers) {
		token := issue(t, i.Own, newClaims())
		for at := range len(token) {
			altered := []byte(token)
			altered[at] ^= 1
			_, err := i.Own.Verify(string(altered), accountEpoch)
			require.Equal(t, fault.Unauthenticated, fault.CodeOf(err), "byte %d of %d", at, len(token))
		}
	}},
	{"a failure says nothing of the token", func(t T, i TokenIssuers) {
		token := issue(t, i.Foreign, newClaims())
		_, err := i.Own.Verify(token, accountEpoch)
		require.Error(t, err)
		assert.NotContains(t, err.Error(), token[len(token)-10:])
		assert.NotContains(t, err.Error(), newClaims().UserID)
	}},
}
