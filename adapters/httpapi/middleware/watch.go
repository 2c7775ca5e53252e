package middleware

import (
	"context"

	"github.com/gofiber/fiber/v2"
)

// Watch is told of each request, for metrics and traces: never of what is in it.
type Watch interface {
	// Began is called when a request arrives, with one of HTTP's methods and the traceparent that came with it, if any. ctx
	// carries the request's trace and nothing else: no end, and nothing of fiber. ended is called once, when the last byte of
	// the answer is out or the client is gone.
	Began(method, traceparent string) (ctx context.Context, ended func(route string, status int))
	// Unreadable is called for an answer to what was no request that could be read.
	Unreadable(route string, status int)
}

// Unwatched is a Watch that nobody looks at.
type Unwatched struct{}

// Began implements Watch.
func (Unwatched) Began(string, string) (context.Context, func(string, int)) {
	return context.Background(), func(string, int) {}
}

// Unreadable implements Watch.
func (Unwatched) Unreadable(string, int) {}

// Trace is a context that carries the trace of the request and nothing else.
func Trace(c *fiber.Ctx) context.Context {
	if ctx, ok := c.Locals(traceLocal).(context.Context); ok {
		return ctx
	}
	return context.Background()
}
