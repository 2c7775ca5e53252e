package porttest

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"
)

// T is what a case needs of a testing.T.
type T interface {
	Helper()
	Errorf(format string, args ...any)
	FailNow()
	Logf(format string, args ...any)
	Cleanup(func())
	TempDir() string
	Context() context.Context
}

// Case is one sentence of a port's contract and the code that checks it. Run gets an empty store.
type Case[P any] struct {
	Name string
	Run  func(t T, port P)
}

// Trait is a legitimate difference of an adapter, declared with the reason for it.
type Trait struct {
	Name   string
	Reason string
}

// Run checks every case against a store of its own, in parallel.
func Run[P any](t *testing.T, cases []Case[P], open func(t T) P) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			c.Run(t, open(t))
		})
	}
}

// Failing runs the cases without a testing.T and names those that fail. It is how a suite is shown to be able to.
func Failing[P any](cases []Case[P], open func(t T) P) []string {
	var failed []string
	for _, c := range cases {
		if !passes(c, open) {
			failed = append(failed, c.Name)
		}
	}
	return failed
}

func passes[P any](c Case[P], open func(t T) P) bool {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	p := &probe{ctx: ctx}
	done := make(chan struct{})
	go func() { // FailNow ends its goroutine, as a testing.T's does
		defer close(done)
		defer p.cleanUp()
		defer func() {
			if v := recover(); v != nil {
				p.Errorf("panic: %v", v)
			}
		}()
		c.Run(p, open(p))
	}()
	<-done
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.failures) == 0
}

// probe is a T that only remembers whether it failed.
type probe struct {
	ctx      context.Context //nolint:containedctx // it stands in for testing.T, which carries one
	cleanups []func()

	mu       sync.Mutex // a case may fail in any of its goroutines
	failures []string   // guarded by mu
}

func (p *probe) Helper() {}
func (p *probe) Errorf(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failures = append(p.failures, fmt.Sprintf(format, args...))
}
func (p *probe) FailNow()                 { p.Errorf("FailNow"); runtime.Goexit() }
func (p *probe) Logf(string, ...any)      {}
func (p *probe) Cleanup(f func())         { p.cleanups = append(p.cleanups, f) }
func (p *probe) Context() context.Context { return p.ctx }

// TempDir is for adapters on files; suites that are probed for failing run in memory.
func (p *probe) TempDir() string { panic("a probe has no folder") }

func (p *probe) cleanUp() {
	for _, f := range slices.Backward(p.cleanups) {
		f()
	}
}
