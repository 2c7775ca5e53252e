package httpapi_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func nested(depth int) string {
	return `{"message":"x","context":{"a":` + strings.Repeat("[", depth) + strings.Repeat("]", depth) + `}}`
}

// refusals are requests that no use case sees.
var refusals = []struct {
	name, method, path, body string
	headers                  []string
	status                   int
	code                     string
	at                       string // locations of errors, in order
}{
	{"no content type", "POST", "/api/v1/auth/login", `{}`, nil, 415, "unsupported_media_type", ""},
	{"a form", "POST", "/api/v1/auth/login", `email=a`, []string{"Content-Type: application/x-www-form-urlencoded"}, 415, "unsupported_media_type", ""},
	{"XML", "POST", "/api/v1/auth/login", `<a/>`, []string{"Content-Type: application/xml"}, 415, "unsupported_media_type", ""},
	{"another charset", "POST", "/api/v1/auth/login", `{}`, []string{"Content-Type: application/json; charset=latin1"}, 415, "unsupported_media_type", ""},
	{"a content encoding", "POST", "/api/v1/auth/login", `{}`, []string{asJSON, "Content-Encoding: gzip"}, 415, "unsupported_media_type", ""},
	{"a content encoding on no route", "POST", "/nowhere", `{}`, []string{asJSON, "Content-Encoding: br, gzip"}, 415, "unsupported_media_type", ""},
	{"no body", "POST", "/api/v1/auth/login", ``, []string{asJSON}, 400, "malformed_request", ""},
	{"broken JSON", "POST", "/api/v1/auth/login", `{"a"`, []string{asJSON}, 400, "malformed_request", ""},
	{"trailing data", "POST", "/api/v1/auth/login", `{"email":"a","password":"b"} {}`, []string{asJSON}, 400, "malformed_request", ""},
	{"duplicate keys", "POST", "/api/v1/auth/login", `{"email":"a","email":"b","password":"c"}`, []string{asJSON}, 400, "malformed_request", ""},
	{"duplicate keys by escape", "POST", "/api/v1/auth/login", `{"email":"a","\u0065mail":"b","password":"c"}`, []string{asJSON}, 400, "malformed_request", ""},
	{"invalid UTF-8", "POST", "/api/v1/auth/login", "{\"email\":\"\xff\",\"password\":\"b\"}", []string{asJSON}, 400, "malformed_request", ""},
	{"a raw NUL", "POST", "/api/v1/auth/login", "{\"email\":\"\x00\",\"password\":\"b\"}", []string{asJSON}, 400, "malformed_request", ""},
	{"half a surrogate pair", "POST", "/api/v1/auth/login", `{"email":"\ud800","password":"b"}`, []string{asJSON}, 400, "malformed_request", ""},
	{"a byte order mark", "POST", "/api/v1/auth/login", "\xef\xbb\xbf{}", []string{asJSON}, 400, "malformed_request", ""},
	{"too deep", "POST", "/api/v1/chat", nested(40), []string{asJSON, asUser}, 400, "malformed_request", ""},
	{"too many values", "POST", "/api/v1/auth/login", `[` + strings.Repeat("1,", 200) + `1]`, []string{asJSON}, 400, "malformed_request", ""},
	{"an escaped NUL", "POST", "/api/v1/auth/login", `{"email":"a\u0000","password":"b"}`, []string{asJSON}, 422, "validation_failed", "body.email"},
	{"an escaped NUL in a free-form map", "POST", "/api/v1/chat", `{"message":"x","context":{"notes":[{"a":"\u0000"}]}}`, []string{asJSON, asUser}, 422, "validation_failed", "body.context.notes[0].a"},
	{"null", "POST", "/api/v1/auth/login", `null`, []string{asJSON}, 422, "validation_failed", "body"},
	{"an array", "POST", "/api/v1/auth/login", `[]`, []string{asJSON}, 422, "validation_failed", "body"},
	{"missing fields", "POST", "/api/v1/auth/login", `{}`, []string{asJSON}, 422, "validation_failed", "body.email body.password"},
	{"a required null and a wrong type", "POST", "/api/v1/auth/login", `{"email":null,"password":7}`, []string{asJSON}, 422, "validation_failed", "body.email body.password"},
	{"an unknown field", "POST", "/api/v1/auth/register", `{"email":"a","password":"b","tier":"team"}`, []string{asJSON}, 422, "validation_failed", "body.tier"},
	{"a field in another case", "POST", "/api/v1/auth/login", `{"Email":"a","password":"b"}`, []string{asJSON}, 422, "validation_failed", "body.Email body.email"},
	{"an unknown field of chat", "POST", "/api/v1/chat", `{"message":"x","stream":true}`, []string{asJSON, asUser}, 422, "validation_failed", "body.stream"},
	{"a mode that is none", "POST", "/api/v1/chat", `{"message":"x","execution_mode":"later"}`, []string{asJSON, asUser}, 422, "validation_failed", "body.execution_mode"},
	{"a document that is no text", "POST", "/api/v1/chat", `{"message":"x","context":{"relevant_documents":["a",null,3]}}`, []string{asJSON, asUser}, 422, "validation_failed", "body.context.relevant_documents[1] body.context.relevant_documents[2]"},
	{"a task that is no map", "POST", "/api/v1/chat", `{"message":"x","context":{"recent_tasks":[1]}}`, []string{asJSON, asUser}, 422, "validation_failed", "body.context.recent_tasks[0]"},
	{"not base64", "POST", "/api/v1/storage/records", `{"table":"notes","blob":"a$==","checksum":"` + strings.Repeat("a", 64) + `"}`, []string{asJSON, asUser}, 422, "validation_failed", "body.blob"},
	{"base64 without padding", "POST", "/api/v1/storage/records", `{"table":"notes","blob":"aGk","checksum":"` + strings.Repeat("a", 64) + `"}`, []string{asJSON, asUser}, 422, "validation_failed", "body.blob"},
	{"base64 with a line break", "POST", "/api/v1/storage/records", `{"table":"notes","blob":"aGVs\nbG8=","checksum":"` + strings.Repeat("a", 64) + `"}`, []string{asJSON, asUser}, 422, "validation_failed", "body.blob"},
	{"base64 with loose bits", "POST", "/api/v1/storage/records", `{"table":"notes","blob":"aGl=","checksum":"` + strings.Repeat("a", 64) + `"}`, []string{asJSON, asUser}, 422, "validation_failed", "body.blob"},
	{"three things at once", "POST", "/api/v1/storage/records", `{"table":"../etc","blob":7,"checksum":"short"}`, []string{asJSON, asUser}, 422, "validation_failed", "body.blob body.checksum body.table"},
	{"a page of zero", "GET", "/api/v1/storage/records?page=0&limit=201&table=A", ``, []string{asUser}, 422, "validation_failed", "query.limit query.page query.table"},
	{"pages that are no numbers", "GET", "/api/v1/storage/records?page=1e9&limit=99999999999999999999", ``, []string{asUser}, 422, "validation_failed", "query.limit query.page"},
	{"a page twice", "GET", "/api/v1/storage/records?page=1&page=2", ``, []string{asUser}, 422, "validation_failed", "query.page"},
	{"no credentials", "GET", "/api/v1/auth/me", ``, nil, 401, "unauthenticated", ""},
	{"no credentials and a bad body", "POST", "/api/v1/chat", `{`, nil, 401, "unauthenticated", ""},
	{"another scheme", "GET", "/api/v1/auth/me", ``, []string{"Authorization: Basic abc"}, 401, "unauthenticated", ""},
	{"two tokens", "GET", "/api/v1/auth/me", ``, []string{asUser, asUser}, 401, "unauthenticated", ""},
	{"a wrong token", "GET", "/api/v1/auth/me", ``, []string{"Authorization: Bearer nonsense"}, 401, "unauthenticated", ""},
	{"an old token", "GET", "/api/v1/auth/me", ``, []string{"Authorization: Bearer old"}, 401, "token_expired", ""},
	{"no such path", "GET", "/api/v1/nowhere", ``, nil, 404, "not_found", ""},
	{"a path in another case", "GET", "/api/v1/Health", ``, nil, 404, "not_found", ""},
	{"an id that cannot be", "GET", "/api/v1/storage/records/1", ``, []string{asUser}, 404, "not_found", ""},
	{"a session that cannot be", "DELETE", "/api/v1/auth/sessions/%00", ``, []string{asUser}, 404, "not_found", ""},
	{"a climbing path", "GET", "/api/v1/storage/records/..%2f..%2fetc", ``, []string{asUser}, 404, "not_found", ""},
	{"the wrong method", "PATCH", "/api/v1/storage/records", ``, []string{asUser}, 405, "method_not_allowed", ""},
	{"an unknown method", "BREW", "/api/v1/storage/records", ``, []string{asUser}, 405, "method_not_allowed", ""},
	{"an unknown method nowhere", "BREW", "/nowhere", ``, nil, 404, "not_found", ""},
	{"headers that are too large", "GET", "/api/v1/health", ``, []string{"X-Junk: " + strings.Repeat("a", 20_000)}, 431, "header_too_large", ""},
	{"a declared length over the bound", "POST", "/api/v1/auth/login", `{"email":"` + strings.Repeat("a", 5000) + `"}`, []string{asJSON}, 413, "payload_too_large", ""},
}

func TestWhatIsRefusedIsAProblemThatSaysWhyAndRepeatsNothing(t *testing.T) {
	t.Parallel()
	s := serve(t, useCases())
	for _, row := range refusals {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			resp, body := s.send(t, row.method, row.path, row.body, row.headers...)
			p := problem(t, resp, body)
			assert.Equal(t, row.status, p.Status, body)
			assert.Equal(t, row.code, p.Code)
			var at []string
			for _, e := range p.Errors {
				at = append(at, e.Location)
				assert.NotEmpty(t, e.Message)
			}
			assert.Equal(t, row.at, strings.Join(at, " "), body)
			assert.Equal(t, "nosniff", resp.Header.Get("X-Content-Type-Options"))
			assert.Equal(t, "no-store", resp.Header.Get("Cache-Control"))
			assert.Equal(t, row.status == http.StatusUnauthorized, resp.Header.Get("WWW-Authenticate") != "")
			if row.status == http.StatusMethodNotAllowed {
				assert.Equal(t, "GET, HEAD, POST", resp.Header.Get("Allow"))
			}
			if p.Code == "payload_too_large" {
				assert.Equal(t, int64(4096), *p.LimitBytes)
			}
		})
	}
}
