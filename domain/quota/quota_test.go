package quota_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/quota"
	"github.com/adiuva/cloud/domain/tier"
)

// The price list in bytes, typed here once more so that a slip in either place shows.
func TestATierGrantsWhatThePriceListSays(t *testing.T) {
	t.Parallel()
	for granted, bytes := range map[tier.Tier]quota.Limit{
		tier.Free: 0, tier.Pro: 5_000_000_000, tier.Power: 25_000_000_000, tier.Team: quota.Unlimited, "gold": 0, "": 0,
	} {
		assert.Equal(t, bytes, quota.Of(granted, quota.Records), granted)
		assert.Equal(t, bytes, quota.Of(granted, quota.Backups), granted)
	}
	assert.Equal(t, tier.CloudStorageGB, quota.Records.Feature())
	assert.Equal(t, tier.BackupGB, quota.Backups.Feature())
}

func TestALimitIsExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		limit, n := quota.Limit(rapid.Int64Min(0).Draw(t, "limit")), rapid.Int64Min(0).Draw(t, "n")
		assert.Equal(t, n <= int64(limit), limit.Fits(n))
		assert.True(t, limit.Fits(int64(limit)))
		assert.True(t, quota.Unlimited.Fits(n))
	})
}

func TestEachKindIsCountedApart(t *testing.T) {
	t.Parallel()
	u := quota.Usage{RecordBytes: 3, BackupBytes: 7}
	assert.Equal(t, int64(3), u.Bytes(quota.Records))
	assert.Equal(t, int64(7), u.Bytes(quota.Backups))
}

func TestExceededTellsTheClientHowMuchThereIs(t *testing.T) {
	t.Parallel()
	err := quota.Exceeded(quota.Backups, 10, 8)
	assert.Equal(t, fault.QuotaExceeded, err.Code)
	assert.Equal(t, map[string]any{"limit_bytes": int64(10), "used_bytes": int64(8)}, err.Details)
	assert.Contains(t, err.Message, "backups")
}
