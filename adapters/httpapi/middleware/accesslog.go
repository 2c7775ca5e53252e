package middleware

import (
	"context"
	"log/slog"
	"time"

	"github.com/adiuva/cloud/domain/fault"
	"github.com/gofiber/fiber/v2"
)

// Stream is an answer whose bytes flow after its handler has returned. It calls what it was given, once, when the last
// byte is out or the client is gone.
type Stream interface {
	OnClose(func(sent int64, err error))
}

// Streams marks the answer as one whose line is written when it ends.
func Streams(c *fiber.Ctx, s Stream) { c.Locals(streamLocal, s) }

// AccessLog writes one line a request, and the cause of a failure that is ours, and tells w of the request. A line holds
// the route's template, never the path, and nothing that a client sent but a sane request id.
func AccessLog(log *slog.Logger, w Watch) fiber.Handler {
	return func(c *fiber.Ctx) error {
		start := time.Now()
		ctx, ended := w.Began(c.Method(), c.Get("Traceparent"))
		c.Locals(traceLocal, ctx)
		err := c.Next()
		if err != nil {
			logFault(ctx, log, ID(c), err)
			if handled := c.App().ErrorHandler(c, err); handled != nil {
				ended(template(c), fiber.StatusInternalServerError)
				return handled
			}
		}
		route, status := template(c), c.Response().StatusCode()
		line := []any{
			slog.String("request_id", ID(c)), slog.String("method", c.Method()), slog.String("route", route),
			slog.Int("status", status), slog.String("user_id", Principal(c).UserID),
		}
		if s, ok := c.Locals(streamLocal).(Stream); ok && err == nil {
			id := ID(c) // c is gone when the stream ends
			s.OnClose(func(sent int64, err error) {
				if err != nil {
					logFault(ctx, log, id, err)
				}
				ended(route, status)
				log.InfoContext(ctx, "request", append(line, slog.Int64("bytes", sent), took(start),
					slog.Bool("complete", err == nil))...)
			})
			return nil
		}
		ended(route, status)
		log.InfoContext(ctx, "request", append(line, slog.Int64("bytes", int64(len(c.Response().Body()))), took(start))...)
		return nil
	}
}

// took is the duration in milliseconds, to the microsecond.
func took(start time.Time) slog.Attr {
	return slog.Float64("duration_ms", float64(time.Since(start).Microseconds())/1000)
}

// LogFault writes down a failure that is ours or a dependency's, with its cause. What clients get wrong is no error.
func LogFault(log *slog.Logger, requestID string, err error) {
	logFault(context.Background(), log, requestID, err)
}

func logFault(ctx context.Context, log *slog.Logger, requestID string, err error) {
	f := fault.From(err)
	switch f.Code {
	case fault.Internal, fault.UpstreamFailed, fault.Unavailable, fault.UpstreamTimeout, fault.StorageFull:
		log.ErrorContext(ctx, "request failed", slog.String("request_id", requestID), slog.String("code", string(f.Code)), slog.String("cause", f.Error()))
	default: // the line of the request says it all
	}
}

// template is the route as it was declared; a path that is none may hold anything.
func template(c *fiber.Ctx) string {
	if t, ok := c.Locals(templateLocal).(string); ok {
		return t
	}
	return "unmatched"
}

// Template notes the route that a request reached.
func Template(c *fiber.Ctx, t string) { c.Locals(templateLocal, t) }
