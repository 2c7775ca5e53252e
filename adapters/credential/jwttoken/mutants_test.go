package jwttoken_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"hash"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/credential/jwttoken"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/ports"
)

var now = time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)

const (
	userID    = "01950000-0000-7000-8000-000000000001"
	sessionID = "01950000-0000-7000-8000-000000000002"
	tokenID   = "01950000-0000-7000-8000-000000000003"
)

func goodClaims() ports.Claims {
	return ports.Claims{UserID: userID, SessionID: sessionID, TokenID: tokenID, IssuedAt: now, ExpiresAt: now.Add(15 * time.Minute)}
}

// forge is a token made by hand, without the library that checks it.
type forge struct {
	header, payload map[string]any
	secret          string
	hash            func() hash.Hash
	spoil           func(token string) string // after signing
}

func encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

func sign(text, secret string, h func() hash.Hash) string {
	mac := hmac.New(h, []byte(secret))
	mac.Write([]byte(text))
	return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func (f forge) token() string {
	token := sign(encode(f.header)+"."+encode(f.payload), f.secret, f.hash)
	if f.spoil != nil {
		return f.spoil(token)
	}
	return token
}

// parts are the three parts of a token.
func parts(token string) (header, payload, signature string) {
	p := strings.Split(token, ".")
	return p[0], p[1], p[2]
}

func head(name string, v any) func(*forge)  { return func(f *forge) { f.header[name] = v } }
func claim(name string, v any) func(*forge) { return func(f *forge) { f.payload[name] = v } }
func without(name string) func(*forge) {
	return func(f *forge) { delete(f.payload, name); delete(f.header, name) }
}
func spoil(fn func(string) string) func(*forge) { return func(f *forge) { f.spoil = fn } }

// mutants are a good token with one thing wrong. secret is the issuer's own.
func mutants(secret string) map[string]func(*forge) {
	hs := func(alg string, h func() hash.Hash) func(*forge) {
		return func(f *forge) { f.header["alg"], f.hash = alg, h }
	}
	return map[string]func(*forge){
		"alg none, signed all the same":  head("alg", "none"),
		"alg none, unsigned":             func(f *forge) { f.header["alg"] = "none"; f.spoil = unsigned },
		"alg None":                       func(f *forge) { f.header["alg"] = "None"; f.spoil = unsigned },
		"unsigned":                       spoil(unsigned),
		"alg HS384":                      hs("HS384", sha512.New384),
		"alg HS512":                      hs("HS512", sha512.New),
		"alg HS512 over HS256":           head("alg", "HS512"),
		"alg HS256 over HS512":           func(f *forge) { f.hash = sha512.New },
		"alg RS256":                      head("alg", "RS256"),
		"alg EdDSA":                      head("alg", "EdDSA"),
		"alg unknown":                    head("alg", "XX999"),
		"alg in lower case":              head("alg", "hs256"),
		"alg a number":                   head("alg", 256),
		"no alg":                         without("alg"),
		"another secret":                 func(f *forge) { f.secret = strings.Repeat("z", 64) },
		"an empty secret":                func(f *forge) { f.secret = "" },
		"a prefix of the secret":         func(f *forge) { f.secret = secret[:32] },
		"another kid":                    head("kid", "0000000000000000"),
		"no kid":                         without("kid"),
		"an empty kid":                   head("kid", ""),
		"a kid that is a path":           head("kid", "../../dev/null"),
		"a kid that is a number":         head("kid", 1),
		"a kid that is a list":           head("kid", []string{"a"}),
		"typ JWT":                        head("typ", "JWT"),
		"typ in capitals":                head("typ", "AT+JWT"),
		"no typ":                         without("typ"),
		"crit":                           func(f *forge) { f.header["crit"] = []string{"exp"} },
		"an unknown crit":                func(f *forge) { f.header["crit"], f.header["x"] = []string{"x"}, 1 },
		"jwk":                            head("jwk", map[string]any{"kty": "oct", "k": "AAAA"}),
		"jku":                            head("jku", "https://example.com/keys"),
		"x5u":                            head("x5u", "https://example.com/cert"),
		"x5c":                            head("x5c", []string{"AAAA"}),
		"cty":                            head("cty", "JWT"),
		"another issuer":                 claim("iss", "somebody"),
		"no issuer":                      without("iss"),
		"another audience":               claim("aud", "somebody-api"),
		"an audience among others":       claim("aud", []string{"adiuva-api", "somebody-api"}),
		"no audience":                    without("aud"),
		"no exp":                         without("exp"),
		"exp null":                       claim("exp", nil),
		"exp a word":                     claim("exp", "tomorrow"),
		"no iat":                         without("iat"),
		"iat in the future":              claim("iat", now.Add(time.Minute).Unix()),
		"exp before iat":                 func(f *forge) { f.payload["iat"], f.payload["exp"] = now.Unix()+20, now.Unix()+10 },
		"nbf in the future":              claim("nbf", now.Add(time.Minute).Unix()),
		"no sub":                         without("sub"),
		"an empty sub":                   claim("sub", ""),
		"a sub that is no UUID":          claim("sub", "admin"),
		"a sub in braces":                claim("sub", "{"+userID+"}"),
		"a sub that is a URN":            claim("sub", "urn:uuid:"+userID),
		"a sub that is a number":         claim("sub", 1),
		"no sid":                         without("sid"),
		"a sid that is no UUID":          claim("sid", "1"),
		"a sid that is a list":           claim("sid", []string{sessionID}),
		"no jti":                         without("jti"),
		"the last character altered":     spoil(func(s string) string { return s[:len(s)-1] + string(nextChar(s[len(s)-1])) }),
		"the last character cut":         spoil(func(s string) string { return s[:len(s)-1] }),
		"padding":                        spoil(func(s string) string { return s + "=" }),
		"a line break at its end":        spoil(func(s string) string { return s + "\n" }),
		"a line break in the signature":  spoil(func(s string) string { return s[:len(s)-5] + "\r\n" + s[len(s)-5:] }),
		"white space in front":           spoil(func(s string) string { return " " + s }),
		"a fourth part":                  spoil(func(s string) string { return s + ".x" }),
		"two parts":                      spoil(func(s string) string { h, p, _ := parts(s); return h + "." + p }),
		"the payload of another token":   spoil(otherPayload),
		"the signature of another token": spoil(otherSignature),
		"a payload that is null": spoil(func(s string) string {
			h, _, _ := parts(s)
			return sign(h+"."+base64.RawURLEncoding.EncodeToString([]byte("null")), secret, sha256.New)
		}),
		"a payload that is a list": spoil(func(s string) string {
			h, _, _ := parts(s)
			return sign(h+"."+base64.RawURLEncoding.EncodeToString([]byte("[]")), secret, sha256.New)
		}),
		"a payload with more behind it": spoil(func(s string) string {
			h, p, _ := parts(s)
			raw, _ := base64.RawURLEncoding.DecodeString(p)
			return sign(h+"."+base64.RawURLEncoding.EncodeToString(append(raw, "{}"...)), secret, sha256.New)
		}),
		"longer than any of ours": claim("pad", strings.Repeat("x", 4096)),
	}
}

func unsigned(s string) string {
	h, p, _ := parts(s)
	return h + "." + p + "."
}

// nextChar is the neighbour in the alphabet that differs only in bits which a decoder may ignore.
func nextChar(c byte) byte {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return alphabet[strings.IndexByte(alphabet, c)^1]
}

func otherPayload(s string) string {
	h, p, sig := parts(s)
	raw, _ := base64.RawURLEncoding.DecodeString(p)
	other := strings.Replace(string(raw), userID, sessionID, 1)
	return h + "." + base64.RawURLEncoding.EncodeToString([]byte(other)) + "." + sig
}

func otherSignature(s string) string {
	h, p, _ := parts(s)
	_, _, sig := parts(sign("x.y", strings.Repeat("a", 64), sha256.New))
	return h + "." + p + "." + sig
}

// goodForge is a token as the issuer makes it.
func goodForge(t testing.TB, i *jwttoken.Issuer, secret string) forge {
	t.Helper()
	token, err := i.Issue(goodClaims())
	require.NoError(t, err)
	h, p, _ := parts(token)
	f := forge{secret: secret, hash: sha256.New}
	for part, into := range map[string]*map[string]any{h: &f.header, p: &f.payload} {
		raw, err := base64.RawURLEncoding.DecodeString(part)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(raw, into))
	}
	return f
}

func TestEveryMutantIsRefusedInTimeAndExpired(t *testing.T) {
	t.Parallel()
	secret := keys()["HS256"][0]
	i, err := jwttoken.New(config("HS256"))
	require.NoError(t, err)
	good := goodForge(t, i, secret)
	got, err := i.Verify(good.token(), now)
	require.NoError(t, err, "a token forged without a fault is good, or the mutants prove nothing")
	require.Equal(t, goodClaims(), got)

	all := mutants(secret)
	require.Greater(t, len(all), 40)
	for name, mutate := range all {
		f := good
		f.header, f.payload = maps.Clone(good.header), maps.Clone(good.payload)
		mutate(&f)
		token := f.token()
		require.NotEqual(t, good.token(), token, name)
		for _, at := range []time.Time{now, now.Add(24 * time.Hour)} {
			if name == "iat in the future" && at.After(now) || name == "nbf in the future" && at.After(now) {
				continue // by then they are in the past
			}
			got, err := i.Verify(token, at)
			assert.Equal(t, fault.Unauthenticated, fault.CodeOf(err), "%s at %s", name, at)
			assert.Equal(t, ports.Claims{}, got, name)
		}
	}
}

// TestAPublicKeyIsNoSecret: RS256 and EdDSA verifiers must not take their public key for the secret of an HMAC.
func TestAPublicKeyIsNoSecret(t *testing.T) {
	t.Parallel()
	for _, alg := range []string{"RS256", "EdDSA"} {
		i, err := jwttoken.New(config(alg))
		require.NoError(t, err)
		half := public(t, keys()[alg][0])
		f := goodForge(t, i, half)
		for _, name := range []string{"HS256", alg} {
			f.header["alg"] = name
			for _, secret := range []string{half, strings.TrimSpace(half)} {
				f.secret = secret
				_, err = i.Verify(f.token(), now)
				require.Equal(t, fault.Unauthenticated, fault.CodeOf(err))
			}
		}
	}
}
