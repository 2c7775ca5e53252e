package storage_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/memory"
	"github.com/adiuva/cloud/application/storage"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/quota"
	"github.com/adiuva/cloud/domain/tier"
)

func TestUsageIsWhatIsKeptAndWhatTheTierGrants(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	u := storage.GetUsage{Gate: d.gate(), Usage: memory.NewUsage(d.rows)}
	_, err := d.store(t.Context(), create(ada, mine, "0123456789"))
	require.NoError(t, err)
	require.NoError(t, memory.NewUsage(d.rows).Add(t.Context(), ada, quota.Backups, 7, quota.Unlimited))
	for _, c := range []struct {
		tier  tier.Tier
		limit quota.Limit
	}{{tier.Pro, 5e9}, {tier.Power, 25e9}, {tier.Team, quota.Unlimited}, {tier.Free, 0}} {
		d.setTier(t, ada, c.tier)
		out, err := u.Execute(t.Context(), storage.GetUsageInput{UserID: ada})
		require.NoError(t, err)
		assert.Equal(t, storage.GetUsageOutput{Records: storage.Room{UsedBytes: 10, Limit: c.limit}, Backups: storage.Room{UsedBytes: 7, Limit: c.limit}}, out)
	}
	out, err := u.Execute(t.Context(), storage.GetUsageInput{UserID: bob})
	require.NoError(t, err)
	assert.Equal(t, storage.Room{Limit: 5e9}, out.Records)
	_, err = u.Execute(t.Context(), storage.GetUsageInput{UserID: mine})
	assertCode(t, fault.NotFound, err)
}
