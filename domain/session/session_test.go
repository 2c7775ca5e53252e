package session_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/domain/session"
)

var now = time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)

func TestTheVerdictOnATokenThatIsPresented(t *testing.T) {
	t.Parallel()
	active := session.Token{ID: "c", ParentID: "b", ExpiresAt: now.Add(time.Hour)}
	parent := func(ago time.Duration) session.Token {
		return session.Token{ID: "b", ParentID: "a", ExpiresAt: now.Add(time.Minute), RotatedAt: now.Add(-ago)}
	}
	grandparent := session.Token{ID: "a", ExpiresAt: now.Add(time.Minute), RotatedAt: now.Add(-time.Second)}
	expired := func(t session.Token) session.Token { t.ExpiresAt = now; return t }
	for name, c := range map[string]struct {
		presented session.Token
		want      session.Verdict
	}{
		"the active one":                               {active, session.Rotate},
		"the active one, expired":                      {expired(active), session.Expired},
		"its parent at once":                           {parent(0), session.Replay},
		"its parent, rotated by a clock ahead":         {parent(-time.Second), session.Replay},
		"its parent at the window's end":               {parent(session.ReplayWindow), session.Replay},
		"its parent after the window":                  {parent(session.ReplayWindow + time.Millisecond), session.Stolen},
		"its parent, expired":                          {expired(parent(0)), session.Expired},
		"its grandparent":                              {grandparent, session.Stolen},
		"its grandparent, expired":                     {expired(grandparent), session.Expired},
		"a rotated token without a child (impossible)": {session.Token{ID: "x", ExpiresAt: now.Add(1), RotatedAt: now}, session.Stolen},
	} {
		assert.Equal(t, c.want, session.Judge(c.presented, active, now), name)
	}
}

func TestTheZeroVerdictRefuses(t *testing.T) {
	t.Parallel()
	var v session.Verdict
	assert.Equal(t, session.Expired, v)
}

func TestASecretIsReadBackFromWhatItReveals(t *testing.T) {
	t.Parallel()
	s := session.NewSecret(session.Seed{1})
	require.Len(t, s.Reveal(), 43)
	got, ok := session.ParseSecret(s.Reveal())
	require.True(t, ok)
	assert.Equal(t, s, got)
	assert.Equal(t, s.Hash(), got.Hash())
	assert.Regexp(t, `^[0-9a-f]{64}$`, s.Hash().String())
}

func TestASecretHasOneSpelling(t *testing.T) {
	t.Parallel()
	good := session.NewSecret(session.Seed{1}).Reveal()
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	sameBits := alphabet[strings.IndexByte(alphabet, good[42])^1] // differs in bits that 32 bytes do not use
	for name, s := range map[string]string{
		"nothing": "", "short": good[:42], "long": good + "A", "padded": good + "=", "unused bits": good[:42] + string(sameBits),
		"31 bytes": base64.RawURLEncoding.EncodeToString(make([]byte, 31)), "33 bytes": base64.RawURLEncoding.EncodeToString(make([]byte, 33)),
		"the other alphabet": strings.Repeat("+", 43), "white space": " " + good, "a line break": good + "\n", "one within": good[:9] + "\r\n" + good[9:],
	} {
		_, ok := session.ParseSecret(s)
		assert.False(t, ok, name)
	}
}

func TestASecretIsNeverPrinted(t *testing.T) {
	t.Parallel()
	s := session.NewSecret(session.Seed{1})
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		assert.Equal(t, "[secret]", fmt.Sprintf(verb, s), verb)
	}
}

func TestTheSameParentAndSeedGiveTheSameChildAndNoOther(t *testing.T) {
	t.Parallel()
	parent, other := session.NewSecret(session.Seed{1}), session.NewSecret(session.Seed{2})
	child := parent.Child(session.Seed{3})
	assert.Equal(t, child, parent.Child(session.Seed{3}))
	seen := map[session.Hash]bool{}
	for _, s := range []session.Secret{
		parent, other, child, other.Child(session.Seed{3}), parent.Child(session.Seed{4}), child.Child(session.Seed{3}),
		session.NewSecret(session.Seed{3}),
	} {
		assert.False(t, seen[s.Hash()])
		seen[s.Hash()] = true
	}
}

// TestTheDerivationOfSecretsNeverChanges: tokens that are out must stay good over an update of the server.
func TestTheDerivationOfSecretsNeverChanges(t *testing.T) {
	t.Parallel()
	s := session.NewSecret(session.Seed{})
	assert.Equal(t, "XyzOiS8A7f0m38asa8jzp2Ds_FCTffcNeVjk-Gyt1TM", s.Reveal())
	assert.Equal(t, "ouMhiFteBW0m-QXjcxhYgSEY476zutDNmzeFRvc3MOA", s.Child(session.Seed{1}).Reveal())
	assert.Equal(t, "e7ab89ee3bed6a4af8da7d3f003d82de6c744ad62abfcb20191ec008d13ca617", s.Hash().String())
}

func TestADevicesNameIsPrintableAndBounded(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "", "  ": "", "MacBook": "MacBook", " My\tdesk \n two ": "My desk two", "a\x00b\x1b[31mc": "ab[31mc", "désk 😀": "désk 😀",
		"bad\xffbytes": "badbytes", "hid\u200bden\u202e": "hidden", strings.Repeat("x", 300): strings.Repeat("x", 200),
		strings.Repeat("ä", 101): strings.Repeat("ä", 100), "x" + strings.Repeat("ä", 100): "x" + strings.Repeat("ä", 99),
		strings.Repeat("x", 199) + " y": strings.Repeat("x", 199),
	} {
		assert.Equal(t, want, session.CleanDevice(in), "%q", in)
	}
}

func FuzzCleanDevice(f *testing.F) {
	f.Add("Désk\x00")
	f.Fuzz(func(t *testing.T, s string) {
		got := session.CleanDevice(s)
		require.LessOrEqual(t, len(got), session.MaxDeviceBytes)
		require.True(t, utf8.ValidString(got))
		require.Equal(t, got, session.CleanDevice(got), "what is clean stays as it is")
	})
}
