package porttest

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/ports"
)

// MeterStore is one empty store seen through the meter. Users stands beside it because what is spent needs somebody who
// spent it.
type MeterStore struct {
	Meter ports.Meter
	Users ports.Users
}

// Meter checks an adapter of ports.Meter.
func Meter(t *testing.T, open func(t T) MeterStore) { Run(t, MeterCases(), open) }

// MeterCases are the sentences of ports.Meter.
func MeterCases() []Case[MeterStore] {
	const first, next = "2026-02-28", "2026-03-01"
	return []Case[MeterStore]{
		{"what was spent is added up by day and model", func(t T, s MeterStore) {
			user := s.owner(t)
			s.add(t, user, chat.Spend{Day: first, Model: "large", Calls: 1, Prompt: 1 << 40, Written: 20, Estimated: 1})
			s.add(t, user, chat.Spend{Day: first, Model: "large", Calls: 2, Prompt: 5, Written: 1 << 41})
			s.add(t, user, chat.Spend{Day: first, Model: "small", Calls: 3}, chat.Spend{Day: next, Model: "large", Calls: 4, Estimated: 4})
			s.assertSpent(t, user,
				chat.Spend{Day: next, Model: "large", Calls: 4, Estimated: 4},
				chat.Spend{Day: first, Model: "large", Calls: 3, Prompt: 1<<40 + 5, Written: 1<<41 + 20, Estimated: 1},
				chat.Spend{Day: first, Model: "small", Calls: 3},
			)
		}},
		{"the newest day comes first, and within it the models in the order of their bytes", func(t T, s MeterStore) {
			user := s.owner(t)
			for _, model := range []string{"b", "a", "B", ""} {
				s.add(t, user, chat.Spend{Day: first, Model: model, Calls: 1}, chat.Spend{Day: next, Model: model, Calls: 1})
			}
			var want []chat.Spend
			for _, day := range []string{next, first} {
				for _, model := range []string{"", "B", "a", "b"} {
					want = append(want, chat.Spend{Day: day, Model: model, Calls: 1})
				}
			}
			s.assertSpent(t, user, want...)
		}},
		{"two of one call for one day and model both count", func(t T, s MeterStore) {
			user := s.owner(t)
			same := chat.Spend{Day: first, Model: "m", Calls: 1, Prompt: 10, Written: 3, Estimated: 1}
			s.add(t, user, same, chat.Spend{Day: next, Model: "m", Calls: 1}, same, same)
			s.assertSpent(t, user, chat.Spend{Day: next, Model: "m", Calls: 1},
				chat.Spend{Day: first, Model: "m", Calls: 3, Prompt: 30, Written: 9, Estimated: 3})
		}},
		{"users are counted apart", func(t T, s MeterStore) {
			user, other := s.owner(t), s.owner(t)
			s.add(t, user, chat.Spend{Day: first, Model: "m", Calls: 1})
			s.add(t, other, chat.Spend{Day: first, Model: "m", Calls: 7})
			s.assertSpent(t, user, chat.Spend{Day: first, Model: "m", Calls: 1})
			s.assertSpent(t, other, chat.Spend{Day: first, Model: "m", Calls: 7})
		}},
		{"a model is counted under the name that is kept of it", func(t T, s MeterStore) {
			user := s.owner(t)
			long := strings.Repeat("ä", chat.MaxModelBytes)
			for _, name := range []string{long, long + "!", "m\x00", "\xffm"} {
				s.add(t, user, chat.Spend{Day: first, Model: name, Calls: 1})
			}
			s.assertSpent(t, user, chat.Spend{Day: first, Model: "m", Calls: 2}, chat.Spend{Day: first, Model: chat.ModelName(long), Calls: 2})
		}},
		{"who spent nothing has nothing, and adding nothing changes nothing", func(t T, s MeterStore) {
			user := s.owner(t)
			s.add(t, user)
			s.assertSpent(t, user)
		}},
		{"for a user who does not exist nothing is counted, without an error", func(t T, s MeterStore) {
			nobody := storageID()
			s.add(t, nobody, chat.Spend{Day: first, Model: "m", Calls: 1})
			s.assertSpent(t, nobody)
		}},
		{"what was spent goes with the user and does not keep them", func(t T, s MeterStore) {
			user, other := s.owner(t), s.owner(t)
			s.add(t, user, chat.Spend{Day: first, Model: "m", Calls: 1})
			s.add(t, other, chat.Spend{Day: first, Model: "m", Calls: 1})
			require.NoError(t, s.Users.Delete(t.Context(), user))
			s.assertSpent(t, user)
			s.assertSpent(t, other, chat.Spend{Day: first, Model: "m", Calls: 1})
		}},
		{"of many at once all count", func(t T, s MeterStore) {
			user := s.owner(t)
			const crowd = 64
			var group sync.WaitGroup
			for i := range crowd {
				group.Go(func() {
					a, b := chat.Spend{Day: first, Model: "a", Calls: 1, Prompt: 3}, chat.Spend{Day: first, Model: "b", Calls: 1, Written: 5}
					if i%2 == 0 {
						a, b = b, a
					}
					assert.NoError(t, s.Meter.Add(t.Context(), user, a, b))
				})
			}
			group.Wait()
			s.assertSpent(t, user, chat.Spend{Day: first, Model: "a", Calls: crowd, Prompt: 3 * crowd},
				chat.Spend{Day: first, Model: "b", Calls: crowd, Written: 5 * crowd})
		}},
		{"when the context has ended nothing is counted or listed", func(t T, s MeterStore) {
			user := s.owner(t)
			require.ErrorIs(t, s.Meter.Add(cancelled(t), user, chat.Spend{Day: first, Model: "m", Calls: 1}), context.Canceled)
			_, err := s.Meter.List(cancelled(t), user)
			require.ErrorIs(t, err, context.Canceled)
			s.assertSpent(t, user)
		}},
	}
}

func (s MeterStore) owner(t T) string {
	t.Helper()
	return StorageStore{Users: s.Users}.owner(t)
}

func (s MeterStore) add(t T, userID string, spent ...chat.Spend) {
	t.Helper()
	require.NoError(t, s.Meter.Add(t.Context(), userID, spent...))
}

func (s MeterStore) assertSpent(t T, userID string, want ...chat.Spend) {
	t.Helper()
	got, err := s.Meter.List(t.Context(), userID)
	require.NoError(t, err)
	assert.Equal(t, want, got)
}
