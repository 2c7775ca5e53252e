package accounts

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/memory"
	"github.com/adiuva/cloud/domain/vector"
)

func TestAnAccountTakesItsVectorsWithIt(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, removalBatch - 1, removalBatch, 2*removalBatch + 1} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			who, _ := h.register(email)
			other, _ := h.register("other@example.com")
			h.index(who.UserID, n)
			kept := h.index(other.UserID, 1)
			keys := h.keep(who.UserID, 3)
			out, err := h.deleter().Execute(t.Context(), DeleteAccountInput{UserID: who.UserID, Password: password})
			require.NoError(t, err)
			require.True(t, out.Finished)
			requireGone(t, h, who.UserID, keys)
			left, err := memory.NewVectorItems(h.store).List(t.Context(), who.UserID, "", 10)
			require.NoError(t, err)
			assert.Empty(t, left)
			dead, err := memory.NewVectorGarbage(h.store).Claim(t.Context(), h.clock.Now(), 10_000)
			require.NoError(t, err)
			assert.Len(t, dead, n, "each point is due to be deleted")
			for _, g := range dead {
				assert.Equal(t, vector.Place{UserID: who.UserID, Space: vector.Fingerprints, Dimension: vector.FingerprintDimension}, g.Place)
			}
			others, err := memory.NewVectorItems(h.store).Find(t.Context(), other.UserID, kept)
			require.NoError(t, err)
			assert.Len(t, others, 1)
		})
	}
}
