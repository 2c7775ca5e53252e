package httpapi

import (
	"errors"
	"log/slog"

	"github.com/adiuva/cloud/adapters/httpapi/middleware"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/valyala/fasthttp"
)

// unreadable answers what is no request that could be read. The error's text repeats bytes of the client, tokens
// included: it is neither sent nor logged.
func (a *API) unreadable(ctx *fasthttp.RequestCtx, err error) {
	var small *fasthttp.ErrSmallBuffer
	switch {
	case errors.As(err, &small):
		err = fault.New(fault.HeaderTooLarge, "The header fields of the request are too large.")
	case isTimeout(err):
		err = fault.New(fault.RequestTimeout, "The request did not arrive in time.")
	case errors.Is(err, fasthttp.ErrBodyTooLarge):
		err = tooLarge(noBody.maxBytes)
	default:
		err = fault.New(fault.MalformedRequest, "This is not a request that can be read.")
	}
	ctx.Response.Reset()
	a.refuse(ctx, err)
}

// expect answers a client that asks before it sends its body.
func (a *API) expect(ctx *fasthttp.RequestCtx) int {
	err := middleware.Acceptable(&ctx.Request.Header)
	cl, _ := a.table.find(string(ctx.Method()), string(ctx.Path()))
	if most := cl.bound(&ctx.Request.Header); err == nil && int64(ctx.Request.Header.ContentLength()) > most {
		err = tooLarge(most)
	}
	if err == nil {
		return fasthttp.StatusContinue
	}
	a.refuse(ctx, err)
	return ctx.Response.StatusCode()
}

// refuse answers a request that no middleware will see, with the headers and the line that every request gets.
func (a *API) refuse(ctx *fasthttp.RequestCtx, err error) {
	id := middleware.ChooseID(string(ctx.Request.Header.Peek("X-Request-Id")), a.ids)
	middleware.Harden(&ctx.Response.Header, a.cfg.StrictTLS)
	f := fault.From(err)
	writeProblem(ctx, f, id)
	ctx.SetConnectionClose()
	a.cfg.Watch.Unreadable("unmatched", ctx.Response.StatusCode())
	a.log.Info("request", slog.String("request_id", id), slog.String("method", "unknown"), slog.String("route", "unmatched"),
		slog.Int("status", ctx.Response.StatusCode()), slog.String("user_id", ""), slog.Int("bytes", len(ctx.Response.Body())), slog.Float64("duration_ms", 0))
}
