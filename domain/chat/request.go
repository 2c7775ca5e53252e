package chat

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/adiuva/cloud/domain/fault"
)

// The bounds of a request, in bytes.
const (
	MaxMessageBytes = 32 << 10
	MaxRequestBytes = 2 << 20 // the whole request with its context
)

// Mode is how a request is carried out.
type Mode string

// The modes.
const (
	Direct Mode = "direct" // answer now
	Plan   Mode = "plan"   // answer with a plan that the client executes
)

// Request is what a client asks. It is gone when the answer is out.
type Request struct {
	Message string
	Context Context
	Mode    Mode
	Model   string // the client's choice, empty for the default
	Found   []Found
}

// Found is something that the client has looked up for this message, in an earlier run. Name and Arguments are those of the
// call that it answers.
type Found struct {
	Name      string
	Arguments string
	Result    json.RawMessage
}

// Validate checks what does not depend on the user: the message is there, is text and is not too long, the mode exists.
func (r Request) Validate() error {
	switch {
	case !utf8.ValidString(r.Message):
		return fault.Invalid("body.message", "must be valid UTF-8")
	case strings.TrimSpace(r.Message) == "":
		return fault.Invalid("body.message", "must not be empty")
	case len(r.Message) > MaxMessageBytes:
		return fault.Invalid("body.message", "must be at most 32768 bytes")
	case r.Mode != Direct && r.Mode != Plan:
		return fault.Invalid("body.execution_mode", "must be direct or plan")
	}
	return nil
}
