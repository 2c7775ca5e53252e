package accounts

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/adiuva/cloud/adapters/memory"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/session"
)

// family is what a session's refresh tokens must do, written down without any of the code that does it.
type family struct {
	tokens  []string    // each with its successor behind it; the last is the active one
	made    []time.Time // when each came to be: the one before was rotated then
	ended   bool
	session string
}

// expects is the answer to token number n, and the token that comes with it.
func (f *family) expects(n int, now time.Time) (code fault.Code, next string) {
	last := len(f.tokens) - 1
	switch {
	case f.ended:
		return fault.Unauthenticated, ""
	case !now.Before(f.made[n].Add(session.IdleLifetime)):
		return fault.Unauthenticated, ""
	case n == last:
		return "", ""
	case n == last-1 && now.Sub(f.made[last]) <= session.ReplayWindow:
		return "", f.tokens[last]
	default:
		return fault.RefreshTokenReused, ""
	}
}

// TestFamiliesOfRefreshTokensNeverFork plays clients and thieves against the model: any token of any family, at any time.
func TestFamiliesOfRefreshTokensNeverFork(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		h := newHouse(t)
		_, first := h.register(email)
		families := []*family{{tokens: []string{first.Refresh}, made: []time.Time{h.clock.Now()}, session: h.who(first).SessionID}}
		rt.Repeat(map[string]func(*rapid.T){
			"log in": func(rt *rapid.T) {
				if len(families) == 4 {
					rt.Skip("enough")
				}
				opened, err := h.login(password, "")
				require.NoError(rt, err)
				families = append(families, &family{
					tokens: []string{opened.Refresh}, made: []time.Time{h.clock.Now()}, session: h.who(opened).SessionID,
				})
			},
			"present": func(rt *rapid.T) {
				f := rapid.SampledFrom(families).Draw(rt, "family")
				n := len(f.tokens) - 1 - min(rapid.IntRange(0, 3).Draw(rt, "back"), len(f.tokens)-1)
				code, next := f.expects(n, h.clock.Now())
				got, err := h.refresh(f.tokens[n])
				require.Equal(rt, code, fault.CodeOf(err))
				switch {
				case code == fault.RefreshTokenReused:
					f.ended = true
				case code == "" && next != "":
					require.Equal(rt, next, got.Refresh, "a replay gives the same successor")
				case code == "":
					for _, other := range families {
						require.NotContains(rt, other.tokens, got.Refresh)
					}
					f.tokens, f.made = append(f.tokens, got.Refresh), append(f.made, h.clock.Now())
				}
			},
			"wait": func(rt *rapid.T) {
				h.clock.Advance(rapid.SampledFrom([]time.Duration{
					time.Millisecond, time.Second, session.ReplayWindow, session.ReplayWindow + time.Millisecond, session.IdleLifetime / 2,
				}).Draw(rt, "time"))
			},
			"": func(rt *rapid.T) {
				for _, f := range families {
					f.assertStored(t.Context(), rt, memory.NewSessions(h.store))
				}
			},
		})
	})
}

// assertStored compares what is kept of a family with the model.
func (f *family) assertStored(ctx context.Context, rt *rapid.T, sessions *memory.Sessions) {
	rt.Helper()
	active, err := sessions.ActiveToken(ctx, f.session)
	if f.ended {
		require.Equal(rt, fault.NotFound, fault.CodeOf(err), "nothing is left of a family that ended")
		return
	}
	require.NoError(rt, err)
	for n, token := range f.tokens {
		secret, ok := session.ParseSecret(token)
		require.True(rt, ok)
		stored, err := sessions.FindToken(ctx, secret.Hash())
		require.NoError(rt, err)
		require.Equal(rt, n == len(f.tokens)-1, stored.Active(), "exactly the last is active")
		require.Equal(rt, stored.Active(), stored.ID == active.ID)
	}
}
