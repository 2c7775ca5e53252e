package httpapi

import (
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/adiuva/cloud/adapters/httpapi/middleware"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/ports"
	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// BasePath is where the API lives.
const BasePath = "/api/v1"

// The bounds of every connection.
const (
	headerTimeout = 10 * time.Second
	headerBytes   = 16 << 10 // of all header fields: tokens are long
	// prefetchBytes of a body are awaited before its route is reached. Every refusal would wait for more than one: a guest
	// who sends a byte a second could hold a connection for minutes before anybody asks who it is.
	prefetchBytes = 1
)

// Config is what a deployment decides. The zero value serves, for development.
type Config struct {
	Version        string        // as /health says it
	PublicURL      string        // of the server, for the OpenAPI document; empty for the one that serves it
	AllowedOrigins []string      // web origins that may read answers; nil stands for middleware.DefaultOrigins
	TrustedProxies []string      // addresses and networks whose X-Forwarded-For is believed
	StrictTLS      bool          // the deployment is reached by TLS only: say so to browsers (HSTS)
	IdleTimeout    time.Duration // of a connection between requests; zero stands for 60 s
	TransferIdle   time.Duration // how long a backup that is on its way may rest; zero stands for 60 s
	DrainDelay     time.Duration // between turning unready and refusing work, for load balancers to notice
	DrainTimeout   time.Duration // for running requests when Listen's context ends; zero stands for 30 s

	Answers ports.Idempotency // remembers the answers to requests with an Idempotency-Key; nil for nobody: keys are passed over
	Watch   middleware.Watch  // is told of each request, for metrics and traces; nil for nobody
	Sockets SocketBounds      // of WebSockets
	Events  EventBounds       // of event streams
}

// API serves the product over HTTP.
type API struct {
	cfg       Config
	useCases  UseCases
	observer  ports.Observer
	log       *slog.Logger
	ids       ports.IDs
	clock     ports.Clock
	proxies   middleware.Proxies
	app       *fiber.App
	doc       *huma.OpenAPI
	document  []byte
	validator validator
	table     table
	running   running
	sockets   *sockets
	frames    frames
	draining  atomic.Bool // readiness says no
	refusing  atomic.Bool // new requests are refused
	shutdown  sync.Once
	down      chan struct{} // closed when the shutdown is over
	listener  atomic.Pointer[lingering]
	outcome   error // of the shutdown; read after down
}

// New builds the API. It fails for a configuration that means nothing and for a use case that is missing.
func New(cfg Config, uc UseCases, obs ports.Observer, log *slog.Logger, clock ports.Clock, ids ports.IDs) (*API, error) {
	if err := uc.complete(); err != nil {
		return nil, err
	}
	if cfg.AllowedOrigins == nil {
		cfg.AllowedOrigins = middleware.DefaultOrigins()
	}
	if cfg.PublicURL = strings.TrimSuffix(cfg.PublicURL, "/"); cfg.PublicURL == "" {
		cfg.PublicURL = "/"
	}
	if cfg.IdleTimeout <= 0 {
		cfg.IdleTimeout = time.Minute
	}
	if cfg.TransferIdle <= 0 {
		cfg.TransferIdle = time.Minute
	}
	if cfg.DrainTimeout <= 0 {
		cfg.DrainTimeout = 30 * time.Second
	}
	if cfg.Watch == nil {
		cfg.Watch = middleware.Unwatched{}
	}
	origins, err := middleware.ParseOrigins(cfg.AllowedOrigins)
	if err != nil {
		return nil, err
	}
	proxies, err := middleware.ParseProxies(cfg.TrustedProxies)
	if err != nil {
		return nil, err
	}
	a := &API{cfg: cfg, useCases: uc, observer: obs, log: log, clock: clock, ids: ids, proxies: proxies, doc: newDocument(cfg), down: make(chan struct{}),
		sockets: newSockets(cfg.Sockets)}
	a.app = a.newApp()
	a.validator = newValidator(a.doc.Components.Schemas)
	a.app.Use(middleware.RequestID(ids), middleware.SecurityHeaders(cfg.StrictTLS), middleware.AccessLog(log, cfg.Watch), middleware.Recover,
		middleware.CORS(origins), middleware.Guard, a.bounded, a.accepting)
	a.accounts()
	a.records()
	a.backups()
	a.batch()
	a.vectors()
	a.changes()
	a.usage()
	a.chat()
	a.plans()
	a.chatSocket(origins)
	a.agui()
	a.health()
	if err := a.docs(); err != nil {
		return nil, err
	}
	a.app.Use(a.unmatched)
	a.validator.learnAll()
	return a, nil
}

// newApp is fiber with the defaults that this API needs in place of its own, which are dangerous.
func (a *API) newApp() *fiber.App {
	app := fiber.New(fiber.Config{
		Immutable: true, StreamRequestBody: true, DisablePreParseMultipartForm: true, StrictRouting: true, CaseSensitive: true,
		BodyLimit: prefetchBytes, ReadBufferSize: headerBytes, ReadTimeout: headerTimeout, WriteTimeout: noBody.write,
		IdleTimeout: a.cfg.IdleTimeout, DisableStartupMessage: true, ErrorHandler: a.fail,
	})
	s := app.Server()
	next := s.Handler
	s.Handler = func(ctx *fasthttp.RequestCtx) {
		if !knownMethod(string(ctx.Method())) { // fiber would answer in its own words
			a.refuse(ctx, a.noRoute(&ctx.Response.Header, string(ctx.Method()), string(ctx.Path())))
			return
		}
		next(ctx)
	}
	s.ErrorHandler = a.unreadable
	s.ExpectHandler = a.expect
	s.HeaderReceived = func(h *fasthttp.RequestHeader) fasthttp.RequestConfig {
		path, _, _ := strings.Cut(string(h.RequestURI()), "?")
		cl, _ := a.table.find(methodOf(string(h.Method())), path)
		if cl.pieces {
			return fasthttp.RequestConfig{ReadTimeout: a.cfg.TransferIdle, WriteTimeout: a.cfg.TransferIdle}
		}
		return fasthttp.RequestConfig{ReadTimeout: cl.read, WriteTimeout: cl.write}
	}
	s.NoDefaultContentType = true
	return app
}

func knownMethod(m string) bool {
	return slices.Contains(fiber.DefaultMethods, m)
}

// methodOf is the method whose route answers.
func methodOf(m string) string {
	if m == http.MethodHead {
		return http.MethodGet
	}
	return m
}

// bounded refuses a body by its declared length, before anything is read and whoever sends it.
func (a *API) bounded(c *fiber.Ctx) error {
	cl, _ := a.table.find(methodOf(c.Method()), c.Path())
	h := &c.Context().Request.Header
	if most := cl.bound(h); int64(h.ContentLength()) > most {
		return tooLarge(most)
	}
	return c.Next()
}

// accepting refuses new work once the shutdown has begun.
func (a *API) accepting(c *fiber.Ctx) error {
	if a.refusing.Load() {
		c.Set(fiber.HeaderConnection, "close")
		return fault.New(fault.Unavailable, "The server is shutting down. Try again.").RetryAfter(time.Second)
	}
	return c.Next()
}

// unmatched answers for what is no route.
func (a *API) unmatched(c *fiber.Ctx) error {
	_, allowed := a.table.find(c.Method(), c.Path())
	if c.Method() == http.MethodOptions && len(allowed) > 0 {
		c.Set(fiber.HeaderAllow, strings.Join(allowed, ", "))
		c.Status(fiber.StatusNoContent)
		return nil
	}
	return a.noRoute(&c.Context().Response.Header, c.Method(), c.Path())
}

func (a *API) noRoute(h *fasthttp.ResponseHeader, method, path string) error {
	_, allowed := a.table.find(method, path)
	if len(allowed) == 0 {
		return fault.New(fault.NotFound, "There is nothing at this path.")
	}
	h.Set(fiber.HeaderAllow, strings.Join(allowed, ", "))
	return fault.New(fault.MethodNotAllowed, "This path does not have this method; see the Allow header.")
}

// fail writes the failure of a request.
func (a *API) fail(c *fiber.Ctx, err error) error {
	var own *fiber.Error
	if errors.As(err, &own) && own.Code < http.StatusInternalServerError {
		err = fault.New(fault.MalformedRequest, "The request could not be read.")
	}
	f := fault.From(err)
	writeProblem(c.Context(), f, middleware.ID(c))
	if c.Context().Request.Header.ContentLength() == chunked || f.Code == fault.PayloadTooLarge || f.Code == fault.RequestTimeout {
		c.Context().SetConnectionClose() // the rest of the body is not wanted: the client need not send it
	}
	return nil
}

// Handler serves requests without a listener, for tests.
func (a *API) Handler() fasthttp.RequestHandler { return a.app.Server().Handler }

// Test serves one request without a listener. A negative timeout waits for ever.
func (a *API) Test(r *http.Request, timeout time.Duration) (*http.Response, error) {
	return a.app.Test(r, int(timeout.Milliseconds()))
}

// OpenAPI is the document that describes the whole API, in JSON.
func (a *API) OpenAPI() []byte { return append([]byte(nil), a.document...) }
