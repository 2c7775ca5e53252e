package httpapi

import (
	"context"
	"sync"
	"time"

	"github.com/adiuva/cloud/domain/fault"
)

// running are the requests in work. Their contexts are our own: fiber's is cancelled when a shutdown begins, which would
// break off what it should let finish.
type running struct {
	mu      sync.Mutex
	last    int
	cancels map[int]context.CancelCauseFunc // guarded by mu
}

// within gives a request its context, good for the time given, until end is called or cancelAll. All that the trace
// carries is the trace (middleware.Trace).
func (r *running) within(trace context.Context, d time.Duration) (ctx context.Context, end func()) {
	ctx, stop := context.WithTimeout(trace, d)
	ctx, cancel := context.WithCancelCause(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cancels == nil {
		r.cancels = map[int]context.CancelCauseFunc{}
	}
	r.last++
	id := r.last
	r.cancels[id] = cancel
	return ctx, func() {
		cancel(nil)
		stop()
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.cancels, id)
	}
}

// cancelAll breaks off what is still running when the time to drain is over.
func (r *running) cancelAll() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, cancel := range r.cancels {
		cancel(fault.New(fault.Unavailable, "The server is shutting down. Try again.").RetryAfter(time.Second))
	}
}
