// Package entitlements is the one gate that answers: may this user do this, and how much. The tier is read from the
// database at each question, never taken from a token or a client.
//
// It imports domain and ports. Start at Gate.
package entitlements

import (
	"context"

	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/quota"
	"github.com/adiuva/cloud/domain/tier"
	"github.com/adiuva/cloud/ports"
)

// Gate reads tiers from the database.
type Gate struct {
	Users ports.Users
}

// Require is nil if the user's tier has f at all, else TierRequired with the smallest tier that does.
func (g *Gate) Require(ctx context.Context, userID string, f tier.Feature) error {
	v, err := g.Value(ctx, userID, f)
	if err != nil {
		return err
	}
	if !v.Allows() {
		return Refusal(tier.Offering(f))
	}
	return nil
}

// Value is how much of f the user has.
func (g *Gate) Value(ctx context.Context, userID string, f tier.Feature) (tier.Value, error) {
	t, err := g.Users.Tier(ctx, userID)
	if err != nil {
		return 0, err
	}
	return t.Value(f), nil
}

// RequireTier is nil if the user's tier is least or a larger one, else TierRequired with least.
func (g *Gate) RequireTier(ctx context.Context, userID string, least tier.Tier) error {
	t, err := g.Users.Tier(ctx, userID)
	if err != nil {
		return err
	}
	if !t.Covers(least) {
		return Refusal(least)
	}
	return nil
}

// Storage is how many bytes of k the user may keep. TierRequired where the tier has none.
func (g *Gate) Storage(ctx context.Context, userID string, k quota.Kind) (quota.Limit, error) {
	t, err := g.Users.Tier(ctx, userID)
	if err != nil {
		return 0, err
	}
	limit := quota.Of(t, k)
	if limit == 0 {
		return 0, Refusal(tier.Offering(k.Feature()))
	}
	return limit, nil
}

// Limits are how many bytes of each kind the user may keep: 0 where the tier has none.
func (g *Gate) Limits(ctx context.Context, userID string) (map[quota.Kind]quota.Limit, error) {
	t, err := g.Users.Tier(ctx, userID)
	if err != nil {
		return nil, err
	}
	return map[quota.Kind]quota.Limit{quota.Records: quota.Of(t, quota.Records), quota.Backups: quota.Of(t, quota.Backups)}, nil
}

// Refusal tells the client which tier it takes.
func Refusal(required tier.Tier) error {
	return fault.New(fault.TierRequired, "Your plan does not include this. Upgrade to "+string(required)+" to use it.").
		With("required_tier", string(required))
}
