// Package fault is the product's one vocabulary of failure: a stable code, a message for people, details that a client
// can act upon, and a cause that only the log ever sees.
//
// It imports the standard library only. Start at Error; codes.go has the closed list of codes.
package fault

import (
	"context"
	"errors"
	"maps"
	"time"
)

// Error is a failure that a caller can act upon. It never carries user data, SQL, paths or provider text in Message,
// Details or Fields; those belong in the cause.
type Error struct {
	Code    Code
	Message string         // for people: what happened and what to do
	Details map[string]any // for clients: what they need to act, by the names of the public contract
	Fields  []Field        // for ValidationFailed: each value that is not allowed
	cause   error
}

// Field is one value of a request that is not allowed. The value itself is never repeated.
type Field struct {
	Location string // where, as the client sent it: body.email, query.limit
	Message  string // what is wrong with it
}

// New makes a failure without a cause.
func New(code Code, message string) *Error {
	return &Error{Code: code, Message: message}
}

// Wrap makes a failure that keeps err as its cause, for the log only.
func Wrap(err error, code Code, message string) *Error {
	return &Error{Code: code, Message: message, cause: err}
}

// Invalid is ValidationFailed for one field.
func Invalid(location, message string) *Error {
	return &Error{Code: ValidationFailed, Message: "Some values are not allowed; see errors.", Fields: []Field{{location, message}}}
}

// With returns a copy that carries one more detail.
func (e *Error) With(key string, value any) *Error {
	c := *e
	c.Details = maps.Clone(e.Details)
	if c.Details == nil {
		c.Details = map[string]any{}
	}
	c.Details[key] = value
	return &c
}

// RetryAfter returns a copy that tells the client when to try again, in whole seconds, at least one.
func (e *Error) RetryAfter(d time.Duration) *Error {
	return e.With("retry_after", int64(max(1, (d+time.Second-1)/time.Second)))
}

// Error is for logs: it includes the cause.
func (e *Error) Error() string {
	s := string(e.Code) + ": " + e.Message
	if e.cause != nil {
		s += ": " + e.cause.Error()
	}
	return s
}

// Unwrap gives the cause to errors.Is and errors.As.
func (e *Error) Unwrap() error { return e.cause }

// From finds the failure in err. An error of another kind is Internal, a cancelled or expired context is Unavailable:
// nobody waits for that answer any more, or we ran out of time.
func From(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return Wrap(err, Unavailable, "The server could not finish in time. Try again.").RetryAfter(time.Second)
	}
	return Wrap(err, Internal, "Something went wrong on our side.")
}

// CodeOf is the code of From(err), and empty for a nil error.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	return From(err).Code
}

// Is reports whether err is a failure with this code.
func Is(err error, code Code) bool { return err != nil && CodeOf(err) == code }
