package memory

import (
	"context"
	"sync"

	"github.com/adiuva/cloud/ports"
)

var _ ports.Probe = (*Probe)(nil)

// Probe is a dependency that is as well as it is told to be.
type Probe struct {
	name string
	mu   sync.Mutex
	err  error // guarded by mu
}

// NewProbe is a dependency that can serve.
func NewProbe(name string) *Probe { return &Probe{name: name} }

// Name implements ports.Probe.
func (p *Probe) Name() string { return p.name }

// Set makes every later Check answer err; nil for one that can serve again.
func (p *Probe) Set(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.err = err
}

// Check implements ports.Probe.
func (p *Probe) Check(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}
