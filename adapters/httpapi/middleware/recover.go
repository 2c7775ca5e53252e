package middleware

import (
	"fmt"
	"runtime/debug"

	"github.com/adiuva/cloud/domain/fault"
	"github.com/gofiber/fiber/v2"
)

// Recover makes an Internal of a panic.
func Recover(c *fiber.Ctx) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = Panicked(r)
		}
	}()
	return c.Next()
}

// Panicked is the failure for what was recovered, with the stack for the log. Only the type of the value is kept: the
// value itself may hold what a user sent.
func Panicked(r any) error {
	what := fmt.Sprintf("%T", r)
	if err, ok := r.(interface{ RuntimeError() }); ok {
		what = fmt.Sprint(err) // of the runtime: an index, a nil pointer
	}
	return fault.Wrap(fmt.Errorf("panic: %s\n%s", what, debug.Stack()), fault.Internal, "Something went wrong on our side.")
}
