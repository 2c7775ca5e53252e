package memory

import (
	"crypto/sha256"
	"fmt"
	"sync"
	"time"

	"github.com/adiuva/cloud/domain/session"
	"github.com/adiuva/cloud/ports"
)

var (
	_ ports.Clock = (*Clock)(nil)
	_ ports.IDs   = (*IDs)(nil)
)

// Clock stands still until it is told to advance.
type Clock struct {
	mu  sync.Mutex
	now time.Time // guarded by mu
}

// NewClock shows the time at, in whole milliseconds.
func NewClock(at time.Time) *Clock { return &Clock{now: at.UTC().Truncate(time.Millisecond)} }

// Now implements ports.Clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock forward by d, in whole milliseconds. A negative d is a mistake in the test: it panics, since a
// clock never goes back.
func (c *Clock) Advance(d time.Duration) {
	if d < 0 {
		panic("memory.Clock: a clock never goes back")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d.Truncate(time.Millisecond))
}

// IDs makes the same ids and seeds in the same order in every run. Anybody can guess them: they are for tests only.
type IDs struct {
	mu         sync.Mutex
	ids, seeds uint64 // how many were made; guarded by mu
}

// NewIDs begins with the first id and seed.
func NewIDs() *IDs { return &IDs{} }

// NewID implements ports.IDs. All ids share one time and count upwards.
func (i *IDs) NewID() string {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.ids++
	return fmt.Sprintf("01940000-0000-7000-8000-%012x", i.ids)
}

// NewSeed implements ports.IDs, but for the randomness.
func (i *IDs) NewSeed() session.Seed {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.seeds++
	return sha256.Sum256(fmt.Appendf(nil, "seed %d", i.seeds))
}
