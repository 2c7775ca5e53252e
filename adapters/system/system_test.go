package system

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/ports"
	"github.com/adiuva/cloud/ports/porttest"
)

func TestClockKeepsItsContract(t *testing.T) {
	porttest.Clock(t, func(porttest.T) ports.Clock { return NewClock() })
}

func TestIDsKeepTheirContract(t *testing.T) {
	porttest.IDs(t, func(porttest.T) ports.IDs { return NewIDs() })
}

func TestTheClockStandsStillWhenTheMachineIsSetBack(t *testing.T) {
	t.Parallel()
	machine := time.Date(2026, 5, 6, 7, 8, 9, 10_999_999, time.FixedZone("", 7200))
	c := &Clock{source: func() time.Time { return machine }}
	noon := time.Date(2026, 5, 6, 5, 8, 9, 10_000_000, time.UTC)
	require.Equal(t, noon, c.Now())
	machine = machine.Add(-time.Hour)
	assert.Equal(t, noon, c.Now())
	machine = machine.Add(2 * time.Hour)
	assert.Equal(t, noon.Add(time.Hour), c.Now())
}

func TestTheClockShowsTheTime(t *testing.T) {
	t.Parallel()
	before := time.Now().Truncate(time.Millisecond)
	now := NewClock().Now()
	assert.False(t, now.Before(before))
	assert.False(t, now.After(time.Now()))
}

func TestAnIDCarriesTheTime(t *testing.T) {
	t.Parallel()
	before := time.Now().UnixMilli()
	id := NewIDs().NewID()
	made, err := strconv.ParseInt(strings.ReplaceAll(id, "-", "")[:12], 16, 64) // RFC 9562, 5.7: the first 48 bits
	require.NoError(t, err)
	assert.InDelta(t, before, made, 5000)
}
