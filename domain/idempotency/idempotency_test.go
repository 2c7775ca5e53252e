package idempotency_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/idempotency"
)

func TestAKeyIsVisibleASCII(t *testing.T) {
	t.Parallel()
	seen := map[idempotency.Key]bool{}
	for _, good := range []string{"a", "A", "~", "!", "018f4e6a-7c1d-7b2e-9a55-0c9d3e1f2a4b", strings.Repeat("k", 255)} {
		key, err := idempotency.ParseKey("header.Idempotency-Key", good)
		require.NoError(t, err, good)
		assert.False(t, seen[key], good)
		seen[key] = true
	}
	for _, bad := range []string{"", " ", "a b", "a\n", "é", "\x7f", "\x00", strings.Repeat("k", 256)} {
		_, err := idempotency.ParseKey("header.Idempotency-Key", bad)
		require.Equal(t, fault.ValidationFailed, fault.CodeOf(err), bad)
		assert.Equal(t, "header.Idempotency-Key", fault.From(err).Fields[0].Location)
	}
}

func TestWhoIsToWaitIsToldForHowLongAtMost(t *testing.T) {
	t.Parallel()
	now := time.UnixMilli(0)
	assert.EqualValues(t, 2, fault.From(idempotency.Busy(now, now.Add(time.Minute))).Details["retry_after"])
	assert.EqualValues(t, 1, fault.From(idempotency.Busy(now, now.Add(time.Millisecond))).Details["retry_after"])
}
