package httpapi

import (
	"context"
	"errors"
	"io"
	"os"
	"reflect"
	"sync"
	"time"

	"github.com/adiuva/cloud/adapters/httpapi/middleware"
	"github.com/adiuva/cloud/application/usecase"
	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// routeUpload serves one use case whose input streams: the body is read while the use case runs, however long that takes,
// as long as bytes come. The request shape has no Body.
func routeUpload[Req, In, Out, Res any](a *API, op operation, u usecase.UseCase[In, Out], in func(call, Req, *incoming) In, out func(Out) Res) {
	op.fails = append(op.fails, fault.RequestTimeout, fault.ValidationFailed)
	d := describe[Req](a, &op, reflect.TypeFor[Res]())
	a.operation(&op).RequestBody = &huma.RequestBody{
		Description: "The bytes, at most " + size(op.class.maxBytes) + ". Content-Length is optional.", Required: true,
		Content: map[string]*huma.MediaType{bytesType: {Schema: &huma.Schema{}}},
	}
	a.handle(op, func(c *fiber.Ctx) error {
		var req Req
		if err := d.decode(c, a.validator, &req); err != nil {
			return err
		}
		if err := isOctets(c); err != nil {
			return err
		}
		ctx, end := a.running.within(middleware.Trace(c), op.class.work)
		defer end()
		body := receive(ctx, c.Context(), a.cfg.TransferIdle)
		defer body.stop()
		output, err := usecase.Observe(ctx, a.observer, op.id, u, in(a.call(c), req, body))
		if err != nil {
			return err
		}
		return reply(c, op.status, out(output))
	})
}

// isOctets is UnsupportedMediaType unless the Content-Type says that the body is nothing but bytes, or says nothing.
func isOctets(c *fiber.Ctx) error {
	if h := &c.Context().Request.Header; len(h.ContentType()) == 0 || isBytes(h) {
		return nil
	}
	return fault.New(fault.UnsupportedMediaType, "The Content-Type must be application/octet-stream.")
}

// incoming is a body on its way in. Each read may wait for idle, no longer: an honest client that is slow is served for
// hours, one that has gone silent is not. When ctx ends, whoever waits for a byte is woken.
type incoming struct {
	size int64           // as declared, or checksum.Unknown
	ctx  context.Context //nolint:containedctx // a reader has no other way to hear of it
	conn *fasthttp.RequestCtx
	idle time.Duration
	src  io.Reader
	read int64

	mu     sync.Mutex
	over   bool // guarded by mu, as are deadlines: the connection serves another request soon
	unhook func() bool
}

// receive is the body of a request. stop has to be called before the handler returns.
func receive(ctx context.Context, conn *fasthttp.RequestCtx, idle time.Duration) *incoming {
	b := &incoming{ctx: ctx, conn: conn, idle: idle, src: conn.RequestBodyStream(), size: int64(conn.Request.Header.ContentLength())}
	if b.src == nil || b.size < chunked {
		b.src, b.size = eof{}, 0
	}
	b.unhook = context.AfterFunc(ctx, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if !b.over {
			_ = conn.SetReadDeadline(time.Unix(1, 0))
		}
	})
	return b
}

// stop lets go of the connection.
func (b *incoming) stop() {
	b.unhook()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.over = true
}

// Read implements io.Reader.
func (b *incoming) Read(p []byte) (int, error) {
	if err := b.wait(); err != nil {
		return 0, err
	}
	n, err := b.src.Read(p)
	b.read += int64(n)
	switch {
	case err == nil:
		return n, nil
	case b.ctx.Err() != nil:
		return n, context.Cause(b.ctx)
	case errors.Is(err, os.ErrDeadlineExceeded) || isTimeout(err):
		return n, fault.Wrap(err, fault.RequestTimeout, "The body did not arrive in time.")
	case err == io.EOF && (b.size == checksum.Unknown || b.read == b.size): // the bare one: what wraps it is a failure
		return n, io.EOF
	}
	return n, fault.New(fault.MalformedRequest, "The body ended before it was complete.") // without its cause, which may be an io.EOF
}

// wait gives the next read its time.
func (b *incoming) wait() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ctx.Err() != nil {
		return context.Cause(b.ctx)
	}
	_ = b.conn.SetReadDeadline(time.Now().Add(b.idle)) // without a connection, in tests, there is nothing to wait for
	return nil
}

// eof is a body without bytes.
type eof struct{}

// Read implements io.Reader.
func (eof) Read([]byte) (int, error) { return 0, io.EOF }
