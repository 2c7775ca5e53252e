// Package quota is how many bytes a user may keep, and how many are kept.
//
// It imports the standard library, domain/fault and domain/tier. Start at Limit.
package quota

import (
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/tier"
)

// Gigabyte is 10^9 bytes, as the price list counts.
const Gigabyte = 1_000_000_000

// Kind is what is counted: records and backups have limits of their own.
type Kind string

// The kinds.
const (
	Records Kind = "records"
	Backups Kind = "backups"
)

// Feature is the line of the price list that limits k.
func (k Kind) Feature() tier.Feature {
	if k == Backups {
		return tier.BackupGB
	}
	return tier.CloudStorageGB
}

// Limit is a number of bytes, or Unlimited.
type Limit int64

// Unlimited stands in JSON as -1.
const Unlimited Limit = -1

// Of is how many bytes of k the tier grants.
func Of(t tier.Tier, k Kind) Limit {
	v := t.Value(k.Feature())
	if v == tier.Unlimited {
		return Unlimited
	}
	return Limit(v) * Gigabyte
}

// Fits reports whether a total of n bytes is within the limit.
func (l Limit) Fits(n int64) bool { return l == Unlimited || n <= int64(l) }

// Usage is what a user keeps, in bytes.
type Usage struct {
	RecordBytes int64
	BackupBytes int64
}

// Bytes are those of one kind.
func (u Usage) Bytes(k Kind) int64 {
	if k == Backups {
		return u.BackupBytes
	}
	return u.RecordBytes
}

// Exceeded is the failure of a write that does not fit.
func Exceeded(k Kind, l Limit, used int64) *fault.Error {
	return fault.New(fault.QuotaExceeded, "There is no room for this in your plan's "+string(k)+". Delete something or choose a larger plan.").
		With("limit_bytes", int64(l)).With("used_bytes", used)
}
