package jwttoken_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/credential/jwttoken"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/ports"
	"github.com/adiuva/cloud/ports/porttest"
)

// keys are three that differ, of each algorithm. RSA keys are made once: they take long.
var keys = sync.OnceValue(func() map[string][3]string {
	all := map[string][3]string{}
	for n, name := range []string{"a", "b", "c"} {
		for _, alg := range []string{"HS256", "HS384", "HS512"} {
			k := all[alg]
			k[n] = strings.Repeat(name, 64)
			all[alg] = k
		}
		rs, ed := all["RS256"], all["EdDSA"]
		rs[n], ed[n] = rsaKey(2048), ed25519Key()
		all["RS256"], all["EdDSA"] = rs, ed
	}
	return all
})

func rsaKey(bits int) string {
	k, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		panic(err)
	}
	return private(k)
}

func ed25519Key() string {
	_, k, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	return private(k)
}

func private(key any) string {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// public is the public half of a private key in PEM.
func public(t testing.TB, key string) string {
	t.Helper()
	block, _ := pem.Decode([]byte(key))
	require.NotNil(t, block)
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	require.NoError(t, err)
	var half any
	switch k := parsed.(type) {
	case *rsa.PrivateKey:
		half = &k.PublicKey
	case ed25519.PrivateKey:
		half = k.Public()
	}
	der, err := x509.MarshalPKIXPublicKey(half)
	require.NoError(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

func config(alg string) jwttoken.Config {
	return jwttoken.Config{Algorithm: alg, Key: keys()[alg][0], Issuer: "adiuva", Audience: "adiuva-api", Leeway: 30 * time.Second}
}

func open(t porttest.T, alg string) porttest.TokenIssuers {
	mk := func(change func(*jwttoken.Config)) ports.TokenIssuer {
		c := config(alg)
		change(&c)
		i, err := jwttoken.New(c)
		require.NoError(t, err)
		return i
	}
	return porttest.TokenIssuers{
		Own:     mk(func(*jwttoken.Config) {}),
		Next:    mk(func(c *jwttoken.Config) { c.Previous, c.Key = []string{c.Key}, keys()[alg][1] }),
		Foreign: mk(func(c *jwttoken.Config) { c.Key = keys()[alg][2] }),
	}
}

func TestTokenIssuerKeepsItsContractWithEveryAlgorithm(t *testing.T) {
	for alg := range keys() {
		t.Run(alg, func(t *testing.T) {
			porttest.TokenIssuer(t, func(t porttest.T) porttest.TokenIssuers { return open(t, alg) })
		})
	}
}

func TestTheSuiteFindsAnIssuerThatTrustsEverybodyAtFault(t *testing.T) {
	t.Parallel()
	failed := porttest.Failing(porttest.TokenIssuerCases, func(t porttest.T) porttest.TokenIssuers {
		i := open(t, "HS256")
		trusting, err := jwttoken.New(jwttoken.Config{
			Key: keys()["HS256"][0], Previous: []string{keys()["HS256"][1], keys()["HS256"][2]}, Issuer: "adiuva", Audience: "adiuva-api",
		})
		require.NoError(t, err)
		i.Own = trusting
		return i
	})
	require.Equal(t, []string{
		"a change of keys keeps the tokens that are out, and never reaches back",
		"a token of another deployment is refused, in time or expired",
		"a failure says nothing of the token",
	}, failed)
}

func TestHS256IsTheDefault(t *testing.T) {
	t.Parallel()
	c := config("HS256")
	named, err := jwttoken.New(c)
	require.NoError(t, err)
	c.Algorithm = ""
	unnamed, err := jwttoken.New(c)
	require.NoError(t, err)
	one, err := named.Issue(goodClaims())
	require.NoError(t, err)
	two, err := unnamed.Issue(goodClaims())
	require.NoError(t, err)
	require.Equal(t, one, two)
}

func TestAPreviousKeyOfAPairMayBeItsPublicHalf(t *testing.T) {
	t.Parallel()
	for _, alg := range []string{"RS256", "EdDSA"} {
		before, err := jwttoken.New(config(alg))
		require.NoError(t, err)
		c := config(alg)
		c.Key, c.Previous = keys()[alg][1], []string{public(t, c.Key)}
		after, err := jwttoken.New(c)
		require.NoError(t, err)
		token, err := before.Issue(goodClaims())
		require.NoError(t, err)
		_, err = after.Verify(token, now)
		require.NoError(t, err, alg)
	}
}

func TestAConfigurationThatCannotBeSafeIsRefused(t *testing.T) {
	t.Parallel()
	elliptical, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	rsaPEM, edPEM, ecPEM := keys()["RS256"][0], keys()["EdDSA"][0], private(elliptical)
	with := func(alg string, change func(*jwttoken.Config)) jwttoken.Config {
		c := config(alg)
		change(&c)
		return c
	}
	key := func(alg, key string) jwttoken.Config { return with(alg, func(c *jwttoken.Config) { c.Key = key }) }
	for name, c := range map[string]jwttoken.Config{
		"alg none":              with("HS256", func(c *jwttoken.Config) { c.Algorithm = "none" }),
		"an unknown algorithm":  with("HS256", func(c *jwttoken.Config) { c.Algorithm = "hs256" }),
		"no issuer":             with("HS256", func(c *jwttoken.Config) { c.Issuer = "" }),
		"no audience":           with("HS256", func(c *jwttoken.Config) { c.Audience = "" }),
		"a negative leeway":     with("HS256", func(c *jwttoken.Config) { c.Leeway = -1 }),
		"too much leeway":       with("HS256", func(c *jwttoken.Config) { c.Leeway = time.Minute + 1 }),
		"no secret":             key("HS256", ""),
		"a short secret":        key("HS256", strings.Repeat("s", 31)),
		"a short HS384 secret":  key("HS384", strings.Repeat("s", 47)),
		"a short HS512 secret":  key("HS512", strings.Repeat("s", 63)),
		"a short previous one":  with("HS256", func(c *jwttoken.Config) { c.Previous = []string{"short"} }),
		"the same key again":    with("HS256", func(c *jwttoken.Config) { c.Previous = []string{c.Key} }),
		"RS256 with a secret":   key("RS256", strings.Repeat("s", 64)),
		"RS256 with 1024 bits":  key("RS256", rsaKey(1024)),
		"RS256 with Ed25519":    key("RS256", edPEM),
		"RS256 with P-256":      key("RS256", ecPEM),
		"RS256 without private": key("RS256", public(t, rsaPEM)),
		"EdDSA with RSA":        key("EdDSA", rsaPEM),
		"EdDSA with P-256":      key("EdDSA", ecPEM),
		"EdDSA without private": key("EdDSA", public(t, edPEM)),
		"two keys in one":       key("EdDSA", edPEM+keys()["EdDSA"][1]),
		"PEM around nothing":    key("EdDSA", "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n"),
		"PEM of another thing":  key("EdDSA", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
	} {
		_, err := jwttoken.New(c)
		require.Error(t, err, name)
		if len(c.Key) > 8 {
			require.NotContains(t, err.Error(), c.Key[:8], "%s shows the key", name)
		}
	}
}

func TestNothingIsSignedThatWouldBeRefused(t *testing.T) {
	t.Parallel()
	i, err := jwttoken.New(config("HS256"))
	require.NoError(t, err)
	for name, spoil := range map[string]func(*ports.Claims){
		"no user":           func(c *ports.Claims) { c.UserID = "" },
		"no session":        func(c *ports.Claims) { c.SessionID = "" },
		"no id":             func(c *ports.Claims) { c.TokenID = "" },
		"an odd user":       func(c *ports.Claims) { c.UserID = "{" + c.UserID + "}" },
		"ends at once":      func(c *ports.Claims) { c.ExpiresAt = c.IssuedAt },
		"a session in CAPS": func(c *ports.Claims) { c.SessionID = "0195ABCD-0000-7000-8000-000000000002" },
	} {
		c := goodClaims()
		spoil(&c)
		_, err := i.Issue(c)
		require.Equal(t, fault.Internal, fault.CodeOf(err), name)
	}
}

// TestManyVerifyAtDifferentTimesAtOnce: each call is judged by its own time, though parsers are shared.
func TestManyVerifyAtDifferentTimesAtOnce(t *testing.T) {
	t.Parallel()
	i, err := jwttoken.New(config("HS256"))
	require.NoError(t, err)
	token, err := i.Issue(goodClaims())
	require.NoError(t, err)
	var wg sync.WaitGroup
	for n := range 8 {
		at, want := now, fault.Code("")
		if n%2 == 0 {
			at, want = now.Add(time.Hour), fault.TokenExpired
		}
		wg.Go(func() {
			for range 200 {
				_, err := i.Verify(token, at)
				assert.Equal(t, want, fault.CodeOf(err))
			}
		})
	}
	wg.Wait()
}

func TestLeewayIsAllThatClocksMayDiffer(t *testing.T) {
	t.Parallel()
	i, err := jwttoken.New(config("HS256"))
	require.NoError(t, err)
	c := goodClaims()
	token, err := i.Issue(c)
	require.NoError(t, err)
	for at, want := range map[time.Time]fault.Code{
		c.IssuedAt.Add(-31 * time.Second): fault.Unauthenticated,
		c.IssuedAt.Add(-30 * time.Second): "",
		c.ExpiresAt.Add(29 * time.Second): "",
		c.ExpiresAt.Add(31 * time.Second): fault.TokenExpired,
	} {
		_, err := i.Verify(token, at)
		require.Equal(t, want, fault.CodeOf(err), at)
	}
}
