package operations_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/adiuva/cloud/application/operations"
	"github.com/adiuva/cloud/ports"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type probe struct {
	name  string
	check func(ctx context.Context) error
}

func (p probe) Name() string                    { return p.name }
func (p probe) Check(ctx context.Context) error { return p.check(ctx) }

var errDown = errors.New("connection refused")

func TestEachDependencyIsAskedAtTheSameTimeAndBoundedByTheTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		u := operations.CheckHealth{Timeout: 2 * time.Second, Probes: []ports.Probe{
			probe{"database", func(context.Context) error { time.Sleep(time.Second); return nil }},
			probe{"objects", func(context.Context) error { return errDown }},
			probe{"llm", func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }},
			probe{"deaf", func(context.Context) error { <-release; return nil }},
			probe{"broken", func(context.Context) error { panic("a secret") }},
		}}
		start := time.Now()
		h, err := u.Execute(t.Context(), operations.CheckHealthInput{})
		require.NoError(t, err)
		close(release)
		assert.Equal(t, 2*time.Second, time.Since(start))
		assert.False(t, h.Ready)
		want := []struct {
			name    string
			up      bool
			latency time.Duration
		}{{"database", true, time.Second}, {"objects", false, 0}, {"llm", false, 2 * time.Second}, {"deaf", false, 2 * time.Second}, {"broken", false, 0}}
		for i, w := range want {
			d := h.Dependencies[i]
			assert.Equal(t, w.name, d.Name)
			assert.Equal(t, w.up, d.Up, w.name)
			assert.Equal(t, w.latency, d.Latency, w.name)
			assert.Equal(t, w.up, d.Cause == nil, w.name)
		}
		require.ErrorIs(t, h.Dependencies[1].Cause, errDown)
		assert.NotContains(t, h.Dependencies[4].Cause.Error(), "secret")
	})
}

func TestAServerIsReadyWhenAllIsUpAndItIsNotShuttingDown(t *testing.T) {
	t.Parallel()
	up := probe{"database", func(context.Context) error { return nil }}
	down := probe{"objects", func(context.Context) error { return errDown }}
	for name, row := range map[string]struct {
		probes   []ports.Probe
		draining bool
		want     bool
	}{
		"nothing to ask":      {nil, false, true},
		"all up":              {[]ports.Probe{up, up}, false, true},
		"one down":            {[]ports.Probe{up, down}, false, false},
		"all up but draining": {[]ports.Probe{up}, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := operations.CheckHealth{Probes: row.probes}
			h, err := u.Execute(t.Context(), operations.CheckHealthInput{Draining: row.draining})
			require.NoError(t, err)
			assert.Equal(t, row.want, h.Ready)
			assert.Equal(t, row.draining, h.Draining)
		})
	}
}
