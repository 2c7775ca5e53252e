package httpapi

import (
	"context"
	"sync"
	"time"

	"github.com/adiuva/cloud/adapters/httpapi/middleware"
	"github.com/adiuva/cloud/domain/fault"
	"golang.org/x/sync/semaphore"
)

// The bounds of what waits to be written to one socket.
const (
	outboxBytes   = 256 << 10
	frameOverhead = 64 // what a queued frame costs beside its bytes
)

// errClosed is why nothing more is written.
var errClosed = fault.New(fault.RequestTimeout, "The connection is closed.")

// frame is one message to a client.
type frame struct {
	kind int // as the WebSocket library names it
	data []byte
}

func (f frame) weight() int64 { return min(int64(len(f.data))+frameOverhead, outboxBytes) }

// outbox is the frames that wait to be written, in order. Whoever sends more than its bound waits for the reader. A
// goroutine writes as long as there is something to write: a socket at rest has none.
type outbox struct {
	write  func(frame) error // writes one frame, within a time of its own
	failed func(error)       // is told of the first failure, once
	wake   func()            // breaks off a write that blocks

	room   *semaphore.Weighted
	mu     sync.Mutex
	queue  []frame       // guarded by mu
	writer chan struct{} // guarded by mu: closed when the goroutine that writes ends; nil if there is none
	err    error         // guarded by mu: why nothing is written any more
}

func newOutbox(write func(frame) error, failed func(error), wake func()) *outbox {
	return &outbox{write: write, failed: failed, wake: wake, room: semaphore.NewWeighted(outboxBytes)}
}

// send waits until there is room, then queues f. The error is why ctx ended, or why nothing is written any more.
func (o *outbox) send(ctx context.Context, f frame) error {
	if err := o.room.Acquire(ctx, f.weight()); err != nil {
		return context.Cause(ctx)
	}
	return o.add(f)
}

// put is send for what nothing but the end of the outbox breaks off.
func (o *outbox) put(f frame) error { return o.send(context.Background(), f) }

// offer queues f if there is room at once.
func (o *outbox) offer(f frame) {
	if o.room.TryAcquire(f.weight()) {
		_ = o.add(f) // nobody waits for it
	}
}

func (o *outbox) add(f frame) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err != nil {
		o.room.Release(f.weight())
		return o.err
	}
	o.queue = append(o.queue, f)
	if o.writer == nil {
		o.writer = make(chan struct{})
		go o.drain()
	}
	return nil
}

func (o *outbox) drain() {
	for {
		f, ok := o.next()
		if !ok {
			return
		}
		err := o.try(f)
		o.room.Release(f.weight())
		if err != nil {
			o.fail(err)
		}
	}
}

// try is write, and a panic in it is a failure.
func (o *outbox) try(f frame) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = middleware.Panicked(r)
		}
	}()
	return o.write(f)
}

// next is the frame to write. If there is none the writer is over.
func (o *outbox) next() (frame, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.queue) == 0 {
		o.queue = nil
		close(o.writer)
		o.writer = nil
		return frame{}, false
	}
	f := o.queue[0]
	o.queue[0] = frame{}
	o.queue = o.queue[1:]
	return f, true
}

// fail drops what is queued and takes nothing more. It reports whether it is the first to end the outbox.
func (o *outbox) fail(err error) {
	if o.end(err) {
		o.failed(err)
	}
}

func (o *outbox) end(err error) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, f := range o.queue {
		o.room.Release(f.weight())
	}
	o.queue = nil
	first := o.err == nil
	if first {
		o.err = err
	}
	return first
}

// close writes what is queued, for up to grace, then takes nothing more, and returns when nothing is being written. It
// reports whether everything was written.
func (o *outbox) close(grace time.Duration) bool {
	whole := o.await(grace)
	whole = o.end(errClosed) && whole
	for !o.await(wakeEvery) {
		o.wake()
	}
	return whole
}

// wakeEvery is how often a write that blocks is broken off: it may just have set its deadline anew.
const wakeEvery = 10 * time.Millisecond

// await returns true when nothing is being written, false after limit.
func (o *outbox) await(limit time.Duration) bool {
	o.mu.Lock()
	writer := o.writer
	o.mu.Unlock()
	if writer == nil {
		return true
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-writer:
		return true
	case <-timer.C:
		return false
	}
}
