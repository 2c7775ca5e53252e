package record_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/domain/record"
)

func TestIDsThatFollowFromASeedAreUUIDsAndAlwaysTheSame(t *testing.T) {
	t.Parallel()
	seed := "018f4e6a-7c1d-7b2e-9a55-0c9d3e1f2a4b"
	seen := map[string]bool{seed: true}
	for n := range 100 {
		id := record.DeriveID(seed, n)
		parsed, err := record.ParseID("id", id)
		require.NoError(t, err, id)
		assert.Equal(t, id, parsed)
		assert.True(t, strings.HasPrefix(id, "018f4e6a-7c1d-7b2e-"), "the time and the version of the seed")
		assert.Contains(t, "89ab", id[19:20], "the variant of RFC 9562")
		assert.False(t, seen[id], "two are the same")
		seen[id] = true
		assert.Equal(t, id, record.DeriveID(seed, n))
		assert.NotEqual(t, id, record.DeriveID("018f4e6a-7c1d-7b2e-9a55-0c9d3e1f2a4c", n))
	}
}
