// Package jwttoken makes and checks access tokens as JSON Web Tokens (RFC 9068 profile, RFC 8725 practices): one pinned
// algorithm, keys told apart by a kid of our own, and nothing in a header that we did not put there.
//
// It imports domain, ports and golang-jwt. Start at New.
package jwttoken

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/ports"
)

var _ ports.TokenIssuer = (*Issuer)(nil)

const (
	tokenType     = "at+jwt" // RFC 9068, 2.1
	maxTokenBytes = 4096     // ours are below 1 KiB; what is longer is not worth decoding
	maxLeeway     = time.Minute
)

// Config is how tokens are signed and for whom.
type Config struct {
	Algorithm string        // HS256 (also when empty), HS384, HS512, RS256 or EdDSA; no other is ever accepted
	Key       string        // signs: the secret of HS*, or a private key in PEM (PKCS #8; PKCS #1 too for RS256)
	Previous  []string      // keys that signed before and are still accepted; for RS256 and EdDSA public keys will do
	Issuer    string        // iss, not empty
	Audience  string        // aud, not empty
	Leeway    time.Duration // how far the clocks of two replicas may differ, at most a minute
}

// Issuer signs with one key and accepts a few.
type Issuer struct {
	method   jwt.SigningMethod
	signing  signingKey
	accepted map[string]any // by kid: what verifies
	issuer   string
	audience string
	parsers  sync.Pool // of *parser
}

// claims are the payload: the registered names (RFC 7519, 4.1) and the session (sid).
type claims struct {
	SessionID string `json:"sid"`
	jwt.RegisteredClaims
}

// parser is golang-jwt's, built once, with the time at which it is asked. One goroutine uses it at a time.
type parser struct {
	*jwt.Parser
	now time.Time
}

// New refuses what could not be safe: an unknown algorithm, a key that is too weak for it or of another kind, the same
// key twice, no issuer or audience, and a leeway that is not 0 to a minute.
func New(c Config) (*Issuer, error) {
	if c.Algorithm == "" {
		c.Algorithm = jwt.SigningMethodHS256.Alg()
	}
	kind, ok := algorithms[c.Algorithm]
	switch {
	case !ok:
		return nil, errors.New("the algorithm of access tokens must be HS256, HS384, HS512, RS256 or EdDSA")
	case c.Issuer == "" || c.Audience == "":
		return nil, errors.New("access tokens need an issuer and an audience")
	case c.Leeway < 0 || c.Leeway > maxLeeway:
		return nil, fmt.Errorf("the leeway of access tokens must be 0 to %s", maxLeeway)
	}
	signing, err := kind.signing(c.Key)
	if err != nil {
		return nil, fmt.Errorf("the key of access tokens: %w", err)
	}
	i := &Issuer{
		method: kind.method, signing: signing, accepted: map[string]any{signing.kid: signing.verifies},
		issuer: c.Issuer, audience: c.Audience,
	}
	for n, previous := range c.Previous {
		kid, verifies, err := kind.verifying(previous)
		if err != nil {
			return nil, fmt.Errorf("previous key %d of access tokens: %w", n+1, err)
		}
		if _, twice := i.accepted[kid]; twice {
			return nil, fmt.Errorf("previous key %d of access tokens is there twice", n+1)
		}
		i.accepted[kid] = verifies
	}
	i.parsers.New = func() any { return newParser(c) }
	return i, nil
}

func newParser(c Config) *parser {
	p := &parser{}
	p.Parser = jwt.NewParser(
		jwt.WithValidMethods([]string{c.Algorithm}), jwt.WithExpirationRequired(), jwt.WithIssuer(c.Issuer),
		jwt.WithAudience(c.Audience), jwt.WithIssuedAt(), jwt.WithLeeway(c.Leeway), jwt.WithStrictDecoding(),
		jwt.WithTimeFunc(func() time.Time { return p.now }),
	)
	return p
}

// Issue implements ports.TokenIssuer. It signs nothing that Verify would refuse.
func (i *Issuer) Issue(c ports.Claims) (string, error) {
	signed := claims{SessionID: c.SessionID, RegisteredClaims: jwt.RegisteredClaims{
		Issuer: i.issuer, Subject: c.UserID, Audience: jwt.ClaimStrings{i.audience}, ID: c.TokenID,
		IssuedAt: jwt.NewNumericDate(c.IssuedAt), ExpiresAt: jwt.NewNumericDate(c.ExpiresAt),
	}}
	if !signed.wellFormed(i.audience) {
		return "", fault.New(fault.Internal, "The access token could not be made.")
	}
	t := jwt.NewWithClaims(i.method, signed)
	t.Header["typ"] = tokenType
	t.Header["kid"] = i.signing.kid
	token, err := t.SignedString(i.signing.signs)
	if err != nil {
		return "", fault.Wrap(err, fault.Internal, "The access token could not be made.")
	}
	return token, nil
}

// Verify implements ports.TokenIssuer. What is wrong with a token is nobody's business but its maker's: all refusals are
// alike, save that a token which is merely old is told to be refreshed.
func (i *Issuer) Verify(token string, now time.Time) (ports.Claims, error) {
	refused := fault.New(fault.Unauthenticated, "This access token is not valid. Log in again.")
	// base64 decoders skip line breaks even when they are strict, so that one signature would have many spellings.
	if len(token) > maxTokenBytes || strings.ContainsFunc(token, isForeign) {
		return ports.Claims{}, refused
	}
	p := i.parsers.Get().(*parser) //nolint:forcetypeassert,errcheck // the pool holds nothing else
	defer i.parsers.Put(p)
	p.now = now
	var got claims
	parsed, err := p.ParseWithClaims(token, &got, i.keyOf)
	expired := onlyExpired(err)
	if (err != nil && !expired) || !headerIsOurs(parsed.Header) || !got.wellFormed(i.audience) {
		return ports.Claims{}, refused
	}
	if expired {
		return ports.Claims{}, fault.New(fault.TokenExpired, "This access token has expired. Refresh it.")
	}
	return ports.Claims{
		UserID: got.Subject, SessionID: got.SessionID, TokenID: got.ID, IssuedAt: got.IssuedAt.UTC(), ExpiresAt: got.ExpiresAt.UTC(),
	}, nil
}

// keyOf chooses from our own keys and nowhere else.
func (i *Issuer) keyOf(t *jwt.Token) (any, error) {
	kid, _ := t.Header["kid"].(string)
	key, ok := i.accepted[kid]
	if !ok {
		return nil, jwt.ErrTokenUnverifiable
	}
	return key, nil
}

// headerIsOurs: exactly the three parameters that Issue writes, so that nothing critical (crit) goes unheeded and no key
// or address of one (jwk, jku, x5c, x5u) is carried along. The parser has checked alg and kid.
func headerIsOurs(h map[string]any) bool {
	return len(h) == 3 && h["typ"] == tokenType && h["kid"] != nil
}

// wellFormed is what golang-jwt does not look at.
func (c *claims) wellFormed(audience string) bool {
	return isUUID(c.Subject) && isUUID(c.SessionID) && isUUID(c.ID) && len(c.Audience) == 1 && c.Audience[0] == audience &&
		c.NotBefore == nil && c.IssuedAt != nil && c.ExpiresAt != nil && c.ExpiresAt.After(c.IssuedAt.Time)
}

// isForeign reports whether r cannot stand in the compact form of a token (RFC 7515, 7.1).
func isForeign(r rune) bool {
	switch {
	case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '-', r == '_', r == '.':
		return false
	}
	return true
}

// uuidForm is the one form in which our ids are written (RFC 9562, 4, in lower case).
var uuidForm = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

func isUUID(s string) bool { return uuidForm.MatchString(s) }

// onlyExpired reports whether err holds no fault but the token's age.
func onlyExpired(err error) bool {
	if !errors.Is(err, jwt.ErrTokenExpired) {
		return false
	}
	for _, other := range []error{
		jwt.ErrTokenMalformed, jwt.ErrTokenUnverifiable, jwt.ErrTokenSignatureInvalid, jwt.ErrTokenRequiredClaimMissing,
		jwt.ErrTokenInvalidAudience, jwt.ErrTokenUsedBeforeIssued, jwt.ErrTokenInvalidIssuer, jwt.ErrTokenNotValidYet,
		jwt.ErrTokenInvalidSubject, jwt.ErrInvalidType,
	} {
		if errors.Is(err, other) {
			return false
		}
	}
	return true
}
