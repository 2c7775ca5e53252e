package middleware

import (
	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// apiPolicy lets a browser do nothing at all with an answer of the API.
const apiPolicy = "default-src 'none'; frame-ancestors 'none'"

// Harden sets the headers that every answer carries, also one that no handler saw. strict adds HSTS, for deployments
// behind TLS.
func Harden(h *fasthttp.ResponseHeader, strict bool) {
	h.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	h.Set(fiber.HeaderContentSecurityPolicy, apiPolicy)
	h.Set(fiber.HeaderReferrerPolicy, "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin") // CORS decides who reads; the app's origin is never ours
	h.Set(fiber.HeaderCacheControl, "no-store")
	if strict {
		h.Set(fiber.HeaderStrictTransportSecurity, "max-age=63072000; includeSubDomains")
	}
}

// SecurityHeaders hardens every answer; a handler may loosen its own.
func SecurityHeaders(strict bool) fiber.Handler {
	return func(c *fiber.Ctx) error {
		Harden(&c.Context().Response.Header, strict)
		return c.Next()
	}
}
