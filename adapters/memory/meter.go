package memory

import (
	"cmp"
	"context"
	"slices"

	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/ports"
)

var _ ports.Meter = (*Meter)(nil)

// Meter counts what users spend on models.
type Meter struct{ v view }

// NewMeter gives access to the counters in s.
func NewMeter(s *Store) *Meter { return &Meter{s} }

// spentKey is one counter.
type spentKey struct{ userID, day, model string }

// Add implements ports.Meter.
func (m *Meter) Add(ctx context.Context, userID string, spent ...chat.Spend) error {
	return m.v.with(ctx, func(rows *rows) error {
		if _, ok := rows.users[userID]; !ok {
			return nil
		}
		for _, s := range spent {
			key := spentKey{userID, s.Day, s.Model}
			sum := rows.spent[key]
			rows.spent[key] = chat.Spend{
				Day: s.Day, Model: s.Model, Calls: sum.Calls + s.Calls, Prompt: sum.Prompt + s.Prompt,
				Written: sum.Written + s.Written, Estimated: sum.Estimated + s.Estimated,
			}
		}
		return nil
	})
}

// List implements ports.Meter.
func (m *Meter) List(ctx context.Context, userID string) (spent []chat.Spend, err error) {
	err = m.v.with(ctx, func(rows *rows) error {
		for key, s := range rows.spent {
			if key.userID == userID {
				spent = append(spent, s)
			}
		}
		return nil
	})
	slices.SortFunc(spent, func(a, b chat.Spend) int { return cmp.Or(cmp.Compare(b.Day, a.Day), cmp.Compare(a.Model, b.Model)) })
	return spent, err
}
