package httpapi

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/adiuva/cloud/domain/fault"
)

// maxDepth is how deep arrays and objects may lie in each other.
const maxDepth = 32

// malformed is the failure of bytes that are not JSON as this API takes it. It says what is wrong, never with which bytes.
func malformed(what string) error {
	return fault.New(fault.MalformedRequest, "The body is not valid JSON: "+what+".")
}

// parseJSON reads one JSON text (RFC 8259) into nil, bool, float64, string, []any and map[string]any; an integer
// that float64 cannot hold exactly, and a number out of its range, is a json.Number. It is stricter than encoding/json: invalid UTF-8, lone surrogates,
// duplicate keys, anything after the value, more than maxDepth levels or maxValues values are MalformedRequest.
func parseJSON(text string, maxValues int) (any, error) {
	if !utf8.ValidString(text) {
		return nil, malformed("it is not UTF-8")
	}
	p := parser{s: text, left: maxValues}
	p.space()
	v, err := p.value(0)
	if err != nil {
		return nil, err
	}
	if p.space(); p.i < len(p.s) {
		return nil, malformed("something follows after its end")
	}
	return v, nil
}

// exactly is the first integer that float64 may hold for another one.
const exactly = 1 << 53

type parser struct {
	s    string
	i    int
	left int // how many more values it takes
}

func (p *parser) space() {
	for p.i < len(p.s) && strings.IndexByte(" \t\r\n", p.s[p.i]) >= 0 {
		p.i++
	}
}

// accept takes c if it is next.
func (p *parser) accept(c byte) bool {
	if p.i < len(p.s) && p.s[p.i] == c {
		p.i++
		return true
	}
	return false
}

func (p *parser) value(depth int) (any, error) {
	if p.left--; p.left < 0 {
		return nil, malformed("it holds too many values")
	}
	if depth > maxDepth {
		return nil, malformed("it is nested too deeply")
	}
	if p.i >= len(p.s) {
		return nil, malformed("it ends too early")
	}
	switch c := p.s[p.i]; {
	case c == '{':
		return p.object(depth)
	case c == '[':
		return p.array(depth)
	case c == '"':
		return p.str()
	case c == '-' || '0' <= c && c <= '9':
		return p.number()
	default:
		return p.word()
	}
}

// words are the values that are spelled out.
var words = []struct {
	text  string
	value any
}{{"true", true}, {"false", false}, {"null", nil}}

func (p *parser) word() (any, error) {
	for _, w := range words {
		if strings.HasPrefix(p.s[p.i:], w.text) {
			p.i += len(w.text)
			return w.value, nil
		}
	}
	return nil, malformed("a value is expected")
}

func (p *parser) object(depth int) (any, error) {
	p.i++
	m := map[string]any{}
	for p.space(); !p.accept('}'); p.space() {
		if len(m) > 0 && !p.accept(',') {
			return nil, malformed("a comma or the end of an object is expected")
		}
		p.space()
		if p.i >= len(p.s) || p.s[p.i] != '"' {
			return nil, malformed("a key is expected")
		}
		key, err := p.str()
		if err != nil {
			return nil, err
		}
		if _, twice := m[key]; twice {
			return nil, malformed("a key occurs twice in one object")
		}
		if p.space(); !p.accept(':') {
			return nil, malformed("a colon is expected")
		}
		p.space()
		if m[key], err = p.value(depth + 1); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (p *parser) array(depth int) (any, error) {
	p.i++
	a := []any{}
	for p.space(); !p.accept(']'); p.space() {
		if len(a) > 0 && !p.accept(',') {
			return nil, malformed("a comma or the end of an array is expected")
		}
		p.space()
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		a = append(a, v)
	}
	return a, nil
}

// str shares the memory of the text where it holds no escapes.
func (p *parser) str() (string, error) {
	p.i++
	start := p.i
	var b strings.Builder
	for p.i < len(p.s) {
		switch c := p.s[p.i]; {
		case c == '"':
			rest := p.s[start:p.i]
			p.i++
			if b.Len() == 0 {
				return rest, nil
			}
			b.WriteString(rest)
			return b.String(), nil
		case c < ' ':
			return "", malformed("a control character stands in a string")
		case c == '\\':
			b.WriteString(p.s[start:p.i])
			r, err := p.escape()
			if err != nil {
				return "", err
			}
			b.WriteRune(r)
			start = p.i
		default:
			p.i++
		}
	}
	return "", malformed("a string does not end")
}

// escapes are those of one letter.
var escapes = map[byte]rune{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

func (p *parser) escape() (rune, error) {
	p.i++
	if p.i >= len(p.s) {
		return 0, malformed("a string does not end")
	}
	c := p.s[p.i]
	p.i++
	if r, ok := escapes[c]; ok {
		return r, nil
	}
	if c != 'u' {
		return 0, malformed("an escape in a string is not known")
	}
	r, err := p.hex()
	if err != nil || !utf16.IsSurrogate(r) {
		return r, err
	}
	if !strings.HasPrefix(p.s[p.i:], `\u`) {
		return 0, malformed("half a surrogate pair stands in a string")
	}
	p.i += 2
	low, err := p.hex()
	if err != nil {
		return 0, err
	}
	if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
		return 0, malformed("half a surrogate pair stands in a string")
	}
	return r, nil
}

func (p *parser) hex() (rune, error) {
	if p.i+4 > len(p.s) {
		return 0, malformed("a string does not end")
	}
	n, err := strconv.ParseUint(p.s[p.i:p.i+4], 16, 16)
	if err != nil {
		return 0, malformed("an escape in a string is not known")
	}
	p.i += 4
	return rune(n), nil
}

func (p *parser) digits() bool {
	start := p.i
	for p.i < len(p.s) && '0' <= p.s[p.i] && p.s[p.i] <= '9' {
		p.i++
	}
	return p.i > start
}

func (p *parser) number() (any, error) {
	start := p.i
	whole := true
	p.accept('-')
	if !p.accept('0') && !p.digits() {
		return nil, malformed("a number is not complete")
	}
	if p.accept('.') {
		if whole = false; !p.digits() {
			return nil, malformed("a number is not complete")
		}
	}
	if p.accept('e') || p.accept('E') {
		whole = false
		if !p.accept('-') {
			p.accept('+')
		}
		if !p.digits() {
			return nil, malformed("a number is not complete")
		}
	}
	text := p.s[start:p.i]
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || whole && (f >= exactly || f <= -exactly) {
		return json.Number(text), nil //nolint:nilerr // what no float64 holds exactly is kept as it is spelled
	}
	return f, nil
}
