package httpapi

import (
	"errors"
	"io"
	"mime"
	"net"
	"os"
	"strings"

	"github.com/adiuva/cloud/domain/fault"
	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// chunked is the length that fasthttp gives a body whose length was not declared.
const chunked = -1

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
	text, err := collectDeclared(io.LimitReader(stream, limit+1), length)
	return text, arrived(int64(len(text)), err, length, limit)
}

// readBytes is the whole body, at most limit bytes by what arrives, whatever was declared. A body may be empty.
func readBytes(c *fiber.Ctx, limit int64) ([]byte, error) {
	length := c.Context().Request.Header.ContentLength()
	stream := c.Context().RequestBodyStream()
	if length == 0 || length < chunked || stream == nil {
		return []byte{}, nil
	}
	if int64(length) > limit {
		return nil, tooLarge(limit)
	}
	b := make([]byte, 0, room(0, length))
	for from := io.LimitReader(stream, limit+1); ; {
		if len(b) == cap(b) {
			b = append(make([]byte, 0, room(cap(b), length)), b...)
		}
		n, err := from.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if errors.Is(err, io.EOF) {
			return b, arrived(int64(len(b)), nil, length, limit)
		}
		if err != nil {
			return nil, arrived(int64(len(b)), err, length, limit)
		}
	}
}

// arrived is nil if n bytes are all of a body of which length were declared and at most limit are taken.
func arrived(n int64, err error, length int, limit int64) error {
	switch {
	case n > limit:
		return tooLarge(limit)
	case errors.Is(err, os.ErrDeadlineExceeded) || isTimeout(err):
		return fault.New(fault.RequestTimeout, "The body did not arrive in time.")
	case err != nil || length > 0 && n != int64(length):
		return fault.New(fault.MalformedRequest, "The body ended before it was complete.")
	}
	return nil
}

// isBytes reports whether the one Content-Type says that the body is nothing but bytes.
func isBytes(h *fasthttp.RequestHeader) bool {
	t, params, err := mime.ParseMediaType(string(h.ContentType()))
	return err == nil && t == fiber.MIMEOctetStream && len(params) == 0
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

// collect appends all of r, whose length nobody knows. It doubles the room each time: growing by a quarter, as append does,
// would leave several times the body as garbage.
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

// collectDeclared is all of r, a body of which length were declared.
func collectDeclared(r io.Reader, length int) (string, error) {
	b := new(strings.Builder)
	b.Grow(room(0, length))
	piece := make([]byte, 32<<10)
	for {
		n, err := r.Read(piece)
		if b.Len()+n > b.Cap() { // a Builder that grows by itself takes twice what it is asked for
			larger := new(strings.Builder)
			larger.Grow(max(room(b.Cap(), length), b.Len()+n))
			larger.WriteString(b.String())
			b = larger
		}
		b.Write(piece[:n])
		if errors.Is(err, io.EOF) {
			return b.String(), nil
		}
		if err != nil {
			return b.String(), err
		}
	}
}

const firstRoom = 64 << 10

// room is how much memory to have for a body when n bytes of it are full. A declared length is a claim: it is believed
// step by step as bytes arrive, and then taken as it is, with room for the byte that shows that there are more.
func room(n, length int) int {
	switch {
	case n == 0 && length > 0:
		return min(length+1, firstRoom)
	case n == 0:
		return firstRoom
	case length >= n:
		return min(4*n, length+1)
	default:
		return 2 * n
	}
}
