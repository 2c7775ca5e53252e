package memory

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/ports"
)

var _ ports.Observer = (*Observer)(nil)

// Observer remembers what it was told.
type Observer struct {
	mu       sync.Mutex
	ended    []Ended         // guarded by mu
	withheld []chat.Withheld // guarded by mu
	open     map[string]int  // guarded by mu: by kind
}

// Ended is a use case that is over, and how it ended.
type Ended struct {
	UseCase string
	Code    fault.Code
}

// NewObserver has been told nothing.
func NewObserver() *Observer { return &Observer{} }

// Start implements ports.Observer.
func (o *Observer) Start(ctx context.Context, _ string) context.Context { return ctx }

// End implements ports.Observer.
func (o *Observer) End(_ context.Context, useCase string, _ time.Duration, code fault.Code, _ error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ended = append(o.ended, Ended{useCase, code})
}

// Withheld implements ports.Observer.
func (o *Observer) Withheld(_ context.Context, w chat.Withheld) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.withheld = append(o.withheld, w)
}

// Opened implements ports.Observer.
func (o *Observer) Opened(_ context.Context, kind string) func() {
	count := func(by int) {
		o.mu.Lock()
		defer o.mu.Unlock()
		if o.open == nil {
			o.open = map[string]int{}
		}
		o.open[kind] += by
	}
	count(1)
	return sync.OnceFunc(func() { count(-1) })
}

// Open is how many of a kind are open.
func (o *Observer) Open(kind string) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.open[kind]
}

// Ends are the use cases that are over, in order.
func (o *Observer) Ends() []Ended {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.ended)
}

// Kept is what was kept from clients, in order.
func (o *Observer) Kept() []chat.Withheld {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.withheld)
}
