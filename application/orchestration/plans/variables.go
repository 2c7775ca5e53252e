package plans

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/adiuva/cloud/domain/fault"
)

// Kind is what a variable holds.
type Kind string

// The kinds of variables.
const (
	Text   Kind = "text"   // a string; a blank one stands for none
	Object Kind = "object" // a JSON object, whose fields are looked at elsewhere
	Moment Kind = "moment" // milliseconds since 1970, an integer
	Flag   Kind = "flag"   // true or false
)

// The variables with a meaning of their own.
const (
	Message   = "message"   // what the user said; the step answers it as any other message
	Deletions = "deletions" // the user asked for a deletion; without it the step prepares none, whatever it reads
	Context   = "context"   // what the client sends along, shaped as in a chat
	Data      = "data"      // what the step came to from which this one takes data: {output, actions}
)

// Variable is one thing that a template is given. Null stands for one that is left out.
type Variable struct {
	Name     string
	Kind     Kind
	Required bool
	MaxBytes int // of a Text
}

// everywhere are the variables of every template.
var everywhere = []Variable{{Name: Context, Kind: Object}, {Name: Data, Kind: Object}}

// The moments that can be meant: March 1973, before which a number is one of seconds, and the end of the year 9999.
const (
	earliest = 100_000_000_000
	latest   = 253_402_300_799_999
)

// where is the place of a variable in a request.
const where = "body.variables"

// findings are what is not allowed in a request: places and rules, never values.
type findings struct{ fields []fault.Field }

func (f *findings) add(at, message string) {
	f.fields = append(f.fields, fault.Field{Location: at, Message: message})
}

// maxFindings is how many places one answer lists.
const maxFindings = 20

// err is ValidationFailed with all that was found, by place, or nil.
func (f *findings) err() error {
	if len(f.fields) == 0 {
		return nil
	}
	slices.SortStableFunc(f.fields, func(a, b fault.Field) int { return strings.Compare(a.Location, b.Location) })
	e := fault.Invalid("", "")
	e.Fields = f.fields[:min(len(f.fields), maxFindings)]
	return e
}

// check finds what values must not be given, and what is missing.
func check(declared []Variable, values map[string]any) *findings {
	f := &findings{}
	for _, v := range declared {
		at := where + "." + v.Name
		switch value := values[v.Name]; {
		case value != nil:
			v.check(f, at, value)
		case v.Required:
			f.add(at, "is required")
		}
	}
	for name := range values {
		if !slices.ContainsFunc(declared, func(v Variable) bool { return v.Name == name }) {
			f.add(where+"."+printable(name), "is not a variable of this template")
		}
	}
	return f
}

func (v Variable) check(f *findings, at string, value any) {
	switch v.Kind {
	case Text:
		switch text, ok := value.(string); {
		case !ok:
			f.add(at, "must be a string")
		case v.Required && blank(text):
			f.add(at, "must not be empty")
		case len(text) > v.MaxBytes:
			f.add(at, fmt.Sprintf("must be at most %d bytes", v.MaxBytes))
		}
	case Object:
		if _, ok := value.(map[string]any); !ok {
			f.add(at, "must be an object")
		}
	case Moment:
		if n, ok := value.(float64); !ok || n != math.Trunc(n) || n < earliest || n > latest {
			f.add(at, "must be a time in milliseconds since 1970, an integer")
		}
	case Flag:
		if _, ok := value.(bool); !ok {
			f.add(at, "must be true or false")
		}
	}
}

func blank(value any) bool {
	text, ok := value.(string)
	return ok && strings.TrimSpace(text) == ""
}

var plainName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// printable is the name of a variable as an answer may repeat it: a name can be anything, also a secret in the wrong place.
func printable(name string) string {
	if plainName.MatchString(name) {
		return name
	}
	return "?"
}
