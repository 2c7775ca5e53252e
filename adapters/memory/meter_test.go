package memory_test

import (
	"context"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/memory"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/ports"
	"github.com/adiuva/cloud/ports/porttest"
)

func openMeter(porttest.T) porttest.MeterStore {
	s := memory.NewStore()
	return porttest.MeterStore{Meter: memory.NewMeter(s), Users: memory.NewUsers(s)}
}

func TestMeterKeepsItsContract(t *testing.T) { porttest.Meter(t, openMeter) }

// The meters below are each wrong in one way: they show that the suite can fail.

type replacesWhatWasSpent struct {
	mu   sync.Mutex
	list map[string]chat.Spend // guarded by mu
}

func (m *replacesWhatWasSpent) Add(ctx context.Context, userID string, spent ...chat.Spend) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range spent {
		m.list[userID+s.Day+s.Model] = s
	}
	return context.Cause(ctx)
}

func (m *replacesWhatWasSpent) List(ctx context.Context, _ string) (all []chat.Spend, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.list {
		all = append(all, s)
	}
	return all, context.Cause(ctx)
}

type countsTheFirstOnly struct{ ports.Meter }

func (m countsTheFirstOnly) Add(ctx context.Context, userID string, spent ...chat.Spend) error {
	return m.Meter.Add(ctx, userID, spent[:min(1, len(spent))]...)
}

type countsForEverybody struct {
	ports.Meter
	once  sync.Once
	first string // who came first
}

func (m *countsForEverybody) Add(ctx context.Context, userID string, spent ...chat.Spend) error {
	m.once.Do(func() { m.first = userID })
	return m.Meter.Add(ctx, m.first, spent...)
}

func (m *countsForEverybody) List(ctx context.Context, userID string) ([]chat.Spend, error) {
	m.once.Do(func() { m.first = userID })
	return m.Meter.List(ctx, m.first)
}

// readsAndWrites is the race that a meter over rows invites: what others add in between is lost.
type readsAndWrites struct {
	ports.Meter
	lost chan struct{}
}

func (m readsAndWrites) Add(ctx context.Context, userID string, spent ...chat.Spend) error {
	select {
	case m.lost <- struct{}{}: // nobody else is at it
		defer func() { <-m.lost }()
		runtime.Gosched()
		return m.Meter.Add(ctx, userID, spent...)
	default:
		return context.Cause(ctx)
	}
}

type neverHeardOfNobody struct{ porttest.MeterStore }

func (m neverHeardOfNobody) Add(ctx context.Context, userID string, spent ...chat.Spend) error {
	if _, err := m.Users.Find(ctx, userID); err != nil {
		return err
	}
	return m.Meter.Add(ctx, userID, spent...)
}

func (m neverHeardOfNobody) List(ctx context.Context, userID string) ([]chat.Spend, error) {
	return m.Meter.List(ctx, userID)
}

func TestTheSuiteOfTheMeterCanFail(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		wrong func(s porttest.MeterStore) ports.Meter
		fails string
	}{
		"replaces": {func(porttest.MeterStore) ports.Meter { return &replacesWhatWasSpent{list: map[string]chat.Spend{}} },
			"what was spent is added up by day and model"},
		"first only": {func(s porttest.MeterStore) ports.Meter { return countsTheFirstOnly{s.Meter} },
			"two of one call for one day and model both count"},
		"everybody": {func(s porttest.MeterStore) ports.Meter { return &countsForEverybody{Meter: s.Meter} },
			"users are counted apart"},
		"races": {func(s porttest.MeterStore) ports.Meter { return readsAndWrites{s.Meter, make(chan struct{}, 1)} },
			"of many at once all count"},
		"nobody": {func(s porttest.MeterStore) ports.Meter { return neverHeardOfNobody{s} },
			"for a user who does not exist nothing is counted, without an error"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			failed := porttest.Failing(porttest.MeterCases(), func(t porttest.T) porttest.MeterStore {
				s := openMeter(t)
				s.Meter = c.wrong(s)
				return s
			})
			require.Contains(t, failed, c.fails)
			if name != "replaces" {
				require.Less(t, len(failed), len(porttest.MeterCases()), "a suite that fails as a whole proves nothing")
			}
		})
	}
}
