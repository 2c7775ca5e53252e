package tier_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/tier"
)

// TestThePriceList is the public one, line by line.
func TestThePriceList(t *testing.T) {
	t.Parallel()
	const all, on, off = tier.Unlimited, 1, 0
	list := []struct {
		feature tier.Feature
		toggle  bool
		values  [4]tier.Value // free, pro, power, team
	}{
		{"agents", false, [4]tier.Value{3, all, all, all}},
		{"batch_active", false, [4]tier.Value{2, 10, all, all}},
		{"cloud_storage_gb", false, [4]tier.Value{0, 5, 25, all}},
		{"backup_gb", false, [4]tier.Value{0, 5, 25, all}},
		{"providers", false, [4]tier.Value{1, all, all, all}},
		{"batch_builder", true, [4]tier.Value{off, off, on, on}},
		{"plugin_marketplace", true, [4]tier.Value{off, off, on, on}},
		{"sso", true, [4]tier.Value{off, off, off, on}},
		{"requests_per_minute", false, [4]tier.Value{20, 60, 120, 200}},
	}
	for n, name := range tier.All() {
		var want []tier.Grant
		for _, line := range list {
			want = append(want, tier.Grant{Feature: line.feature, Toggle: line.toggle, Value: line.values[n]})
			assert.Equal(t, line.values[n], name.Value(line.feature), "%s of %s", line.feature, name)
		}
		assert.Equal(t, want, name.Grants())
	}
	assert.Equal(t, []tier.Tier{"free", "pro", "power", "team"}, tier.All())
	for name, cents := range map[tier.Tier]int64{tier.Free: 0, tier.Pro: 1500, tier.Power: 2900, tier.Team: 4900} {
		assert.Equal(t, cents, name.PriceCents())
	}
}

func TestATierOrFeatureThatDoesNotExistHasNothing(t *testing.T) {
	t.Parallel()
	for _, v := range []tier.Value{tier.Team.Value("jetpack"), tier.Tier("").Value(tier.SSO), tier.Tier("gold").Value(tier.Agents)} {
		assert.Zero(t, v)
		assert.False(t, v.Allows())
	}
}

func TestAValueCovers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		v      tier.Value
		n      int64
		want   bool
		allows bool
	}{
		{0, 0, true, false}, {0, 1, false, false}, {3, 3, true, true}, {3, 4, false, true}, {tier.Unlimited, 1 << 62, true, true},
	} {
		assert.Equal(t, c.want, c.v.AtLeast(c.n), "%d of %d", c.n, c.v)
		assert.Equal(t, c.allows, c.v.Allows(), c.v)
	}
}

func TestTheTierThatOffersAFeatureIsTheSmallest(t *testing.T) {
	t.Parallel()
	for f, want := range map[tier.Feature]tier.Tier{
		tier.Agents: tier.Free, tier.CloudStorageGB: tier.Pro, tier.BackupGB: tier.Pro, tier.BatchBuilder: tier.Power,
		tier.PluginMarketplace: tier.Power, tier.SSO: tier.Team, tier.RequestsPerMinute: tier.Free,
	} {
		assert.Equal(t, want, tier.Offering(f), f)
	}
	_, ok := tier.Lowest(func(tier.Tier) bool { return false })
	assert.False(t, ok)
}

func TestTiersAreAClosedList(t *testing.T) {
	t.Parallel()
	for _, want := range tier.All() {
		got, err := tier.Parse(string(want))
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
	for _, s := range []string{"", "gold", "Pro", "free "} {
		_, err := tier.Parse(s)
		require.Equal(t, fault.ValidationFailed, fault.CodeOf(err), s)
	}
}

func TestATierCoversItselfAndThoseBelow(t *testing.T) {
	t.Parallel()
	for i, above := range tier.All() {
		for j, below := range tier.All() {
			assert.Equal(t, i >= j, above.Covers(below), "%s covers %s", above, below)
		}
		assert.False(t, above.Covers("gold"))
		assert.False(t, tier.Tier("gold").Covers(above))
	}
	assert.False(t, tier.Tier("gold").Covers("gold"))
}

func TestEveryAgentIsCountedOnceAndTheFreeTierHasTheFirstThree(t *testing.T) {
	t.Parallel()
	order := tier.AgentOrder()
	assert.ElementsMatch(t, []string{"task_agent", "project_agent", "note_agent", "checkpoint_agent"}, order)
	assert.Equal(t, "checkpoint_agent", order[tier.Free.Value(tier.Agents)])
	order[0] = "changed"
	assert.Equal(t, "task_agent", tier.AgentOrder()[0], "the list cannot be changed from outside")
}
