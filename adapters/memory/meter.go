package memory

import (
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
			s.Model = chat.ModelName(s.Model)
			key := spentKey{userID, s.Day, s.Model}
			rows.spent[key] = s.Plus(rows.spent[key])
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
	slices.SortFunc(spent, chat.Spend.Compare)
	return spent, err
}
