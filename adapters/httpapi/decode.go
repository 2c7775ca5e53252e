package httpapi

import (
	"errors"
	"io"
	"mime"
	"net"
	"os"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/adiuva/cloud/domain/fault"
	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
)

// chunked is the length that fasthttp gives a body whose length was not declared.
const chunked = -1

// decoder fills one request shape: fields tagged path, query or header from there, the field Body from the body.
type decoder struct {
	class  class
	params []parameter
	body   *huma.Schema // nil for a route without one
	index  int          // of the field Body
}

// parameter is one field that does not travel in the body.
type parameter struct {
	index  int
	in     string // path, query or header
	name   string
	schema *huma.Schema
	uuid   bool
}

// decode reads the request into req, a pointer to a request shape. What a path names that cannot exist is NotFound.
func (d *decoder) decode(c *fiber.Ctx, v validator, req any) error {
	into := reflect.ValueOf(req).Elem()
	for _, p := range d.params {
		if err := p.decode(c, &v, into.Field(p.index)); err != nil {
			return err
		}
	}
	if d.body == nil {
		return v.err()
	}
	text, err := readBody(c, d.class.maxBytes)
	if err != nil {
		return err
	}
	value, err := parseJSON(text, d.class.maxValues)
	if err != nil {
		return err
	}
	if v.check("body", d.body, value); len(v.found) > 0 {
		return v.err()
	}
	bind(into.Field(d.index), value)
	return nil
}

var uuidRule = regexp.MustCompile(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`)

func (p parameter) decode(c *fiber.Ctx, v *validator, into reflect.Value) error {
	switch p.in {
	case "path":
		text := c.Params(p.name)
		if p.uuid && !uuidRule.MatchString(text) {
			return fault.New(fault.NotFound, "There is nothing with this id.")
		}
		into.SetString(strings.ToLower(text))
	case "header":
		into.SetString(c.Get(p.name))
	case "query":
		p.query(c, v, into)
	}
	return nil
}

func (p parameter) query(c *fiber.Ctx, v *validator, into reflect.Value) {
	at := "query." + p.name
	all := c.Context().QueryArgs().PeekMulti(p.name)
	if len(all) == 0 {
		return
	}
	if len(all) > 1 {
		v.refuse(at, "must be given once")
		return
	}
	text := string(all[0])
	before := len(v.found)
	if p.schema.Type != huma.TypeInteger {
		if v.check(at, p.schema, text); len(v.found) == before {
			into.SetString(text)
		}
		return
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		v.refuse(at, "must be an integer")
		return
	}
	if v.check(at, p.schema, float64(n)); len(v.found) == before {
		into.SetInt(n)
	}
}

// readBody is the whole body, which is JSON by its Content-Type and at most limit bytes by what arrives, whatever was
// declared.
func readBody(c *fiber.Ctx, limit int64) (string, error) {
	length := c.Context().Request.Header.ContentLength()
	if length == 0 || length < chunked {
		return "", fault.New(fault.MalformedRequest, "This needs a JSON body.")
	}
	if err := isJSON(c); err != nil {
		return "", err
	}
	stream := c.Context().RequestBodyStream()
	if stream == nil {
		return "", fault.New(fault.MalformedRequest, "This needs a JSON body.")
	}
	var b strings.Builder
	if length > 0 {
		b.Grow(min(length, 64<<10)) // a declared length is a claim: no memory for it before the bytes are there
	}
	n, err := collect(&b, io.LimitReader(stream, limit+1))
	switch {
	case n > limit:
		return "", tooLarge(limit)
	case errors.Is(err, os.ErrDeadlineExceeded) || isTimeout(err):
		return "", fault.New(fault.RequestTimeout, "The body did not arrive in time.")
	case err != nil || length > 0 && n != int64(length):
		return "", fault.New(fault.MalformedRequest, "The body ended before it was complete.")
	}
	return b.String(), nil
}

func isTimeout(err error) bool {
	var netErr net.Error
	return errors.As(err, &netErr) && netErr.Timeout()
}

func tooLarge(limit int64) error {
	return fault.New(fault.PayloadTooLarge, "The body is larger than this takes.").With("limit_bytes", limit)
}

// isJSON is UnsupportedMediaType unless the one Content-Type is application/json, in UTF-8 if it says.
func isJSON(c *fiber.Ctx) error {
	if t, params, err := mime.ParseMediaType(c.Get(fiber.HeaderContentType)); err == nil && t == fiber.MIMEApplicationJSON {
		charset, given := params["charset"]
		if len(params) == 0 || len(params) == 1 && given && strings.EqualFold(charset, "utf-8") {
			return nil
		}
	}
	return fault.New(fault.UnsupportedMediaType, "The Content-Type must be application/json.")
}

// collect appends all of r. It doubles the room each time: growing by a quarter, as append does, would leave several times
// the body as garbage.
func collect(b *strings.Builder, r io.Reader) (int64, error) {
	piece := make([]byte, 32<<10)
	for {
		n, err := r.Read(piece)
		if b.Len()+n > b.Cap() {
			b.Grow(b.Len() + n)
		}
		b.Write(piece[:n])
		if errors.Is(err, io.EOF) {
			return int64(b.Len()), nil
		}
		if err != nil {
			return int64(b.Len()), err
		}
	}
}
