package httpapi

import (
	"context"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/adiuva/cloud/adapters/httpapi/middleware"
	"github.com/adiuva/cloud/application/accounts"
	"github.com/adiuva/cloud/application/usecase"
	"github.com/adiuva/cloud/domain/account"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/fasthttp/websocket"
	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// The buffers of one socket. That for writing is on loan while a frame is written.
const (
	socketReadBuffer  = 1 << 10
	socketWriteBuffer = 4 << 10
	socketSendBuffer  = 128 << 10 // the kernel's: what a client that does not read may leave lying there
)

// startTimeout is how long an accepted socket may take to begin, before its place goes to somebody else.
var startTimeout = noBody.write + 10*time.Second

// upgrader answers an upgrade that was checked before. Compression stays off: a few bytes would inflate to gigabytes.
var upgrader = websocket.FastHTTPUpgrader{
	ReadBufferSize: socketReadBuffer, WriteBufferSize: socketWriteBuffer, WriteBufferPool: &sync.Pool{},
	CheckOrigin: func(*fasthttp.RequestCtx) bool { return true },
	Error:       func(*fasthttp.RequestCtx, int, error) {},
}

// chatSocket is the WebSocket /chat/stream. All that can be refused is refused before the upgrade, as a problem.
func (a *API) chatSocket(origins middleware.Origins) {
	op := a.describeSocket()
	op.public = true // for handle: whoever opens it says who they are in one of three ways
	a.handle(op, func(c *fiber.Ctx) error {
		if err := middleware.FromAllowed(c, origins); err != nil {
			return err
		}
		return a.openSocket(c)
	})
}

// openSocket is the handshake. Credentials come first, so that a stranger learns nothing; a ticket is used up last.
func (a *API) openSocket(c *fiber.Ctx) error {
	shown, err := middleware.ReadHandshake(c)
	if err != nil {
		return err
	}
	var who account.Principal
	if shown.Token != "" {
		if who, err = a.verify(c, shown.Token); err != nil {
			return err
		}
	}
	if err := middleware.IsUpgrade(c); err != nil {
		return err
	}
	if shown.Ticket != "" {
		if who, err = a.redeem(c, shown.Ticket); err != nil {
			return err
		}
	}
	if who.UserID == "" {
		return fault.New(fault.Unauthenticated, "Log in first.")
	}
	middleware.Identify(c, who)
	release, err := a.sockets.take(who.UserID)
	if err != nil {
		return err
	}
	trace := middleware.Trace(c)
	s := &socket{api: a, who: who, requestID: middleware.ID(c), dialect: plain{}, release: release}
	s.within = func(d time.Duration) (context.Context, func()) { return a.running.within(trace, d) }
	if slices.Contains(shown.Protocols, typedProtocol) {
		s.dialect = typed{}
		c.Set("Sec-WebSocket-Protocol", typedProtocol)
	}
	return a.upgrade(trace, c, s)
}

// redeem asks the use case whose ticket it is.
func (a *API) redeem(c *fiber.Ctx, ticket string) (account.Principal, error) {
	ctx, end := a.running.within(middleware.Trace(c), noBody.work)
	defer end()
	return usecase.Observe(ctx, a.observer, "redeemTicket", a.useCases.Accounts.RedeemTicket, accounts.RedeemTicketInput{Ticket: ticket})
}

// upgrade hands the connection over to s, when the answer is out. An answer that cannot be written hands nothing over:
// then the place is given back after a while.
func (a *API) upgrade(trace context.Context, c *fiber.Ctx, s *socket) error {
	var begun atomic.Bool
	late := time.AfterFunc(startTimeout, func() {
		if begun.CompareAndSwap(false, true) {
			s.over(errGone)
		}
	})
	err := upgrader.Upgrade(c.Context(), func(conn *websocket.Conn) {
		defer func() { // nobody above recovers
			if r := recover(); r != nil {
				middleware.LogFault(a.log, s.requestID, middleware.Panicked(r))
				a.sockets.leave(s)
				s.release()
			}
		}()
		late.Stop()
		if begun.CompareAndSwap(false, true) {
			s.serve(trace, conn, direct(conn.NetConn()))
		}
	})
	if err != nil {
		late.Stop()
		s.release()
		return fault.Wrap(err, fault.MalformedRequest, "The WebSocket handshake could not be read.")
	}
	middleware.Streams(c, s)
	return nil
}

// direct is the connection itself. The wrapper that the server hands out is reused for another connection as soon as ours
// is over: a deadline set a moment too late would hit a stranger.
func direct(conn net.Conn) net.Conn {
	if w, ok := conn.(interface{ UnsafeConn() net.Conn }); ok {
		return w.UnsafeConn()
	}
	return conn
}
