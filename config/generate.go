package config

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// ensureSecret gives a development server a signing secret of its own, kept in DataDir so that sessions survive a
// restart. Of several processes that start at once, one makes it and all use it.
func ensureSecret(c Config) (Config, error) {
	if c.Tokens.Secret != "" {
		return c, nil
	}
	if err := os.MkdirAll(c.DataDir, 0o700); err != nil {
		return Config{}, fmt.Errorf("DATA_DIR: %w", err)
	}
	path := filepath.Join(c.DataDir, "jwt-"+strings.ToLower(c.Tokens.Algorithm)+".secret")
	secret, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := writeSecret(path, c.Tokens.Algorithm); err != nil {
			return Config{}, err
		}
		secret, err = os.ReadFile(path)
	}
	if err != nil {
		return Config{}, fmt.Errorf("generated secret: %w", err)
	}
	c.Tokens.Secret = Secret(strings.TrimSpace(string(secret)))
	return c, nil
}

// writeSecret makes the file whole or not at all, and leaves one that is there alone.
func writeSecret(path, algorithm string) error {
	secret, err := newSecret(algorithm)
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".secret-*") // mode 0600
	if err != nil {
		return fmt.Errorf("generated secret: %w", err)
	}
	defer func() { _ = os.Remove(tmp.Name()) }()
	_, err = tmp.WriteString(secret + "\n")
	if err := errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return fmt.Errorf("generated secret: %w", err)
	}
	if err := os.Link(tmp.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("generated secret: %w", err)
	}
	return nil
}

// newSecret is 64 random bytes, enough for every HS algorithm, or a private key.
func newSecret(algorithm string) (string, error) {
	var key any
	var err error
	switch algorithm {
	case "RS256":
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	case "EdDSA":
		_, key, err = ed25519.GenerateKey(rand.Reader)
	default:
		var b [64]byte
		_, err = rand.Read(b[:])
		return base64.RawURLEncoding.EncodeToString(b[:]), err
	}
	if err != nil {
		return "", fmt.Errorf("generated key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", fmt.Errorf("generated key: %w", err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), nil
}
