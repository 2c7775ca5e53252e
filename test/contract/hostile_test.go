package contract

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/test/harness"
)

// raw is a JSON object by the text of its values, so that they can be no JSON at all.
func raw(t *testing.T, body map[string]any, field, value string) string {
	t.Helper()
	parts := []string{}
	for _, k := range slices.Sorted(maps.Keys(body)) {
		v, err := json.Marshal(body[k])
		require.NoError(t, err)
		if k == field {
			v = []byte(value)
		}
		parts = append(parts, `"`+k+`":`+string(v))
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// bad is a body that a JSON route refuses.
type bad struct {
	name   string
	body   string
	status int
	at     string // one location that is named, if the values are what is wrong
}

// malformed are texts that are no JSON as this API takes it, whatever the route.
func malformed(good string) []bad {
	open := strings.TrimSuffix(good, "}")
	texts := map[string]string{
		"nothing":                    "",
		"white space":                " \t\r\n",
		"half an object":             open,
		"one brace":                  "{",
		"trailing object":            good + good,
		"trailing word":              good + " " + canary,
		"trailing bracket":           good + "]",
		"trailing NUL":               good + "\x00",
		"leading byte order mark":    "\ufeff" + good,
		"a comma too many":           open + ",}",
		"a comment":                  "/* " + canary + " */" + good,
		"single quotes":              strings.ReplaceAll(good, `"`, "'"),
		"keys without quotes":        strings.ReplaceAll(good, `":`, `:`),
		"NaN":                        open + `,"x":NaN}`,
		"infinity":                   open + `,"x":-Infinity}`,
		"a number with a zero":       open + `,"x":01}`,
		"a plus":                     open + `,"x":+1}`,
		"half a number":              open + `,"x":1.}`,
		"TRUE":                       open + `,"x":TRUE}`,
		"a raw NUL in a key":         open + ",\"" + canary + "\x00\":1}",
		"a raw newline in a string":  open + ",\"x\":\"" + canary + "\n\"}",
		"invalid UTF-8 in a key":     open + ",\"\xff" + canary + "\":1}",
		"an overlong encoding":       open + ",\"x\":\"\xc0\x80\"}",
		"a surrogate in UTF-8":       open + ",\"x\":\"\xed\xa0\x80\"}",
		"half a surrogate pair":      open + `,"x":"\ud83d` + canary + `"}`,
		"the other half":             open + `,"x":"\ude00"}`,
		"an unknown escape":          open + `,"x":"\q"}`,
		"a cut escape":               open + `,"x":"\u00"}`,
		"the same key twice":         open + "," + strings.TrimPrefix(good, "{"),
		"the same unknown key twice": open + `,"` + canary + `":1,"` + canary + `":2}`,
		"the same key, escaped":      open + `,"x":1,"\u0078":2}`,
		"a deep array":               strings.Repeat("[", 2000),
		"a deep array that ends":     strings.Repeat("[", 1000) + strings.Repeat("]", 1000),
		"a deep object":              strings.Repeat(`{"a":`, 500) + "1" + strings.Repeat("}", 500),
		"a deep value":               open + `,"x":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + "}",
		"UTF-16":                     inUTF16(good),
		"a form":                     "email=" + canary,
		"XML":                        "<a>" + canary + "</a>",
		"bytes":                      "\x00\x01\x02\xff\xfe",
	}
	all := []bad{}
	for name, text := range texts {
		all = append(all, bad{name, text, http.StatusBadRequest, ""})
	}
	return all
}

func inUTF16(s string) string {
	var b strings.Builder
	for _, unit := range utf16.Encode([]rune(s)) {
		b.WriteByte(byte(unit & 0xff))
		b.WriteByte(byte(unit >> 8))
	}
	return b.String()
}

// invalid are texts that are JSON, with values that the route does not take.
func invalid(t *testing.T, e example) []bad {
	t.Helper()
	good := raw(t, e.body, "", "")
	open := strings.TrimSuffix(good, "}")
	first := e.required[0]
	all := []bad{
		{"null", "null", 422, "body"}, {"an array", "[]", 422, "body"}, {"the object in an array", "[" + good + "]", 422, "body"},
		{"a string", `"` + canary + `"`, 422, "body"}, {"a number", "12", 422, "body"}, {"true", "true", 422, "body"},
		{"a huge number", "1e99999", 422, "body"}, {"an empty object", "{}", 422, "body." + first},
		{"an unknown field", open + `,"nobody_knows":"` + canary + `"}`, 422, "body.nobody_knows"},
		{"an unknown field that is null", open + `,"nobody_knows":null}`, 422, "body.nobody_knows"},
		{"a field that would be dangerous", open + `,"user_id":"` + canary + `"}`, 422, "body.user_id"},
		{"a prototype", open + `,"__proto__":{"` + canary + `":1}}`, 422, "body.__proto__"},
		{"an unknown field with a name to hide", open + `,"` + canary + ` =":1}`, 422, "body.?"},
		{"an unknown field without a name", open + `,"":1}`, 422, "body.?"},
		{"a NUL in a key", open + `,"x\u0000":1}`, 422, "body"},
		{"a field in another case", strings.Replace(good, `"`+first, `"`+strings.ToUpper(first), 1), 422, "body." + first},
	}
	for _, f := range e.required {
		without := changed(e.body, map[string]any{f: nil})
		at := "body." + f
		all = append(all, bad{"without " + f, raw(t, without, "", ""), 422, at})
		for name, value := range map[string]string{
			"null": "null", "a number": "12", "true": "true", "an array": `["` + canary + `"]`, "an object": `{"` + canary + `":1}`,
			"a number without end": strings.Repeat("9", 400), "a number out of range": "-1e999", "an escaped NUL": `"` + canary + `\u0000"`,
		} {
			if _, takes := e.body[f].([]any); takes && name == "an array" {
				all = append(all, bad{"an array of no objects for " + f, raw(t, e.body, f, value), 422, at + "[0]"})
				continue
			}
			all = append(all, bad{name + " for " + f, raw(t, e.body, f, value), 422, at})
		}
		for name, value := range map[string]string{
			"a raw NUL": "\"" + canary + "\x00\"", "invalid UTF-8": "\"" + canary + "\xff\"", "a string without end": `"` + canary,
		} {
			all = append(all, bad{name + " for " + f, raw(t, e.body, f, value), 400, ""})
		}
	}
	return slices.DeleteFunc(all, func(b bad) bool {
		// One string is an id, and a search without a query_blob may have an embedding.
		if b.name == "an array of no objects for ids" || e.operation == "searchVectors" && b.name == "a field in another case" {
			return true
		}
		return liberal(e) && (taken[b.at] || b.name == "an array for messages")
	})
}

// liberal are the routes whose bodies are another protocol's, which asks that fields that nobody knows are passed over.
func liberal(e example) bool { return e.operation == "runAGUI" }

// taken are where they take what the others refuse. An array of what are no messages is refused too, by each of them.
var taken = map[string]bool{"body.nobody_knows": true, "body.user_id": true, "body.__proto__": true, "body.?": true}

func TestNoJSONRouteTakesWhatIsNotItsJSON(t *testing.T) {
	t.Parallel()
	h := open(t)
	user := h.join(t, "pro")
	for _, e := range h.examplesOf(t, user) {
		if e.body == nil {
			continue
		}
		before := h.belongings(t)
		for _, b := range append(malformed(raw(t, e.body, "", "")), invalid(t, e)...) {
			a := user.Send(t, e.method, e.path, b.body)
			if !assert.Equal(t, b.status, a.Status, "%s %s: %s", e.operation, b.name, a.Body) {
				continue
			}
			if b.status == http.StatusBadRequest {
				assert.Equal(t, "malformed_request", a.Code(), "%s %s", e.operation, b.name)
				continue
			}
			assert.Equal(t, "validation_failed", a.Code(), "%s %s", e.operation, b.name)
			assert.Contains(t, locations(t, a), b.at, "%s %s: %s", e.operation, b.name, a.Body)
		}
		assert.Equal(t, before, h.belongings(t), "%s: a refusal changed something", e.operation)
	}
}

func TestEveryJSONRouteHasABoundThatIsExact(t *testing.T) {
	t.Parallel()
	h := open(t)
	user := h.join(t, "pro")
	for _, e := range h.examplesOf(t, user) {
		if e.body == nil {
			continue
		}
		before := h.belongings(t)
		text := `{"nobody_knows":1}`
		atLimit := []byte(text + strings.Repeat(" ", int(e.limit)-len(text)))
		over := append(bytes.Clone(atLimit), ' ')
		for name, send := range map[string]func([]byte) any{
			"declared": func(b []byte) any { return b },
			"chunked":  func(b []byte) any { return struct{ io.Reader }{bytes.NewReader(b)} },
		} {
			a := user.Expect(t, http.StatusUnprocessableEntity, e.method, e.path, send(atLimit))
			assert.Equal(t, !liberal(e), slices.Contains(locations(t, a), "body.nobody_knows"), name)
			a = user.Expect(t, http.StatusRequestEntityTooLarge, e.method, e.path, send(over))
			assert.Equal(t, "payload_too_large", a.Code(), name)
			assert.EqualValues(t, e.limit, object(t, a)["limit_bytes"], name)
		}
		assert.Equal(t, before, h.belongings(t), e.operation)
	}
}

func TestEveryJSONRouteTakesJSONOnly(t *testing.T) {
	t.Parallel()
	h := open(t)
	user := h.join(t, "pro")
	for _, e := range h.examplesOf(t, user) {
		if e.body == nil {
			continue
		}
		good := raw(t, e.body, "", "")
		var zipped bytes.Buffer
		w := gzip.NewWriter(&zipped)
		_, err := w.Write([]byte(good))
		require.NoError(t, err)
		require.NoError(t, w.Close())
		refused := func(name string, body any, headers ...string) row {
			return row{name: e.operation + " " + name, as: user, method: e.method, path: e.path, body: body, headers: headers,
				status: http.StatusUnsupportedMediaType, code: "unsupported_media_type"}
		}
		rows := []row{
			refused("without a type", good, "Content-Type", ""),
			refused("as text", good, "Content-Type", "text/plain"),
			refused("as a form", good, "Content-Type", "application/x-www-form-urlencoded"),
			refused("as multipart", good, "Content-Type", "multipart/form-data; boundary=x"),
			refused("as a problem", good, "Content-Type", problemType),
			refused("in Latin-1", good, "Content-Type", "application/json; charset=iso-8859-1"),
			refused("as several types", good, "Content-Type", "application/json, text/plain"),
			refused("as no type", good, "Content-Type", canary),
			refused("zipped", zipped.Bytes(), "Content-Encoding", "gzip"),
			refused("zipped, it says", good, "Content-Encoding", "gzip"),
			refused("zipped twice", zipped.Bytes(), "Content-Encoding", "identity, gzip"),
			refused("in another encoding", good, "Content-Encoding", canary),
		}
		h.run(t, rows)
	}
}

func TestJSONMayBeWrittenInManyWays(t *testing.T) {
	t.Parallel()
	h := open(t)
	user := h.join(t, "pro")
	body := harness.RecordBody("notes", []byte("x"))
	good := raw(t, body, "", "")
	for name, c := range map[string]struct{ text, contentType string }{
		"as it is":               {good, jsonType},
		"in UTF-8, as it says":   {good, "application/json; charset=UTF-8"},
		"in other letters":       {good, "Application/JSON;charset=utf-8"},
		"with much white space":  {"\r\n\t " + strings.ReplaceAll(good, ",", " ,\n ") + "\n\n", jsonType},
		"with escapes":           {strings.ReplaceAll(good, "notes", `n\u006ftes`), jsonType},
		"with an escaped key":    {strings.ReplaceAll(good, `"table"`, `"\u0074able"`), jsonType},
		"with a null that may":   {strings.TrimSuffix(good, "}") + `,"id":null}`, jsonType},
		"with an encoding of no": {good, jsonType},
	} {
		a := user.Send(t, http.MethodPost, "/storage/records", c.text, "Content-Type", c.contentType, "Content-Encoding", "identity")
		assert.Equal(t, http.StatusCreated, a.Status, "%s: %s", name, a.Body)
	}
}
