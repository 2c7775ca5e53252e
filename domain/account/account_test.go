package account_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/adiuva/cloud/domain/account"
	"github.com/adiuva/cloud/domain/fault"
)

func TestAnEmailIsABareAddressOfBoundedLength(t *testing.T) {
	t.Parallel()
	long := func(n int) string { return strings.Repeat("x", n-len("@example.com")) + "@example.com" }
	for in, want := range map[string]string{
		"ada@example.com":            "ada@example.com",
		"Ada.Lovelace+x@Example.COM": "Ada.Lovelace+x@Example.COM",
		"  ada@example.com\n":        "ada@example.com",
		"ädä@example.com":            "ädä@example.com",
		long(254):                    long(254),
	} {
		e, err := account.ParseEmail(in)
		require.NoError(t, err, in)
		assert.Equal(t, want, e.String())
		assert.Equal(t, strings.ToLower(want), e.Folded())
	}
	for _, in := range []string{
		"", " ", "ada", "@example.com", "ada@", "a@b@c", "Ada <ada@example.com>", "<ada@example.com>", "ada@example.com,bob@example.com",
		"ada@exa mple.com", "ada\x00@example.com", "ada@example.com\x7f", long(255), "ada@example.com (comment)",
	} {
		e, err := account.ParseEmail(in)
		require.Equal(t, fault.ValidationFailed, fault.CodeOf(err), "%q", in)
		assert.Equal(t, account.Email{}, e)
		assert.Equal(t, "body.email", fault.From(err).Fields[0].Location)
	}
}

func FuzzParseEmail(f *testing.F) {
	for _, s := range []string{"ada@example.com", "\"a b\"@example.com", "ada@[192.0.2.1]", "=?utf-8?q?a?= <a@b>", "a@b\r\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e, err := account.ParseEmail(s)
		if err != nil {
			return
		}
		require.LessOrEqual(t, len(e.String()), account.MaxEmailBytes)
		require.NotContains(t, e.String(), "\n")
		again, err := account.ParseEmail(e.String())
		require.NoError(t, err, "what was accepted is accepted again")
		require.Equal(t, e, again)
	})
}

func TestAPasswordIsBoundedByLengthOnly(t *testing.T) {
	t.Parallel()
	for password, ok := range map[string]bool{
		"": false, "1234567": false, "12345678": true, "        ": true, "passwört": true, "äöü": false, "äöüß": true,
		strings.Repeat("x", 72): true, strings.Repeat("x", 73): false, strings.Repeat("ä", 36): true, strings.Repeat("ä", 37): false,
		"1234567\xff": false, "zero\x00byte": true,
	} {
		err := account.CheckPassword("body.new", password)
		if ok {
			require.NoError(t, err, "%q", password)
			continue
		}
		require.Equal(t, fault.ValidationFailed, fault.CodeOf(err), "%q", password)
		field := fault.From(err).Fields[0]
		assert.Equal(t, "body.new", field.Location)
		if password != "" {
			assert.NotContains(t, err.Error(), password)
		}
	}
}

func TestRolesAreAClosedList(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"user", "reviewer", "operator"} {
		r, err := account.ParseRole(s)
		require.NoError(t, err)
		assert.Equal(t, account.Role(s), r)
	}
	for _, s := range []string{"", "admin", "Operator", "operator "} {
		_, err := account.ParseRole(s)
		require.Equal(t, fault.ValidationFailed, fault.CodeOf(err), s)
	}
}

func TestAUserIsDeletedFromTheMomentItIsAskedFor(t *testing.T) {
	t.Parallel()
	assert.False(t, account.User{}.Deleted())
	assert.True(t, account.User{DeletedAt: time.UnixMilli(1)}.Deleted())
}

var now = time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)

func TestTheWaitDoublesFromASecondToTheLongestAndIsForgotten(t *testing.T) {
	t.Parallel()
	b := account.Backoff{Free: 3, First: time.Second, Longest: 15 * time.Minute, Forget: 24 * time.Hour}
	for _, c := range []struct {
		failures int
		since    time.Duration
		want     time.Duration
	}{
		{0, 0, 0},
		{2, 0, 0},
		{3, 0, time.Second},
		{3, 400 * time.Millisecond, 600 * time.Millisecond},
		{3, time.Second, 0},
		{4, 0, 2 * time.Second},
		{12, 0, 512 * time.Second},
		{13, 0, 15 * time.Minute},
		{22, 0, 15 * time.Minute},
		{23, 0, 15 * time.Minute},
		{1_000_000, 0, 15 * time.Minute},
		{1_000_000, 15 * time.Minute, 0},
		{1_000_000, 24 * time.Hour, 0},
		{3, -time.Second, 2 * time.Second}, // another replica's clock is ahead
	} {
		got := b.Wait(account.Attempts{Failures: c.failures, LastAt: now.Add(-c.since)}, now)
		assert.Equal(t, c.want, got, "%d failures, the last %s ago", c.failures, c.since)
	}
}

func TestAFailureAfterALongPeaceIsTheFirst(t *testing.T) {
	t.Parallel()
	b := account.PairBackoff()
	assert.Equal(t, account.Attempts{Failures: 1, LastAt: now}, b.Fail(account.Attempts{}, now))
	recent := account.Attempts{Failures: 7, LastAt: now.Add(-b.Forget + time.Millisecond)}
	assert.Equal(t, account.Attempts{Failures: 8, LastAt: now}, b.Fail(recent, now))
	old := account.Attempts{Failures: 7, LastAt: now.Add(-b.Forget)}
	assert.Equal(t, account.Attempts{Failures: 1, LastAt: now}, b.Fail(old, now))
}

func TestStrangersAreHeldTightFromAHundredFailuresInTwoDays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		today, yesterday int
		want             account.Backoff
	}{
		{0, 0, account.PairBackoff()},
		{99, 0, account.PairBackoff()},
		{0, 99, account.PairBackoff()},
		{100, 0, account.TightBackoff()},
		{0, 100, account.TightBackoff()},
		{1, 99, account.TightBackoff()},
	} {
		got := account.StrangerBackoff(account.Attempts{Failures: c.today}, account.Attempts{Failures: c.yesterday})
		assert.Equal(t, c.want, got, "%d today, %d yesterday", c.today, c.yesterday)
	}
}

func TestTheDaysOfStrangersAreTodayAndYesterdayInUTC(t *testing.T) {
	t.Parallel()
	today, yesterday := account.StrangerDays(time.Date(2026, time.March, 1, 0, 30, 0, 0, time.FixedZone("east", 3600)))
	assert.Equal(t, []string{"2026-02-28", "2026-02-27"}, []string{today, yesterday})
}

func TestANetworkIsFamiliarForThirtyDays(t *testing.T) {
	t.Parallel()
	assert.False(t, account.Familiar(time.Time{}, now))
	assert.True(t, account.Familiar(now, now))
	assert.True(t, account.Familiar(now.Add(-30*24*time.Hour+time.Millisecond), now))
	assert.False(t, account.Familiar(now.Add(-30*24*time.Hour), now))
	assert.GreaterOrEqual(t, account.AttemptsKept, account.FamiliarFor, "a mark that is cleaned up is no mark")
	assert.GreaterOrEqual(t, account.AttemptsKept, account.PairBackoff().Forget)
}

// TestNobodyIsLockedOutForGood: whatever was counted, after Longest there is one more attempt.
func TestNobodyIsLockedOutForGood(t *testing.T) {
	t.Parallel()
	for _, b := range []account.Backoff{account.PairBackoff(), account.TightBackoff(), account.AddressBackoff()} {
		rapid.Check(t, func(t *rapid.T) {
			a := account.Attempts{
				Failures: rapid.IntRange(0, 1<<40).Draw(t, "failures"), LastAt: now.Add(-time.Duration(rapid.Int64Range(0, 1<<50).Draw(t, "ago"))),
			}
			wait := b.Wait(a, now)
			require.GreaterOrEqual(t, wait, time.Duration(0))
			require.LessOrEqual(t, wait, 15*time.Minute)
			require.Zero(t, b.Wait(a, now.Add(wait)))
		})
	}
}

func TestAGuesserWhoNeverRestsHasSoManyGuessesADay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		policy account.Backoff
		want   int
	}{
		{account.PairBackoff(), 112},    // 8 at once, 10 more while the wait doubles, then one each quarter of an hour
		{account.TightBackoff(), 96},    // 24 hours of four quarters
		{account.AddressBackoff(), 204}, // over all accounts
	} {
		var a account.Attempts
		guesses, at := 0, now
		for at.Before(now.Add(24 * time.Hour)) {
			a = c.policy.Fail(a, at)
			guesses++
			at = at.Add(c.policy.Wait(a, at))
		}
		assert.Equal(t, c.want, guesses, "%+v", c.policy)
	}
}
