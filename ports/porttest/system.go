package porttest

import (
	"context"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/domain/session"
	"github.com/adiuva/cloud/ports"
)

// Clock checks ports.Clock.
func Clock(t *testing.T, open func(t T) ports.Clock) { Run(t, ClockCases, open) }

// IDs checks ports.IDs.
func IDs(t *testing.T, open func(t T) ports.IDs) { Run(t, IDsCases, open) }

// Probe checks ports.Probe, with a dependency that can serve.
func Probe(t *testing.T, open func(t T) ports.Probe) { Run(t, ProbeCases, open) }

// ClockCases are the sentences of ports.Clock.
var ClockCases = []Case[ports.Clock]{
	{"the time is UTC in whole milliseconds", func(t T, c ports.Clock) {
		for range 100 {
			now := c.Now()
			require.Equal(t, time.UTC, now.Location())
			require.Equal(t, time.UnixMilli(now.UnixMilli()).UTC(), now)
		}
	}},
	{"the time never goes back, for many who ask at once", func(t T, c ports.Clock) {
		for _, err := range together(4, func(int) error {
			last := c.Now()
			for range 2000 {
				now := c.Now()
				if now.Before(last) {
					return assert.AnError
				}
				last = now
			}
			return nil
		}) {
			require.NoError(t, err, "a clock went back")
		}
	}},
}

// uuidV7 is the shape of RFC 9562, 5.7 in its lower-case text form.
var uuidV7 = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

// IDsCases are the sentences of ports.IDs.
var IDsCases = []Case[ports.IDs]{
	{"an id is a UUIDv7", func(t T, i ports.IDs) {
		for range 100 {
			require.Regexp(t, uuidV7, i.NewID())
		}
	}},
	{"ids are in the order in which they were made", func(t T, i ports.IDs) {
		last := i.NewID()
		for range 5000 {
			next := i.NewID()
			require.Less(t, last, next)
			last = next
		}
	}},
	{"ids and seeds never repeat, for many who ask at once", func(t T, i ports.IDs) {
		var mu sync.Mutex
		ids, seeds := map[string]bool{}, map[session.Seed]bool{}
		together(4, func(int) error {
			for range 1000 {
				id, seed := i.NewID(), i.NewSeed()
				mu.Lock()
				ids[id], seeds[seed] = true, true
				mu.Unlock()
			}
			return nil
		})
		assert.Len(t, ids, 4000)
		assert.Len(t, seeds, 4000)
		assert.NotContains(t, seeds, session.Seed{}, "nothing is not random")
	}},
}

// ProbeCases are the sentences of ports.Probe.
var ProbeCases = []Case[ports.Probe]{
	{"a probe has a name that stays", func(t T, p ports.Probe) {
		name := p.Name()
		require.Regexp(t, `^[a-z][a-z0-9_-]*$`, name)
		require.NoError(t, p.Check(t.Context()))
		require.Equal(t, name, p.Name())
	}},
	{"a dependency that can serve is fine, again and again", func(t T, p ports.Probe) {
		for range 3 {
			require.NoError(t, p.Check(t.Context()))
		}
	}},
	{"a check whose context is over fails with its error", func(t T, p ports.Probe) {
		require.ErrorIs(t, p.Check(ended(t)), context.Canceled)
	}},
}
