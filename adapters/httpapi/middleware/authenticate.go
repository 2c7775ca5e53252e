package middleware

import (
	"strings"

	"github.com/adiuva/cloud/domain/account"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/gofiber/fiber/v2"
)

// Verify tells who an access token speaks for.
type Verify func(c *fiber.Ctx, token string) (account.Principal, error)

// Authenticate lets a request pass whose bearer token verify accepts. It runs before the body is read: strangers cost
// nothing.
func Authenticate(verify Verify) fiber.Handler {
	return func(c *fiber.Ctx) error {
		token, err := bearer(c)
		if err != nil {
			c.Set(fiber.HeaderWWWAuthenticate, `Bearer realm="adiuva"`)
			return err
		}
		p, err := verify(c, token)
		if err != nil {
			if fault.Is(err, fault.Unauthenticated) || fault.Is(err, fault.TokenExpired) {
				c.Set(fiber.HeaderWWWAuthenticate, `Bearer realm="adiuva", error="invalid_token"`)
			}
			return err
		}
		c.Locals(principalLocal, p)
		return c.Next()
	}
}

// Principal is who makes the request, the zero value where nobody has to log in.
func Principal(c *fiber.Ctx) account.Principal {
	p, _ := c.Locals(principalLocal).(account.Principal)
	return p
}

func bearer(c *fiber.Ctx) (string, error) {
	all := c.Context().Request.Header.PeekAll(fiber.HeaderAuthorization)
	if len(all) == 0 {
		return "", fault.New(fault.Unauthenticated, "This needs an access token in the Authorization header. Log in first.")
	}
	scheme, token, ok := strings.Cut(string(all[0]), " ")
	token = strings.TrimSpace(token)
	if len(all) > 1 || !ok || !strings.EqualFold(scheme, "bearer") || token == "" || strings.ContainsAny(token, " \t,") {
		return "", fault.New(fault.Unauthenticated, "The Authorization header must be one bearer token.")
	}
	return token, nil
}
