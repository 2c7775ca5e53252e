package operations

import (
	"context"
	"sync"
	"time"

	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/ports"
)

// CheckHealth asks every dependency how it is.
type CheckHealth struct {
	Probes  []ports.Probe
	Timeout time.Duration // for each probe; zero stands for DefaultProbeTimeout
}

// DefaultProbeTimeout is how long a dependency may take to answer before it counts as down.
const DefaultProbeTimeout = 2 * time.Second

// CheckHealthInput says what the probes cannot know.
type CheckHealthInput struct {
	Draining bool // the server is shutting down and wants no more requests
}

// Health is how the server is.
type Health struct {
	Ready        bool // every dependency is up, and the server is not shutting down
	Draining     bool
	Dependencies []Dependency // in the order of the probes
}

// Dependency is one that the server needs.
type Dependency struct {
	Name    string
	Up      bool
	Latency time.Duration
	Cause   error // why it is down, for the log only
}

// Execute asks all at the same time and waits for each no longer than the timeout, even for a probe that does not honour
// its context. That something is down is an answer, not an error.
func (u *CheckHealth) Execute(ctx context.Context, in CheckHealthInput) (Health, error) {
	h := Health{Ready: !in.Draining, Draining: in.Draining, Dependencies: make([]Dependency, len(u.Probes))}
	var all sync.WaitGroup
	for i, p := range u.Probes {
		all.Go(func() { h.Dependencies[i] = u.ask(ctx, p) })
	}
	all.Wait()
	for _, d := range h.Dependencies {
		h.Ready = h.Ready && d.Up
	}
	return h, nil
}

func (u *CheckHealth) ask(ctx context.Context, p ports.Probe) Dependency {
	timeout := u.Timeout
	if timeout <= 0 {
		timeout = DefaultProbeTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	start := time.Now()
	answer := make(chan error, 1) // room for an answer that nobody waits for any more
	go func() { answer <- check(ctx, p) }()
	var err error
	select {
	case err = <-answer:
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	return Dependency{Name: p.Name(), Up: err == nil, Latency: time.Since(start), Cause: err}
}

// check turns a panic of a probe into an answer: a broken probe must not take the server down.
func check(ctx context.Context, p ports.Probe) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fault.New(fault.Internal, "The probe panicked.")
		}
	}()
	return p.Check(ctx)
}
