package httpapi

import (
	"context"
	"sync"
	"time"

	"github.com/adiuva/cloud/domain/fault"
)

// SocketBounds keep WebSockets from costing too much. A zero field stands for its default.
type SocketBounds struct {
	Process int           // how many may be open in this process; 10,000
	User    int           // how many of one user; 20
	Ping    time.Duration // between two pings; 30 s
	Silence time.Duration // after which a peer that sends nothing, not even a pong, is gone; also for one message to arrive; 60 s
	Write   time.Duration // for a client to take one frame; 20 s
	Lookup  time.Duration // for a client to answer one request of a tool; 30 s
}

func (b SocketBounds) orDefaults() SocketBounds {
	for _, n := range []struct {
		at       *int
		standard int
	}{{&b.Process, 10_000}, {&b.User, 20}} {
		if *n.at <= 0 {
			*n.at = n.standard
		}
	}
	for _, d := range []struct {
		at       *time.Duration
		standard time.Duration
	}{{&b.Ping, 30 * time.Second}, {&b.Silence, time.Minute}, {&b.Write, 20 * time.Second}, {&b.Lookup, 30 * time.Second}} {
		if *d.at <= 0 {
			*d.at = d.standard
		}
	}
	return b
}

// sockets are the WebSockets of this process. The server below knows nothing of them once they are open: it neither counts
// them nor waits for them.
type sockets struct {
	bounds SocketBounds

	mu       sync.Mutex
	total    int                  // guarded by mu: places that are taken
	byUser   map[string]int       // guarded by mu: the same by user
	open     map[*socket]struct{} // guarded by mu
	draining bool                 // guarded by mu
	changed  chan struct{}        // guarded by mu: closed and made anew when a place is given back
}

func newSockets(b SocketBounds) *sockets {
	return &sockets{bounds: b.orDefaults(), byUser: map[string]int{}, open: map[*socket]struct{}{}, changed: make(chan struct{})}
}

// take gives a user a place, to be given back by calling release, once or more often. RateLimited if the user has too
// many, Unavailable if all have or a shutdown has begun.
func (h *sockets) take(userID string) (release func(), err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.draining:
		return nil, shuttingDown()
	case h.byUser[userID] >= h.bounds.User:
		return nil, fault.New(fault.RateLimited, "Too many connections of this account are open. Close one first.").RetryAfter(10 * time.Second)
	case h.total >= h.bounds.Process:
		return nil, fault.New(fault.Unavailable, "The server has too many connections. Try again.").RetryAfter(10 * time.Second)
	}
	h.total++
	h.byUser[userID]++
	return sync.OnceFunc(func() { h.giveBack(userID) }), nil
}

func (h *sockets) giveBack(userID string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.total--
	if h.byUser[userID]--; h.byUser[userID] == 0 {
		delete(h.byUser, userID)
	}
	close(h.changed)
	h.changed = make(chan struct{})
}

// enter counts a socket among those that a shutdown ends. It reports whether one has begun already.
func (h *sockets) enter(s *socket) (late bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.open[s] = struct{}{}
	return h.draining
}

func (h *sockets) leave(s *socket) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.open, s)
}

// all are the sockets that are open.
func (h *sockets) all() []*socket {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := make([]*socket, 0, len(h.open))
	for s := range h.open {
		list = append(list, s)
	}
	return list
}

// drain ends every socket: at once, or when the run under way is over.
func (h *sockets) drain() {
	h.mu.Lock()
	h.draining = true
	h.mu.Unlock()
	for _, s := range h.all() {
		s.drain()
	}
}

// cut ends every socket without waiting for anything.
func (h *sockets) cut() {
	for _, s := range h.all() {
		s.stop(ending{err: shuttingDown()})
	}
}

// wait returns when no socket is left, or with ctx's error.
func (h *sockets) wait(ctx context.Context) error {
	for {
		h.mu.Lock()
		left, changed := h.total, h.changed
		h.mu.Unlock()
		if left == 0 {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func shuttingDown() *fault.Error {
	return fault.New(fault.Unavailable, "The server is shutting down. Try again.").RetryAfter(time.Second)
}
