// Package contract speaks to the whole product as its clients do and holds every answer to the public contract: status,
// code, fields, headers, and what was left behind. Every answer is also held to the OpenAPI document.
//
// A row is one request, by who makes it; house.run makes them. Start at house_test.go; openapi_test.go guards the document.
package contract

import (
	"encoding/json"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/test/harness"
)

const (
	basePath    = "/api/v1"
	jsonType    = "application/json"
	problemType = "application/problem+json"
)

// document is the OpenAPI document as far as the tests read it.
type document struct {
	OpenAPI    string                          `json:"openapi"`
	Info       map[string]any                  `json:"info"`
	Paths      map[string]map[string]operation `json:"paths"`
	Components struct {
		Schemas         map[string]json.RawMessage `json:"schemas"`
		SecuritySchemes map[string]any             `json:"securitySchemes"`
	} `json:"components"`
}

type operation struct {
	ID          string                `json:"operationId"`
	Summary     string                `json:"summary"`
	Security    []map[string][]string `json:"security"`
	Responses   map[string]response   `json:"responses"`
	RequestBody *struct {
		Required bool             `json:"required"`
		Content  map[string]media `json:"content"`
	} `json:"requestBody"`
	Parameters []struct {
		Name     string          `json:"name"`
		In       string          `json:"in"`
		Required bool            `json:"required"`
		Schema   json.RawMessage `json:"schema"`
	} `json:"parameters"`
}

type response struct {
	Description string           `json:"description"`
	Content     map[string]media `json:"content"`
	Headers     map[string]any   `json:"headers"`
}

type media struct {
	Schema json.RawMessage `json:"schema"`
}

func parseDocument(t testing.TB, text []byte) document {
	t.Helper()
	var d document
	require.NoError(t, json.Unmarshal(text, &d))
	return d
}

// find is the operation that serves a path, which may carry a query.
func (d document) find(method, path string) (operation, bool) {
	path, _, _ = strings.Cut(path, "?")
	if method == http.MethodHead {
		method = http.MethodGet
	}
	if method != strings.ToUpper(method) { // methods have a case
		return operation{}, false
	}
	if op, ok := d.Paths[basePath+path][strings.ToLower(method)]; ok { // a word beats a parameter
		return op, true
	}
	want := strings.Split(basePath+path, "/")
	for template, methods := range d.Paths {
		same := func(t, p string) bool { return t == p || strings.HasPrefix(t, "{") && p != "" }
		if op, ok := methods[strings.ToLower(method)]; ok && slices.EqualFunc(strings.Split(template, "/"), want, same) {
			return op, true
		}
	}
	return operation{}, false
}

// conformance holds answers to the document.
type conformance struct {
	doc     document
	mu      sync.Mutex
	schemas map[string]*jsonschema.Resolved // by their text; guarded by mu
}

// schema makes a schema of the document into one that can judge. What an object does not name it must not have: answers
// may grow fields, and the document has to grow with them.
func (c *conformance) schema(t testing.TB, text json.RawMessage) *jsonschema.Resolved {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if known := c.schemas[string(text)]; known != nil {
		return known
	}
	read := func(text json.RawMessage) *jsonschema.Schema {
		var s jsonschema.Schema
		require.NoError(t, json.Unmarshal([]byte(strings.ReplaceAll(string(text), "#/components/schemas/", "#/$defs/")), &s), "%s", text)
		return &s
	}
	root := read(text)
	root.Defs = map[string]*jsonschema.Schema{}
	for name, text := range c.doc.Components.Schemas {
		s := read(text)
		if s.Properties != nil && s.AdditionalProperties == nil {
			s.AdditionalProperties = &jsonschema.Schema{Not: &jsonschema.Schema{}}
		}
		root.Defs[name] = s
	}
	resolved, err := root.Resolve(nil)
	require.NoError(t, err, "%s", text)
	c.schemas[string(text)] = resolved
	return resolved
}

// check holds one answer to the conventions, and to the document if a route gave it.
func (c *conformance) check(t testing.TB, method, path string, a harness.Answer) {
	t.Helper()
	about := method + " " + path + " -> " + strconv.Itoa(a.Status)
	conventional(t, about, a)
	op, ok := c.doc.find(method, path)
	if !ok { // no route of the API: whatever it is, it is no success of one
		return
	}
	res, documented := op.Responses[strconv.Itoa(a.Status)]
	if a.Status == http.StatusRequestHeaderFieldsTooLarge { // of the connection, before there is a route
		return
	}
	if !assert.True(t, documented, "%s is not in the document of %s", about, op.ID) {
		return
	}
	for name := range res.Headers {
		assert.NotEmpty(t, a.Header.Get(name), "%s: header %s", about, name)
	}
	if method == http.MethodHead || len(res.Content) == 0 {
		assert.Empty(t, a.Body, about)
		return
	}
	mediaType, _, err := mime.ParseMediaType(a.Header.Get("Content-Type"))
	require.NoError(t, err, about)
	content, documented := res.Content[mediaType]
	if !assert.True(t, documented, "%s: Content-Type %s, the document has %v", about, mediaType, slices.Collect(maps.Keys(res.Content))) ||
		!strings.HasSuffix(mediaType, "json") {
		return
	}
	var value any
	require.NoError(t, json.Unmarshal(a.Body, &value), "%s: %s", about, a.Body)
	assert.NoError(t, c.schema(t, content.Schema).Validate(value), "%s: %s", about, a.Body)
}

// codes is the table of the public contract, as far as the product answers these by now.
var codes = map[string]int{
	"checksum_mismatch": 400, "malformed_request": 400, "unauthenticated": 401, "token_expired": 401, "invalid_credentials": 401,
	"refresh_token_reused": 401, "tier_required": 403, "not_found": 404, "method_not_allowed": 405, "request_timeout": 408, "email_taken": 409,
	"id_exists": 409, "conflict": 409, "cursor_expired": 410, "precondition_failed": 412, "payload_too_large": 413, "quota_exceeded": 413, "range_not_satisfiable": 416,
	"unsupported_media_type": 415, "validation_failed": 422, "upgrade_required": 426, "rate_limited": 429, "header_too_large": 431,
	"upstream_failed": 502, "unavailable": 503, "not_configured": 503, "upstream_timeout": 504,
}

// canary stands in values that are refused. No answer and no line of the log may repeat it.
const canary = "canary4f1e"

// conventional is what holds for every answer.
func conventional(t testing.TB, about string, a harness.Answer) {
	t.Helper()
	assert.NotEmpty(t, a.Header.Get("X-Request-Id"), about)
	assert.Equal(t, "nosniff", a.Header.Get("X-Content-Type-Options"), about)
	assert.NotEmpty(t, a.Header.Get("Cache-Control"), about)
	if a.Status < http.StatusBadRequest {
		return
	}
	if !strings.Contains(about, "/health/ready") {
		assert.Equal(t, problemType, a.Header.Get("Content-Type"), about)
	}
	assert.NotContains(t, string(a.Body), canary, "%s repeats what was refused", about)
	assert.Equal(t, "no-store", a.Header.Get("Cache-Control"), about)
	if strings.HasPrefix(about, http.MethodHead) || a.Header.Get("Content-Type") != problemType {
		return
	}
	var p struct {
		Type, Title, Detail, Instance, Code string
		Status                              int
		Errors                              []struct{ Location, Message string }
		RetryAfter                          int64  `json:"retry_after"`
		RequiredTier                        string `json:"required_tier"`
		ETag                                string `json:"etag"`
		LimitBytes                          *int64 `json:"limit_bytes"`
		UsedBytes                           *int64 `json:"used_bytes"`
	}
	a.Decode(t, &p)
	assert.Equal(t, a.Status, p.Status, about)
	assert.Equal(t, codes[p.Code], a.Status, "%s: code %q", about, p.Code)
	assert.Equal(t, "urn:adiuva:problem:"+p.Code, p.Type, about)
	assert.Equal(t, a.Header.Get("X-Request-Id"), p.Instance, about)
	assert.NotEmpty(t, p.Title, about)
	assert.Regexp(t, `^[A-Z].*[.]$`, p.Detail, "%s: a sentence for people", about)
	assert.Equal(t, p.Code == "validation_failed", len(p.Errors) > 0, about)
	assert.Equal(t, p.Code == "tier_required", p.RequiredTier != "", about)
	assert.Equal(t, p.Code == "precondition_failed", p.ETag != "", about)
	assert.Equal(t, p.Code == "precondition_failed", a.Header.Get("ETag") != "", about)
	assert.Equal(t, a.Status == http.StatusRequestEntityTooLarge, p.LimitBytes != nil, about)
	assert.Equal(t, p.Code == "quota_exceeded", p.UsedBytes != nil, about)
	if p.Code == "rate_limited" || p.Code == "unavailable" {
		assert.Equal(t, strconv.FormatInt(p.RetryAfter, 10), a.Header.Get("Retry-After"), about)
		assert.Positive(t, p.RetryAfter, about)
	}
	assert.Equal(t, a.Status == http.StatusUnauthorized, strings.HasPrefix(a.Header.Get("WWW-Authenticate"), "Bearer"), about)
	assert.Equal(t, a.Status == http.StatusMethodNotAllowed, a.Header.Get("Allow") != "", about)
	for _, e := range p.Errors {
		assert.Regexp(t, `^(body|query|header)([.\[].*)?$`, e.Location, about)
		assert.NotEmpty(t, e.Message, about)
	}
}
