package gormstore

import (
	"encoding/hex"
	"time"

	"github.com/adiuva/cloud/domain/fault"
)

// Rows keep times as milliseconds since the epoch.

func instant(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

// optional is a time that may be absent.
func optional(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	ms := t.UnixMilli()
	return &ms
}

func instantOr(ms *int64) time.Time {
	if ms == nil {
		return time.Time{}
	}
	return instant(*ms)
}

// nullable is a text that may be absent.
func nullable(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func textOr(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// digest reads 32 bytes from hexadecimal.
func digest(s string) (b [32]byte, err error) {
	raw, err := hex.DecodeString(s)
	if err != nil || len(raw) != len(b) {
		return b, fault.Wrap(err, fault.Internal, "A stored value cannot be read.")
	}
	return [32]byte(raw), nil
}

// unreadable is a row that no longer follows the rules of the domain.
func unreadable(err error) error {
	if err == nil {
		return nil
	}
	return fault.Wrap(err, fault.Internal, "A stored value cannot be read.")
}

// domainRows turns rows into values, until one cannot be read.
func domainRows[R any, D any](rows []R, toDomain func(R) (D, error)) ([]D, error) {
	var values []D
	for _, r := range rows {
		v, err := toDomain(r)
		if err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	return values, nil
}
