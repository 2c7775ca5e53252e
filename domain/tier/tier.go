// Package tier is what a customer can buy and what it grants. The feature matrix in matrix.go is the one place that knows
// what a tier has; everything else asks it.
//
// It imports the standard library and domain/fault. Start at Tier and Tier.Value.
package tier

import (
	"slices"

	"github.com/adiuva/cloud/domain/fault"
)

// Tier is free, pro, power or team, in ascending order.
type Tier string

// The tiers that exist.
const (
	Free  Tier = "free"
	Pro   Tier = "pro"
	Power Tier = "power"
	Team  Tier = "team"
)

// All lists the tiers from the smallest to the largest.
func All() []Tier { return []Tier{Free, Pro, Power, Team} }

// Parse reads the name of a tier.
func Parse(s string) (Tier, error) {
	if t := Tier(s); slices.Contains(All(), t) {
		return t, nil
	}
	return "", fault.Invalid("tier", "must be one of free, pro, power, team")
}

// Covers reports whether t has all that other has: it is the same tier or a larger one. A tier that does not exist covers
// nothing, and is covered by nothing.
func (t Tier) Covers(other Tier) bool {
	rank := slices.Index(All(), other)
	return rank >= 0 && slices.Index(All(), t) >= rank
}

// Lowest is the smallest tier for which allows is true, and false where none is.
func Lowest(allows func(Tier) bool) (Tier, bool) {
	for _, t := range All() {
		if allows(t) {
			return t, true
		}
	}
	return "", false
}
