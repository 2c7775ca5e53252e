package contract

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/adiuva/cloud/adapters/memory"
	"github.com/adiuva/cloud/ports"
)

// answerPlainly is a model that calls no tool and tells which model it was asked to be.
func answerPlainly(_ context.Context, r ports.LLMRequest) (memory.Turn, error) {
	return memory.Turn{Text: "Hello.", Model: r.Model}, nil
}

func TestARequestKeepsTheIDThatItsClientGaveItIfItIsASaneOne(t *testing.T) {
	t.Parallel()
	h := open(t)
	own := `^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`
	for _, path := range []string{"/health", "/auth/me", "/nowhere"} {
		for _, id := range []string{"a", "req_1-X", strings.Repeat("x", 64), "018f4e6a-7c1d-7b2e-9a55-0c9d3e1f2a4b"} {
			assert.Equal(t, id, h.guest().Send(t, http.MethodGet, path, nil, "X-Request-Id", id).Header.Get("X-Request-Id"))
		}
		for _, id := range []string{"", strings.Repeat("x", 65), "a b", "a;b", "<script>" + canary, "ü", `"a"`, "a,b", "%0d%0a"} {
			a := h.guest().Send(t, http.MethodGet, path, nil, "X-Request-Id", id)
			assert.Regexp(t, own, a.Header.Get("X-Request-Id"), id)
		}
	}
	one := h.guest().Send(t, http.MethodGet, "/health", nil).Header.Get("X-Request-Id")
	another := h.guest().Send(t, http.MethodGet, "/health", nil).Header.Get("X-Request-Id")
	assert.NotEqual(t, one, another)
}

func TestWhatIsNoRouteIsSaidSo(t *testing.T) {
	t.Parallel()
	h := open(t)
	user := h.join(t, "pro")
	rows := []row{}
	for _, path := range []string{"/", "/nowhere", "/auth", "/auth/me/", "/AUTH/ME", "/auth//me", "/auth/../auth/me", "/storage/records/", "/storage/records/a/b", "/storage",
		"/auth/sessions/", "/openapi.yaml", "/health/", "/metrics", "/debug/pprof/", "/%61uth/" + canary, "/.env", "/auth/me%00", "/auth/me;x=1"} {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodDelete} {
			rows = append(rows, row{name: method + path, as: user, method: method, path: path, status: 404, code: "not_found"})
		}
	}
	for path, allow := range map[string]string{
		"/auth/register": "POST", "/auth/me": "DELETE, GET, HEAD", "/storage/records": "GET, HEAD, POST", "/storage/records/1": "DELETE, GET, HEAD, PUT",
		"/auth/sessions/1": "DELETE", "/chat": "POST", "/health": "GET, HEAD", "/auth/password": "PUT",
	} {
		for _, method := range []string{http.MethodPatch, http.MethodTrace, "BREW", "get"} {
			rows = append(rows, row{name: method + path, as: user, method: method, path: path, status: 405, code: "method_not_allowed", header: map[string]string{"Allow": allow}})
		}
	}
	h.run(t, rows)
}

func TestHeaderFieldsThatAreTooLargeAreRefused(t *testing.T) {
	t.Parallel()
	h := open(t)
	user := h.join(t, "pro")
	a := user.Expect(t, http.StatusRequestHeaderFieldsTooLarge, http.MethodGet, "/auth/me", nil, "X-Padding", canary+strings.Repeat("x", 17<<10))
	assert.Equal(t, "header_too_large", a.Code())
	user.Expect(t, http.StatusOK, http.MethodGet, "/auth/me", nil, "X-Padding", strings.Repeat("x", 8<<10))
}

func TestARouteWithoutABodyDoesNotReadOne(t *testing.T) {
	t.Parallel()
	h := open(t)
	user := h.join(t, "pro")
	for _, e := range h.examplesOf(t, user) {
		if e.sent() != nil || e.operation == "logout" {
			continue
		}
		large := user.Send(t, e.method, e.path, strings.Repeat("x", 17<<10))
		assert.Equal(t, "payload_too_large", large.Code(), "%s: %d %s", e.operation, large.Status, large.Body)
		zipped := user.Send(t, e.method, e.path, "x", "Content-Encoding", "gzip")
		assert.Equal(t, "unsupported_media_type", zipped.Code(), "%s: %d %s", e.operation, zipped.Status, zipped.Body)
		small := user.Send(t, e.method, e.path, `{"`+canary)
		assert.True(t, small.Status < http.StatusBadRequest || small.Status == http.StatusUpgradeRequired, "%s: %s", e.operation, small.Body)
	}
}

func TestBrowsersOfTheAppMayReadAnswersAndOthersMayNot(t *testing.T) {
	t.Parallel()
	h := open(t)
	for origin, allowed := range map[string]bool{
		"app://adiuva": true, "http://localhost:5173": true, "https://evil.example": false, "http://localhost.evil.example": false,
		"http://localhost:80@evil.example": false, "null": false, "https://localhost:5173": false,
	} {
		for _, c := range []struct {
			method, path string
			headers      []string
			status       int
		}{
			{http.MethodGet, "/health", nil, 200}, {http.MethodGet, "/auth/me", nil, 401},
			{http.MethodOptions, "/storage/records", []string{"Access-Control-Request-Method", "PUT", "Access-Control-Request-Headers", "authorization"}, 204},
		} {
			a := h.guest().Expect(t, c.status, c.method, c.path, nil, append(c.headers, "Origin", origin)...)
			want := ""
			if allowed {
				want = origin
			}
			assert.Equal(t, want, a.Header.Get("Access-Control-Allow-Origin"), "%s from %s", c.path, origin)
			assert.Contains(t, a.Header.Get("Vary"), "Origin", "%s from %s", c.path, origin)
		}
	}
}

func TestHealthTellsWhatItIsAsked(t *testing.T) {
	t.Parallel()
	h := open(t)
	assert.Equal(t, "ok", object(t, h.guest().Expect(t, http.StatusOK, http.MethodGet, "/health", nil))["status"])
	ready := h.guest().Expect(t, http.StatusOK, http.MethodGet, "/health/ready", nil)
	assert.Equal(t, "ready", object(t, ready)["status"])
	var r struct {
		Dependencies []struct{ Name, State string }
	}
	ready.Decode(t, &r)
	names := []string{}
	for _, d := range r.Dependencies {
		names = append(names, d.Name)
		assert.Equal(t, "up", d.State)
	}
	assert.Len(t, names, 2)
	assert.NotContains(t, strings.Join(names, " "), "/")
}
