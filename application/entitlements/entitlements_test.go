package entitlements_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/memory"
	"github.com/adiuva/cloud/application/entitlements"
	"github.com/adiuva/cloud/domain/account"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/quota"
	"github.com/adiuva/cloud/domain/tier"
)

// withTier is a gate and a user of a tier.
func withTier(t *testing.T, name tier.Tier) (*entitlements.Gate, *memory.Users, account.User) {
	t.Helper()
	users := memory.NewUsers(memory.NewStore())
	email, err := account.ParseEmail("ada@example.com")
	require.NoError(t, err)
	u := account.User{ID: "1", Email: email, Tier: name}
	require.NoError(t, users.Insert(t.Context(), u))
	return &entitlements.Gate{Users: users}, users, u
}

func TestAFeatureIsRequiredOfTheTierInTheDatabase(t *testing.T) {
	t.Parallel()
	for _, f := range []tier.Feature{tier.Agents, tier.CloudStorageGB, tier.PluginMarketplace, tier.SSO} {
		for _, name := range tier.All() {
			gate, _, u := withTier(t, name)
			err := gate.Require(t.Context(), u.ID, f)
			if name.Value(f).Allows() {
				require.NoError(t, err, "%s of %s", f, name)
				continue
			}
			require.Equal(t, fault.TierRequired, fault.CodeOf(err), "%s of %s", f, name)
			assert.Equal(t, string(tier.Offering(f)), fault.From(err).Details["required_tier"])
		}
	}
}

func TestAnotherTierCountsAtTheNextQuestion(t *testing.T) {
	t.Parallel()
	gate, users, u := withTier(t, tier.Free)
	require.Error(t, gate.Require(t.Context(), u.ID, tier.CloudStorageGB))
	u.Tier = tier.Pro
	require.NoError(t, users.Update(t.Context(), u))
	require.NoError(t, gate.Require(t.Context(), u.ID, tier.CloudStorageGB))
	v, err := gate.Value(t.Context(), u.ID, tier.BatchActive)
	require.NoError(t, err)
	assert.EqualValues(t, 10, v)
}

func TestStorageIsHowManyBytesMayBeKept(t *testing.T) {
	t.Parallel()
	for _, k := range []quota.Kind{quota.Records, quota.Backups} {
		for name, want := range map[tier.Tier]quota.Limit{
			tier.Pro: 5 * quota.Gigabyte, tier.Power: 25 * quota.Gigabyte, tier.Team: quota.Unlimited,
		} {
			gate, _, u := withTier(t, name)
			got, err := gate.Storage(t.Context(), u.ID, k)
			require.NoError(t, err)
			assert.Equal(t, want, got, name)
		}
		gate, _, u := withTier(t, tier.Free)
		_, err := gate.Storage(t.Context(), u.ID, k)
		require.Equal(t, fault.TierRequired, fault.CodeOf(err))
		assert.Equal(t, "pro", fault.From(err).Details["required_tier"])
	}
}

func TestATierIsRequiredOrALargerOne(t *testing.T) {
	t.Parallel()
	for _, name := range tier.All() {
		gate, _, u := withTier(t, name)
		for _, least := range tier.All() {
			err := gate.RequireTier(t.Context(), u.ID, least)
			if name.Covers(least) {
				require.NoError(t, err, "%s of %s", least, name)
				continue
			}
			require.Equal(t, fault.TierRequired, fault.CodeOf(err), "%s of %s", least, name)
			assert.Equal(t, string(least), fault.From(err).Details["required_tier"])
		}
		require.Equal(t, fault.NotFound, fault.CodeOf(gate.RequireTier(t.Context(), "nobody", tier.Free)))
	}
}

func TestWhoIsNotThereOrLeavesMayNothing(t *testing.T) {
	t.Parallel()
	gate, users, u := withTier(t, tier.Team)
	leaving := u
	leaving.DeletedAt = time.UnixMilli(1)
	require.NoError(t, users.Update(t.Context(), leaving))
	for _, id := range []string{u.ID, "nobody"} {
		require.Equal(t, fault.NotFound, fault.CodeOf(gate.Require(t.Context(), id, tier.Agents)))
		_, err := gate.Value(t.Context(), id, tier.Agents)
		require.Equal(t, fault.NotFound, fault.CodeOf(err))
		_, err = gate.Storage(t.Context(), id, quota.Records)
		require.Equal(t, fault.NotFound, fault.CodeOf(err))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, gate.Require(ctx, u.ID, tier.Agents), context.Canceled, "in doubt, no")
}
