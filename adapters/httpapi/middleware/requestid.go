package middleware

import (
	"regexp"

	"github.com/adiuva/cloud/ports"
	"github.com/gofiber/fiber/v2"
)

// local names what the middleware keeps with a request.
type local int

const (
	requestIDLocal local = iota
	principalLocal
	streamLocal
	templateLocal
	traceLocal
)

var saneID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// ChooseID is the client's own id if it is a sane one, else a new one.
func ChooseID(clients string, ids ports.IDs) string {
	if saneID.MatchString(clients) {
		return clients
	}
	return ids.NewID()
}

// RequestID gives every request an id and every answer its X-Request-Id.
func RequestID(ids ports.IDs) fiber.Handler {
	return func(c *fiber.Ctx) error {
		id := ChooseID(c.Get(fiber.HeaderXRequestID), ids)
		c.Locals(requestIDLocal, id)
		c.Set(fiber.HeaderXRequestID, id)
		return c.Next()
	}
}

// ID is the id of the request, empty before RequestID ran.
func ID(c *fiber.Ctx) string {
	id, _ := c.Locals(requestIDLocal).(string)
	return id
}
