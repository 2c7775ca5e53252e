package httpapi

import (
	"cmp"
	"context"
	"errors"
	"net"
	"time"
)

// graceAfterCancel is how long requests get to answer once they were broken off.
const graceAfterCancel = time.Second

// Listen serves ln until Shutdown is called or ctx ends, and returns when the shutdown is over: nil if every request was
// finished. When ctx ends, running requests get Config.DrainTimeout. An API listens once.
func (a *API) Listen(ctx context.Context, ln net.Listener) error {
	l := &lingering{Listener: ln}
	a.listener.Store(l)
	stop := context.AfterFunc(ctx, func() {
		drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.cfg.DrainTimeout+a.cfg.DrainDelay)
		defer cancel()
		_ = a.Shutdown(drain)
	})
	defer stop()
	if err := a.app.Listener(l); err != nil && !a.draining.Load() {
		return err
	}
	<-a.down // fasthttp returns when the shutdown begins; leaving now would cut every running request
	return a.outcome
}

// Shutdown ends the API in order: readiness turns 503; after Config.DrainDelay new work is refused and the listener
// closed; running requests and streams go on until they are done or ctx ends, when they are broken off. It returns when
// nothing is running any more, with ctx's error if something had to be broken off. A second call waits for the first.
func (a *API) Shutdown(ctx context.Context) error {
	a.shutdown.Do(func() {
		defer close(a.down)
		a.outcome = a.drain(ctx)
	})
	<-a.down
	return a.outcome
}

func (a *API) drain(ctx context.Context) error {
	a.draining.Store(true)
	select {
	case <-time.After(a.cfg.DrainDelay):
	case <-ctx.Done():
	}
	a.refusing.Store(true)
	a.sockets.drain()
	err := a.app.ShutdownWithContext(ctx)
	waited := a.sockets.wait(ctx)
	if broken := cmp.Or(waited, err); broken != nil && ctx.Err() != nil {
		a.running.cancelAll()
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), graceAfterCancel)
		defer cancel()
		_ = a.app.ShutdownWithContext(last)
		if a.sockets.wait(last) != nil {
			a.sockets.cut()
		}
		return broken
	}
	if l := a.listener.Load(); l != nil {
		l.wait(graceAfterCancel)
	}
	if errors.Is(err, net.ErrClosed) {
		return nil // somebody closed the listener before us
	}
	return err
}
