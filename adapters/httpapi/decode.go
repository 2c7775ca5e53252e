package httpapi

import (
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/adiuva/cloud/domain/fault"
	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
)

// decoder fills one request shape: fields tagged path, query or header from there, the field Body from the body. A shape
// with a field Bytes takes the bytes themselves too, in place of the JSON around them: then what the JSON would say
// travels in the fields tagged for:"bytes", which nobody may send beside JSON.
type decoder struct {
	class  class
	params []parameter
	body   *huma.Schema // nil for a route without one
	index  int          // of the field Body
	bytes  int          // the index of the field Bytes; 0, where Body is, for a route without one
}

// parameter is one field that does not travel in the body.
type parameter struct {
	index  int
	in     string // path, query or header
	name   string
	schema *huma.Schema
	uuid   bool
	needed bool // has to be there
	bytes  bool // goes with bytes, and not with JSON
}

// decode reads the request into req, a pointer to a request shape. What a path names that cannot exist is NotFound.
func (d *decoder) decode(c *fiber.Ctx, v validator, req any) error {
	into := reflect.ValueOf(req).Elem()
	asBytes := d.bytes > 0 && isBytes(&c.Context().Request.Header)
	for _, p := range d.params {
		if p.bytes && !asBytes {
			p.absent(c, &v)
			continue
		}
		if err := p.decode(c, &v, into.Field(p.index)); err != nil {
			return err
		}
	}
	if d.body == nil {
		return v.err()
	}
	if asBytes {
		sent, err := readBytes(c, d.class.maxRaw)
		if err != nil {
			return err
		}
		into.Field(d.bytes).SetBytes(sent)
		return v.err()
	}
	text, err := readBody(c, d.class.maxBytes)
	if err != nil {
		return err
	}
	value, err := parseJSON(text, d.class.maxValues)
	if err != nil {
		return err
	}
	if v.check("body", d.body, value); len(v.found) > 0 {
		return v.err()
	}
	bind(into.Field(d.index), value)
	return nil
}

var uuidRule = regexp.MustCompile(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`)

func (p parameter) decode(c *fiber.Ctx, v *validator, into reflect.Value) error {
	switch p.in {
	case "path":
		text := c.Params(p.name)
		if p.uuid && !uuidRule.MatchString(text) {
			return fault.New(fault.NotFound, "There is nothing with this id.")
		}
		into.SetString(strings.ToLower(text))
	case "header":
		p.header(c, v, into)
	case "query":
		p.query(c, v, into)
	}
	return nil
}

func (p parameter) at() string { return p.in + "." + p.name }

// absent refuses what is sent in the query beside JSON that says the same. A header may stand there for others to read.
func (p parameter) absent(c *fiber.Ctx, v *validator) {
	if p.in == "query" && c.Context().QueryArgs().Has(p.name) {
		v.refuse(p.at(), "goes with the bytes alone; in JSON it is a field")
	}
}

func (p parameter) header(c *fiber.Ctx, v *validator, into reflect.Value) {
	var lines []string
	for _, line := range c.Context().Request.Header.PeekAll(p.name) {
		lines = append(lines, string(line))
	}
	text := strings.Join(lines, ", ") // several lines are one list (RFC 9110, 5.3)
	if text == "" {
		if p.needed {
			v.refuse(p.at(), "is required")
		}
		return
	}
	before := len(v.found)
	if v.check(p.at(), p.schema, text); len(v.found) == before {
		into.SetString(text)
	}
}

func (p parameter) query(c *fiber.Ctx, v *validator, into reflect.Value) {
	at := p.at()
	all := c.Context().QueryArgs().PeekMulti(p.name)
	if len(all) == 0 {
		if p.needed {
			v.refuse(at, "is required")
		}
		return
	}
	if len(all) > 1 {
		v.refuse(at, "must be given once")
		return
	}
	text := string(all[0])
	before := len(v.found)
	if p.schema.Type != huma.TypeInteger {
		if v.check(at, p.schema, text); len(v.found) == before {
			into.SetString(text)
		}
		return
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		v.refuse(at, "must be an integer")
		return
	}
	if v.check(at, p.schema, float64(n)); len(v.found) == before {
		into.SetInt(n)
	}
}
