package httpapi

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"reflect"
	"strings"

	"github.com/adiuva/cloud/adapters/httpapi/middleware"
	"github.com/adiuva/cloud/application/accounts"
	"github.com/adiuva/cloud/application/usecase"
	"github.com/adiuva/cloud/domain/account"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/session"
	"github.com/gofiber/fiber/v2"
)

// operation declares a route: all that holds for it can be read where it is made.
type operation struct {
	id          string // unique; also what the observer calls the use case
	method      string
	path        string // below the base path, with {name} for parameters
	tag         string
	summary     string
	description string
	status      int // of success
	class       class
	public      bool         // nobody has to log in
	retriable   bool         // takes an Idempotency-Key: its answer is small JSON without bytes of the user, and may be kept
	fails       []fault.Code // beside those that follow from the rest
}

// call is who makes a request, and from where.
type call struct {
	account.Principal
	address string // network address, may be empty
	device  string // what the client calls itself, may be empty
	retry   retry  // what is known of earlier attempts
}

// route serves one use case: decode and validate Req, in makes its input, out its answer.
func route[Req, In, Out, Res any](a *API, op operation, u usecase.UseCase[In, Out], in func(call, Req) In, out func(Out) Res) {
	routeParts(a, op, u, in, func(_ string, o Out) Res { return out(o) })
}

// routeParts is route for an answer with parts that can fail, which tell the id of the request. It, routeStream and
// routeUpload are the only functions that call a use case.
func routeParts[Req, In, Out, Res any](a *API, op operation, u usecase.UseCase[In, Out], in func(call, Req) In, out func(requestID string, o Out) Res) {
	d := describe[Req](a, &op, reflect.TypeFor[Res]())
	a.handle(op, func(c *fiber.Ctx) error {
		var req Req
		if err := d.decode(c, a.validator, &req); err != nil {
			return err
		}
		ctx, end := a.running.within(middleware.Trace(c), op.class.work)
		defer end()
		return a.once(ctx, c, op, req, func(ctx context.Context, r retry) error {
			who := a.call(c)
			who.retry = r
			output, err := usecase.Observe(ctx, a.observer, op.id, u, in(who, req))
			if err != nil {
				return err
			}
			return reply(c, op.status, out(middleware.ID(c), output))
		})
	})
}

// answer is a body that streams.
type answer struct {
	current   bool // the client has this version: 304 and no body
	status    int  // in place of the operation's; zero for that
	mediaType string
	headers   map[string]string
	size      int64 // -1 if it is not known
	body      io.ReadCloser
}

// routeStream serves one use case whose output streams. The request's context lives until the last byte is out.
func routeStream[Req, In, Out any](a *API, op operation, doc streamed, u usecase.UseCase[In, Out], in func(call, Req) In, out func(Out) answer) {
	d := describeStream[Req](a, &op, doc)
	a.handle(op, func(c *fiber.Ctx) error {
		if c.Method() == fiber.MethodHead {
			c.Request().Header.Del(fiber.HeaderRange) // is a matter of GET (RFC 9110, 14.2)
		}
		var req Req
		if err := d.decode(c, a.validator, &req); err != nil {
			return err
		}
		ctx, end := a.running.within(middleware.Trace(c), op.class.work)
		handed := false
		defer func() {
			if !handed {
				end()
			}
		}()
		output, err := usecase.Observe(ctx, a.observer, op.id, u, in(a.call(c), req))
		if err != nil {
			return err
		}
		ans := out(output)
		for name, value := range ans.headers {
			c.Set(name, value)
		}
		if ans.current {
			c.Status(fiber.StatusNotModified)
			return nil
		}
		stream := &outgoing{src: ans.body, end: end, size: ans.size, conn: c.Context()}
		if op.class.pieces {
			stream.idle = a.cfg.TransferIdle
			narrow(c.Context().Conn())
		}
		handed = true
		c.Status(cmp.Or(ans.status, op.status)).Set(fiber.HeaderContentType, ans.mediaType)
		c.Context().Response.SetBodyStream(stream, int(ans.size))
		middleware.Streams(c, stream)
		return nil
	})
}

// handle puts a route under the base path, behind its credentials.
func (a *API) handle(op operation, h fiber.Handler) {
	path := BasePath + op.path
	a.table.add(op.method, path, op.class)
	steps := []fiber.Handler{func(c *fiber.Ctx) error {
		middleware.Template(c, path)
		return c.Next()
	}}
	if !op.public {
		steps = append(steps, middleware.Authenticate(a.verify))
	}
	steps = append(steps, h)
	pattern := strings.NewReplacer("{", ":", "}", "").Replace(path)
	if op.method == fiber.MethodGet {
		a.app.Get(pattern, steps...) // and HEAD
		return
	}
	a.app.Add(op.method, pattern, steps...)
}

// verify asks the use case that knows who a token speaks for.
func (a *API) verify(c *fiber.Ctx, token string) (account.Principal, error) {
	ctx, end := a.running.within(middleware.Trace(c), noBody.work)
	defer end()
	return usecase.Observe(ctx, a.observer, "authenticate", a.useCases.Accounts.Authenticate, accounts.AuthenticateInput{AccessToken: token})
}

func (a *API) call(c *fiber.Ctx) call {
	return call{Principal: middleware.Principal(c), address: a.proxies.Address(c), device: device(c.Get(fiber.HeaderUserAgent))}
}

// device is a User-Agent cut down to what can be shown to people again.
func device(agent string) string {
	agent = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, agent)
	return agent[:min(len(agent), session.MaxDeviceBytes)]
}

// reply encodes res. Its fields tagged header travel there, one tagged status replaces the status.
func reply(c *fiber.Ctx, status int, res any) error {
	if v := reflect.ValueOf(res); v.Kind() == reflect.Struct {
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if name := f.Tag.Get("header"); name != "" {
				c.Set(name, v.Field(i).String())
			}
			if f.Tag.Get("status") == "true" {
				status = int(v.Field(i).Int())
			}
		}
	}
	body, err := json.Marshal(res)
	if err != nil {
		return fault.Wrap(err, fault.Internal, "Something went wrong on our side.")
	}
	c.Status(status).Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
	return c.Send(body)
}
