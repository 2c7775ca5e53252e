package middleware

import (
	"strings"

	"github.com/adiuva/cloud/domain/fault"
	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// Guard refuses what no route takes, before anything touches the body.
func Guard(c *fiber.Ctx) error {
	if err := Acceptable(&c.Context().Request.Header); err != nil {
		return err
	}
	return c.Next()
}

// Acceptable is UnsupportedMediaType for a body in any content encoding (a few kilobytes inflate to gigabytes) and
// MalformedRequest for a version of HTTP other than 1.0 and 1.1.
func Acceptable(h *fasthttp.RequestHeader) error {
	for _, encoding := range h.PeekAll(fiber.HeaderContentEncoding) {
		if e := strings.TrimSpace(string(encoding)); e != "" && !strings.EqualFold(e, "identity") {
			return fault.New(fault.UnsupportedMediaType, "Content-Encoding is not supported. Send the body as it is.")
		}
	}
	if v := string(h.Protocol()); v != "HTTP/1.1" && v != "HTTP/1.0" {
		return fault.New(fault.MalformedRequest, "Only HTTP/1.0 and HTTP/1.1 are spoken here.")
	}
	return nil
}
