package ports

import (
	"context"
	"time"

	"github.com/adiuva/cloud/domain/session"
)

// Clock is the time.
type Clock interface {
	// Now is the current time in UTC, in whole milliseconds. It never goes back.
	Now() time.Time
}

// IDs makes what must not be guessed or must not repeat.
type IDs interface {
	// NewID is a UUIDv7 (RFC 9562): unique, and in the order in which they were made within one process.
	NewID() string
	// NewSeed is 256 bits from the system's source of randomness.
	NewSeed() session.Seed
}

// Probe asks a dependency how it is.
type Probe interface {
	// Name is what an operator calls it: database, objects, llm.
	Name() string
	// Check is nil when the dependency can serve. It honours ctx and changes nothing.
	Check(ctx context.Context) error
}
