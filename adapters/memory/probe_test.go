package memory_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/memory"
	"github.com/adiuva/cloud/ports"
	"github.com/adiuva/cloud/ports/porttest"
)

func TestProbe(t *testing.T) {
	t.Parallel()
	porttest.Probe(t, func(porttest.T) ports.Probe { return memory.NewProbe("database") })
}

func TestAProbeIsAsWellAsItIsTold(t *testing.T) {
	t.Parallel()
	p := memory.NewProbe("database")
	down := errors.New("down")
	p.Set(down)
	require.ErrorIs(t, p.Check(t.Context()), down)
	p.Set(nil)
	assert.NoError(t, p.Check(t.Context()))
}
