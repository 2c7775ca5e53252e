//go:build unix

package sanitizer

import (
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestHostileTextCostsNoMoreThanItsLength compares a text with one four times as long: what grows with the square would take
// sixteen times as long. It measures the time of the processor, as the machine may be busy elsewhere, and so nothing runs
// beside it.
func TestHostileTextCostsNoMoreThanItsLength(t *testing.T) {
	s := whole(t)
	const n = 50_000
	spent := func() time.Duration {
		var u syscall.Rusage
		require.NoError(t, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	cost := func(text string) time.Duration {
		least := time.Hour
		for range 3 {
			start := spent()
			f := s.Stream(nil)
			f.Write(text)
			f.Close()
			least = min(least, spent()-start)
		}
		return least
	}
	long := hostile(t, 4*n)
	for name, text := range hostile(t, n) {
		one, four := cost(text), cost(long[name])
		t.Logf("%-22s %4d ns a byte", name, four.Nanoseconds()/(4*n))
		assert.Less(t, four, 10*one+10*time.Millisecond, name)
	}
}
