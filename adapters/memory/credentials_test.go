package memory_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/memory"
	"github.com/adiuva/cloud/domain/session"
	"github.com/adiuva/cloud/ports"
	"github.com/adiuva/cloud/ports/porttest"
)

func openHasher(porttest.T) ports.Hasher { return memory.NewHasher("1") }

func openIssuers(porttest.T) porttest.TokenIssuers {
	return porttest.TokenIssuers{
		Own: memory.NewTokenIssuer("key"), Next: memory.NewTokenIssuer("next", "key"), Foreign: memory.NewTokenIssuer("foreign"),
	}
}

func openClock(porttest.T) ports.Clock {
	return memory.NewClock(time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC))
}

func openIDs(porttest.T) ports.IDs { return memory.NewIDs() }

func TestHasherKeepsItsContract(t *testing.T)      { porttest.Hasher(t, openHasher) }
func TestTokenIssuerKeepsItsContract(t *testing.T) { porttest.TokenIssuer(t, openIssuers) }
func TestClockKeepsItsContract(t *testing.T)       { porttest.Clock(t, openClock) }
func TestIDsKeepTheirContract(t *testing.T)        { porttest.IDs(t, openIDs) }

func TestHashesOfAnotherVersionAreOutOfDate(t *testing.T) {
	t.Parallel()
	hash, err := memory.NewHasher("old").Hash(t.Context(), "correct horse")
	require.NoError(t, err)
	ok, outdated, err := memory.NewHasher("new").Verify(t.Context(), hash, "correct horse")
	require.NoError(t, err)
	require.True(t, ok)
	require.True(t, outdated)
}

func TestTheClockStandsStillUntilItAdvances(t *testing.T) {
	t.Parallel()
	c := memory.NewClock(time.Date(2026, 1, 2, 3, 4, 5, 678_901_234, time.FixedZone("", 3600)))
	want := time.Date(2026, 1, 2, 2, 4, 5, 678_000_000, time.UTC)
	require.Equal(t, want, c.Now())
	require.Equal(t, want, c.Now())
	c.Advance(1500 * time.Microsecond)
	require.Equal(t, want.Add(time.Millisecond), c.Now())
	require.Panics(t, func() { c.Advance(-time.Second) })
}

func TestIDsAreTheSameInEveryRun(t *testing.T) {
	t.Parallel()
	one, two := memory.NewIDs(), memory.NewIDs()
	for range 3 {
		require.Equal(t, one.NewID(), two.NewID())
		require.Equal(t, one.NewSeed(), two.NewSeed())
	}
}

// Adapters that are each wrong in one way.

type saltless struct{ ports.Hasher }

func (saltless) Hash(context.Context, string) (string, error) { return "1$salt$hash", nil }

type eternal struct{ ports.TokenIssuer }

func (i eternal) Verify(token string, _ time.Time) (ports.Claims, error) {
	return i.TokenIssuer.Verify(token, time.Date(2026, time.March, 1, 12, 1, 0, 0, time.UTC))
}

type backwards struct{ asked atomic.Int64 }

func (b *backwards) Now() time.Time { return time.UnixMilli(1e12 - b.asked.Add(1)).UTC() }

type repeating struct{ ports.IDs }

func (repeating) NewSeed() session.Seed { return session.Seed{1} }

type stuckProbe struct{}

func (stuckProbe) Name() string                { return "stuck" }
func (stuckProbe) Check(context.Context) error { return nil }

func TestTheSuitesOfCredentialsAndSystemCanFail(t *testing.T) {
	t.Parallel()
	require.Contains(t, porttest.Failing(porttest.HasherCases, func(t porttest.T) ports.Hasher { return saltless{openHasher(t)} }),
		"hashes are salted and do not show the password")
	require.Equal(t, []string{"a token is good until it expires, and then expired", "a token from the future is refused"},
		porttest.Failing(porttest.TokenIssuerCases, func(t porttest.T) porttest.TokenIssuers {
			i := openIssuers(t)
			i.Own = eternal{i.Own}
			return i
		}))
	require.Equal(t, []string{"the time never goes back, for many who ask at once"},
		porttest.Failing(porttest.ClockCases, func(porttest.T) ports.Clock { return &backwards{} }))
	require.Equal(t, []string{"ids and seeds never repeat, for many who ask at once"},
		porttest.Failing(porttest.IDsCases, func(t porttest.T) ports.IDs { return repeating{openIDs(t)} }))
	require.Equal(t, []string{"a check whose context is over fails with its error"},
		porttest.Failing(porttest.ProbeCases, func(porttest.T) ports.Probe { return stuckProbe{} }))
}
