package httpapi

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/adiuva/cloud/domain/fault"
	"github.com/danielgtaylor/huma/v2"
)

// maxFields is how many values that are not allowed one answer lists.
const maxFields = 20

// validator checks values against the schemas of the contract. It is here in place of huma.Validate because that one
// repeats values, takes keys in any case and null for every array.
type validator struct {
	registry huma.Registry
	patterns map[string]*regexp.Regexp
	found    []fault.Field
}

func newValidator(registry huma.Registry) validator {
	return validator{registry: registry, patterns: map[string]*regexp.Regexp{}}
}

// learn compiles the pattern of a schema. All are learnt before the first request.
func (v *validator) learn(s *huma.Schema) {
	if s.Pattern != "" {
		v.patterns[s.Pattern] = regexp.MustCompile(s.Pattern)
	}
}

// learnAll learns the schemas of the contract.
func (v *validator) learnAll() {
	for _, s := range v.registry.Map() {
		for _, p := range s.Properties {
			v.learn(p)
		}
	}
}

// err is ValidationFailed with all that was found, or nil.
func (v *validator) err() error {
	if len(v.found) == 0 {
		return nil
	}
	// Maps have no order: the answer to the same request should have one.
	slices.SortStableFunc(v.found, func(a, b fault.Field) int { return strings.Compare(a.Location, b.Location) })
	e := fault.Invalid("", "")
	e.Fields = v.found[:min(len(v.found), maxFields)]
	return e
}

func (v *validator) refuse(at, message string) {
	v.found = append(v.found, fault.Field{Location: at, Message: message})
}

func (v *validator) check(at string, s *huma.Schema, value any) {
	if len(v.found) >= maxFields {
		return
	}
	for s.Ref != "" {
		s = v.registry.SchemaFromRef(s.Ref)
	}
	switch s.Type {
	case huma.TypeString:
		v.text(at, s, value)
	case huma.TypeInteger, huma.TypeNumber:
		v.number(at, s, value)
	case huma.TypeBoolean:
		if _, ok := value.(bool); !ok {
			v.refuse(at, "must be true or false")
		}
	case huma.TypeArray:
		v.array(at, s, value)
	case huma.TypeObject:
		v.object(at, s, value)
	default:
		v.free(at, value)
	}
}

func (v *validator) text(at string, s *huma.Schema, value any) {
	text, ok := value.(string)
	switch {
	case !ok:
		v.refuse(at, "must be a string")
	case strings.IndexByte(text, 0) >= 0:
		v.refuse(at, "must not contain NUL")
	case s.ContentEncoding == "base64":
		if !isBase64(text) {
			v.refuse(at, "must be standard base64 with padding, without line breaks")
		}
	case len(s.Enum) > 0 && !slices.Contains(s.Enum, any(text)):
		v.refuse(at, "must be one of "+strings.ReplaceAll(strings.Trim(fmt.Sprint(s.Enum), "[]"), " ", ", "))
	case s.MinLength != nil && utf8.RuneCountInString(text) < *s.MinLength:
		v.refuse(at, "must be at least "+strconv.Itoa(*s.MinLength)+" characters")
	case s.MaxLength != nil && utf8.RuneCountInString(text) > *s.MaxLength:
		v.refuse(at, "must be at most "+strconv.Itoa(*s.MaxLength)+" characters")
	case s.Pattern != "" && !v.patterns[s.Pattern].MatchString(text):
		v.refuse(at, "must match "+s.Pattern)
	}
}

func (v *validator) number(at string, s *huma.Schema, value any) {
	f, ok := value.(float64)
	switch {
	case !ok && s.Type == huma.TypeInteger:
		v.refuse(at, "must be an integer within ±9007199254740991")
	case !ok:
		v.refuse(at, "must be a number")
	case s.Type == huma.TypeInteger && f != math.Trunc(f):
		v.refuse(at, "must be an integer")
	case s.Minimum != nil && f < *s.Minimum:
		v.refuse(at, "must be at least "+strconv.FormatFloat(*s.Minimum, 'f', -1, 64))
	case s.Maximum != nil && f > *s.Maximum:
		v.refuse(at, "must be at most "+strconv.FormatFloat(*s.Maximum, 'f', -1, 64))
	}
}

func (v *validator) array(at string, s *huma.Schema, value any) {
	items, ok := value.([]any)
	switch {
	case !ok:
		v.refuse(at, "must be an array")
	case s.MinItems != nil && len(items) < *s.MinItems:
		v.refuse(at, "must have at least "+strconv.Itoa(*s.MinItems)+" items")
	case s.MaxItems != nil && len(items) > *s.MaxItems:
		v.refuse(at, "must have at most "+strconv.Itoa(*s.MaxItems)+" items")
	default:
		for i, item := range items {
			v.check(at+"["+strconv.Itoa(i)+"]", s.Items, item)
		}
	}
}

func (v *validator) object(at string, s *huma.Schema, value any) {
	m, ok := value.(map[string]any)
	if !ok {
		v.refuse(at, "must be an object")
		return
	}
	for name, p := range s.Properties {
		field, sent := m[name]
		required := slices.Contains(s.Required, name)
		switch {
		case required && !sent:
			v.refuse(at+"."+name, "is required")
		case !sent || field == nil && !required: // null leaves an optional field out, as many clients write it
		default:
			v.check(at+"."+name, p, field)
		}
	}
	for name, field := range m {
		if _, known := s.Properties[name]; known {
			continue
		}
		switch open := s.AdditionalProperties.(type) {
		case *huma.Schema:
			v.freeKey(at, name)
			v.check(at+"."+printable(name), open, field)
		case bool:
			if v.freeKey(at, name); !open {
				v.refuse(at+"."+printable(name), "is not a known field")
			} else {
				v.free(at+"."+printable(name), field)
			}
		}
	}
}

// free is what passes through unread: anything but NUL, which databases downstream do not take.
func (v *validator) free(at string, value any) {
	if len(v.found) >= maxFields {
		return
	}
	switch value := value.(type) {
	case string:
		if strings.IndexByte(value, 0) >= 0 {
			v.refuse(at, "must not contain NUL")
		}
	case []any:
		for i, item := range value {
			v.free(at+"["+strconv.Itoa(i)+"]", item)
		}
	case map[string]any:
		for name, field := range value {
			v.freeKey(at, name)
			v.free(at+"."+printable(name), field)
		}
	}
}

func (v *validator) freeKey(at, name string) {
	if strings.IndexByte(name, 0) >= 0 {
		v.refuse(at, "must not have a key that contains NUL")
	}
}

var plainName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// printable is the name of a field as an answer may repeat it: a name can be anything, also a secret in the wrong place.
func printable(name string) string {
	if plainName.MatchString(name) {
		return name
	}
	return "?"
}
