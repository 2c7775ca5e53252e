package middleware

import (
	"errors"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// DefaultOrigins are those of the desktop app and of its developers.
func DefaultOrigins() []string { return []string{"app://*", "http://localhost:*"} }

// exposed are the headers that clients read.
const exposed = "X-Checksum, X-Backup-Version, X-Backup-Timestamp, X-Backup-Checksum, Content-Range, Accept-Ranges, ETag, X-Request-Id, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After, Idempotent-Replayed"

// Origins decides which web origins may read answers.
type Origins struct{ rules []originRule }

// originRule is a scheme with a host and a port, each of which may be any.
type originRule struct {
	scheme, host, port string
	anyHost, anyPort   bool
}

// ParseOrigins reads rules like https://app.example.com, http://localhost:* and app://*. A rule that is not of this form
// is an error: nothing is guessed about who may read.
func ParseOrigins(rules []string) (Origins, error) {
	var o Origins
	for _, rule := range rules {
		scheme, rest, ok := strings.Cut(rule, "://")
		if !ok || scheme == "" || strings.ContainsAny(scheme, "*/:@") {
			return Origins{}, errors.New("an allowed origin must look like https://app.example.com, http://localhost:* or app://*")
		}
		r := originRule{scheme: strings.ToLower(scheme)}
		if rest == "*" {
			if r.scheme == "http" || r.scheme == "https" {
				return Origins{}, errors.New("an allowed origin must name a host: every website is too many")
			}
			r.anyHost, r.anyPort = true, true
		} else {
			if base, wild := strings.CutSuffix(rest, ":*"); wild {
				rest, r.anyPort = base, true
			}
			u, err := url.Parse(r.scheme + "://" + rest)
			if err != nil || u.Host != rest || u.Hostname() == "" || strings.Contains(rest, "*") {
				return Origins{}, errors.New("an allowed origin must have a scheme and a host, and nothing after them")
			}
			r.host, r.port = strings.ToLower(u.Hostname()), u.Port()
		}
		o.rules = append(o.rules, r)
	}
	return o, nil
}

// Allows reports whether an Origin header names an origin that may read answers. The header is parsed, never compared by
// prefix: http://localhost:80@evil.example is evil.example.
func (o Origins) Allows(origin string) bool {
	u, err := url.Parse(origin)
	if err != nil || u.Scheme == "" || u.Hostname() == "" || u.User != nil || u.Opaque != "" ||
		!strings.EqualFold(u.Scheme+"://"+u.Host, origin) { // an origin has no path, query or fragment
		return false
	}
	for _, r := range o.rules {
		if u.Scheme == r.scheme && (r.anyHost || strings.ToLower(u.Hostname()) == r.host) && (r.anyPort || u.Port() == r.port) {
			return true
		}
	}
	return false
}

// CORS answers preflights and marks answers that an allowed origin may read. A request of another origin, or of none, is
// served all the same: it is the browser that keeps the answer from the page.
func CORS(o Origins) fiber.Handler {
	return func(c *fiber.Ctx) error {
		origin := c.Get(fiber.HeaderOrigin)
		c.Vary(fiber.HeaderOrigin)
		allowed := origin != "" && o.Allows(origin)
		if allowed {
			c.Set(fiber.HeaderAccessControlAllowOrigin, origin)
			c.Set(fiber.HeaderAccessControlAllowCredentials, "true")
			c.Set(fiber.HeaderAccessControlExposeHeaders, exposed)
		}
		if c.Method() != fiber.MethodOptions || origin == "" || c.Get(fiber.HeaderAccessControlRequestMethod) == "" {
			return c.Next()
		}
		c.Vary(fiber.HeaderAccessControlRequestMethod, fiber.HeaderAccessControlRequestHeaders)
		if allowed {
			c.Set(fiber.HeaderAccessControlAllowMethods, "GET, HEAD, POST, PUT, PATCH, DELETE")
			c.Set(fiber.HeaderAccessControlAllowHeaders, "Authorization, Content-Type, If-Match, If-None-Match, If-Modified-Since, "+
				"Range, If-Range, Idempotency-Key, X-Request-Id, X-Backup-Version, X-Backup-Timestamp, X-Backup-Checksum")
			c.Set(fiber.HeaderAccessControlMaxAge, "7200") // as long as Chromium caches at all
			c.Set(fiber.HeaderCacheControl, "max-age=7200")
		}
		c.Status(fiber.StatusNoContent)
		return nil
	}
}
