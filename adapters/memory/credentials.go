package memory

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/adiuva/cloud/domain/account"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/ports"
)

var (
	_ ports.Hasher      = (*Hasher)(nil)
	_ ports.TokenIssuer = (*TokenIssuer)(nil)
)

// Hasher keeps the contract of hashing but for its purpose: it is fast. Where passwords are real, it is the wrong one.
type Hasher struct {
	version string
	salts   atomic.Uint64 // how many were used
}

// NewHasher makes hashes of a version. Those of another version are out of date.
func NewHasher(version string) *Hasher { return &Hasher{version: version} }

// Hash implements ports.Hasher.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	if password == "" || len(password) > account.MaxPasswordBytes {
		return "", fault.Invalid("password", "must be 1 to 72 bytes")
	}
	salt := strconv.FormatUint(h.salts.Add(1), 10)
	return strings.Join([]string{h.version, salt, digest(salt, password)}, "$"), nil
}

// Verify implements ports.Hasher.
func (h *Hasher) Verify(ctx context.Context, hash, password string) (ok, outdated bool, err error) {
	if ctx.Err() != nil {
		return false, false, context.Cause(ctx)
	}
	parts := strings.Split(hash, "$")
	if len(parts) != 3 || len(password) > account.MaxPasswordBytes {
		return false, false, nil
	}
	return parts[2] == digest(parts[1], password), parts[0] != h.version, nil
}

func digest(salt, password string) string {
	sum := sha256.Sum256([]byte(salt + password))
	return hex.EncodeToString(sum[:])
}

// TokenIssuer makes access tokens that only those who know its key accept.
type TokenIssuer struct {
	key      string
	accepted []string
}

// NewTokenIssuer signs with key, and accepts what it or an earlier key signed.
func NewTokenIssuer(key string, earlier ...string) *TokenIssuer {
	return &TokenIssuer{key, append([]string{key}, earlier...)}
}

// Issue implements ports.TokenIssuer.
func (i *TokenIssuer) Issue(c ports.Claims) (string, error) {
	c.IssuedAt, c.ExpiresAt = c.IssuedAt.Truncate(time.Second), c.ExpiresAt.Truncate(time.Second)
	body, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	text := base64.RawURLEncoding.EncodeToString(body)
	return text + "." + signature(i.key, text), nil
}

// Verify implements ports.TokenIssuer.
func (i *TokenIssuer) Verify(token string, now time.Time) (ports.Claims, error) {
	refused := fault.New(fault.Unauthenticated, "This access token is not valid. Log in again.")
	text, signed, _ := strings.Cut(token, ".")
	for _, key := range i.accepted {
		if !hmac.Equal([]byte(signed), []byte(signature(key, text))) {
			continue
		}
		var c ports.Claims
		body, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil || json.Unmarshal(body, &c) != nil || now.Before(c.IssuedAt) {
			return ports.Claims{}, refused
		}
		if !now.Before(c.ExpiresAt) {
			return ports.Claims{}, fault.New(fault.TokenExpired, "This access token has expired. Refresh it.")
		}
		return c, nil
	}
	return ports.Claims{}, refused
}

func signature(key, text string) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(text))
	return hex.EncodeToString(mac.Sum(nil))
}
