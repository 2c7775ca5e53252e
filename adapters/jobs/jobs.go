// Package jobs runs what nobody asks for: use cases that come round at an interval, beside the requests.
//
// Each job may run on every replica at the same time; what they do is safe for that by the contracts of the ports they
// use (two sweepers never claim the same object). It imports domain, ports and application. Start at Runner.
package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"time"

	"github.com/adiuva/cloud/application/usecase"
	"github.com/adiuva/cloud/ports"
)

// Job is one thing to do again and again.
type Job struct {
	Name    string
	Every   time.Duration
	Timeout time.Duration // for one run
	Run     func(ctx context.Context) error
}

// Of makes a job of a use case that takes nothing worth telling.
func Of[In, Out any](name string, every time.Duration, o ports.Observer, u usecase.UseCase[In, Out]) Job {
	return Job{Name: name, Every: every, Timeout: 5 * time.Minute, Run: func(ctx context.Context) error {
		var in In
		_, err := usecase.Observe(ctx, o, name, u, in)
		return err
	}}
}

// Runner runs jobs until it is stopped.
type Runner struct {
	jobs   []Job
	log    *slog.Logger
	cancel context.CancelFunc
	done   sync.WaitGroup
}

// New makes a runner that does nothing before Start.
func New(log *slog.Logger, jobs ...Job) *Runner { return &Runner{jobs: jobs, log: log} }

// Start runs every job at once, then each at its interval, give or take a tenth so that replicas do not march in step.
func (r *Runner) Start(ctx context.Context) {
	ctx, r.cancel = context.WithCancel(ctx)
	for _, j := range r.jobs {
		r.done.Go(func() { r.loop(ctx, j) })
	}
}

// Stop asks the running jobs to end and waits for them, or for ctx.
func (r *Runner) Stop(ctx context.Context) error {
	if r.cancel == nil {
		return nil
	}
	r.cancel()
	ended := make(chan struct{})
	go func() { r.done.Wait(); close(ended) }()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("jobs did not stop: %w", context.Cause(ctx))
	}
}

func (r *Runner) loop(ctx context.Context, j Job) {
	for {
		if err := r.once(ctx, j); err != nil && ctx.Err() == nil {
			r.log.ErrorContext(ctx, "job failed; it will be tried again", "job", j.Name, "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(j.Every*9/10 + rand.N(j.Every/5+1)): //nolint:gosec // a jitter is no secret
		}
	}
}

// once runs the job; a panic is a failure of this run and not of the server.
func (r *Runner) once(ctx context.Context, j Job) (err error) {
	ctx, cancel := context.WithTimeout(ctx, j.Timeout)
	defer cancel()
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic of type %T\n%s", v, debug.Stack()) // its value may hold anything
		}
	}()
	return j.Run(ctx)
}
