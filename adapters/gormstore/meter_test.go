package gormstore_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/gormstore"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/ports/porttest"
	"github.com/adiuva/cloud/test/services"
)

func TestWhatTwoReplicasCountAtOnceAddsUp(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func() string{
		"sqlite":   func() string { return "sqlite://" + filepath.Join(t.TempDir(), "shared.db") },
		"postgres": func() string { return services.DatabaseURL(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shared := url()
			replicas := []*gormstore.Store{openURL(t, shared, gormstore.Options{}), openURL(t, shared, gormstore.Options{})}
			migrate(t, replicas[0])
			u := insertUser(t, replicas[0], 1)
			codes := outcomes(crowd, func(i int) error {
				first, second := chat.Spend{Day: "2026-03-01", Model: "a", Calls: 1, Prompt: 7}, chat.Spend{Day: "2026-03-02", Model: "b", Calls: 1, Written: 9}
				if i%4 < 2 {
					first, second = second, first
				}
				return gormstore.NewMeter(replicas[i%2]).Add(t.Context(), u.ID, first, second)
			})
			assert.Equal(t, map[fault.Code]int{"": crowd}, codes)
			got, err := gormstore.NewMeter(replicas[1]).List(t.Context(), u.ID)
			require.NoError(t, err)
			assert.Equal(t, []chat.Spend{
				{Day: "2026-03-02", Model: "b", Calls: crowd, Written: 9 * crowd}, {Day: "2026-03-01", Model: "a", Calls: crowd, Prompt: 7 * crowd},
			}, got)
		})
	}
}

// A crowd that counts while its user leaves ends with neither rows nor errors.
func TestWhatIsCountedWhileTheUserLeavesIsGoneWithThem(t *testing.T) {
	t.Parallel()
	for _, e := range engines() {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			s := e.start(t)(porttest.T(t))
			u := insertUser(t, s, 1)
			codes := outcomes(crowd, func(i int) error {
				if i == crowd/2 {
					return gormstore.NewUsers(s).Delete(t.Context(), u.ID)
				}
				return gormstore.NewMeter(s).Add(t.Context(), u.ID, chat.Spend{Day: "2026-03-01", Model: "m", Calls: 1})
			})
			assert.Equal(t, map[fault.Code]int{"": crowd}, codes)
			got, err := gormstore.NewMeter(s).List(t.Context(), u.ID)
			require.NoError(t, err)
			assert.Empty(t, got)
		})
	}
}
