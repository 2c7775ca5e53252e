package jwttoken

import (
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// minRSABits is the least that RS256 may be used with (RFC 7518, 3.3).
const minRSABits = 2048

// signingKey is the key in use.
type signingKey struct {
	kid             string
	signs, verifies any
}

// algorithm is how the keys of one alg are read.
type algorithm struct {
	method    jwt.SigningMethod
	signing   func(key string) (signingKey, error)
	verifying func(key string) (kid string, verifies any, err error)
}

// algorithms is the closed list. A secret must be at least as long as the hash of its algorithm (RFC 7518, 3.2).
var algorithms = map[string]algorithm{
	"HS256": shared(jwt.SigningMethodHS256),
	"HS384": shared(jwt.SigningMethodHS384),
	"HS512": shared(jwt.SigningMethodHS512),
	"RS256": paired(jwt.SigningMethodRS256, rsaPublic),
	"EdDSA": paired(jwt.SigningMethodEdDSA, ed25519Public),
}

// shared reads secrets that sign and verify.
func shared(m *jwt.SigningMethodHMAC) algorithm {
	signing := func(key string) (signingKey, error) {
		if least := m.Hash.Size(); len(key) < least {
			return signingKey{}, fmt.Errorf("a secret of %s must have at least %d bytes, this one has %d", m.Name, least, len(key))
		}
		return signingKey{kidOf([]byte(key)), []byte(key), []byte(key)}, nil
	}
	return algorithm{m, signing, func(key string) (string, any, error) {
		k, err := signing(key)
		return k.kid, k.verifies, err
	}}
}

// paired reads key pairs in PEM. public gives the public half of a key of the right kind and strength.
func paired(m jwt.SigningMethod, public func(key any) (any, error)) algorithm {
	verifying := func(key string) (string, any, error) {
		parsed, err := parsePEM(key)
		if err != nil {
			return "", nil, err
		}
		half, err := public(parsed)
		if err != nil {
			return "", nil, err
		}
		der, err := x509.MarshalPKIXPublicKey(half)
		if err != nil {
			return "", nil, errors.New("is not a key that can be named")
		}
		return kidOf(der), half, nil
	}
	return algorithm{m, func(key string) (signingKey, error) {
		kid, half, err := verifying(key)
		if err != nil {
			return signingKey{}, err
		}
		signs, _ := parsePEM(key)
		switch signs.(type) {
		case *rsa.PrivateKey, ed25519.PrivateKey:
			return signingKey{kid, signs, half}, nil
		}
		return signingKey{}, errors.New("is a public key, which cannot sign")
	}, verifying}
}

// parsePEM reads one key. Its errors never show any of it.
func parsePEM(s string) (any, error) {
	block, rest := pem.Decode([]byte(s))
	if block == nil || strings.TrimSpace(string(rest)) != "" {
		return nil, errors.New("must be one key in PEM")
	}
	var key any
	var err error
	switch block.Type {
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "PUBLIC KEY":
		key, err = x509.ParsePKIXPublicKey(block.Bytes)
	default:
		return nil, errors.New("must be a PRIVATE KEY or a PUBLIC KEY")
	}
	if err != nil {
		return nil, errors.New("cannot be read")
	}
	return key, nil
}

func rsaPublic(key any) (any, error) {
	var public *rsa.PublicKey
	switch k := key.(type) {
	case *rsa.PrivateKey:
		public = &k.PublicKey
	case *rsa.PublicKey:
		public = k
	default:
		return nil, errors.New("must be an RSA key")
	}
	if bits := public.N.BitLen(); bits < minRSABits {
		return nil, fmt.Errorf("must have at least %d bits, this one has %d", minRSABits, bits)
	}
	return public, nil
}

func ed25519Public(key any) (any, error) {
	switch k := key.(type) {
	case ed25519.PrivateKey:
		return k.Public(), nil
	case ed25519.PublicKey:
		return k, nil
	}
	return nil, errors.New("must be an Ed25519 key")
}

// kidOf names a key by what it is, so that a rotation needs no names: replicas that share keys share kids. 64 bits tell
// a handful of keys apart; of a secret with 256 bits of entropy they say nothing that helps to find it.
func kidOf(key []byte) string {
	sum := sha256.Sum256(append([]byte("adiuva kid v1\x00"), key...))
	return hex.EncodeToString(sum[:8])
}
