// Package system is the machine: its clock and its source of randomness.
//
// It imports domain, ports and google/uuid. Start at Clock and IDs.
package system

import (
	"crypto/rand"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/adiuva/cloud/domain/session"
	"github.com/adiuva/cloud/ports"
)

var (
	_ ports.Clock = (*Clock)(nil)
	_ ports.IDs   = (*IDs)(nil)
)

// Clock is the machine's clock. When somebody sets that back, Clock stands still until the time has caught up.
type Clock struct {
	source func() time.Time
	mu     sync.Mutex
	latest time.Time // guarded by mu
}

// NewClock reads the machine's clock.
func NewClock() *Clock { return &Clock{source: time.Now} }

// Now implements ports.Clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	// Through milliseconds, which drops the monotonic reading: what is stored must compare like what was made.
	if now := time.UnixMilli(c.source().UnixMilli()).UTC(); now.After(c.latest) {
		c.latest = now
	}
	return c.latest
}

// IDs makes ids and seeds from the machine's source of randomness.
type IDs struct{}

// NewIDs needs nothing.
func NewIDs() *IDs { return &IDs{} }

// NewID implements ports.IDs. uuid.NewV7 keeps the order within a millisecond and when the clock is set back.
func (*IDs) NewID() string {
	// Must: the randomness of the system cannot fail (crypto/rand ends the process before it returns an error).
	return uuid.Must(uuid.NewV7()).String()
}

// NewSeed implements ports.IDs.
func (*IDs) NewSeed() session.Seed {
	var seed session.Seed
	_, _ = rand.Read(seed[:]) // never fails: see crypto/rand
	return seed
}
