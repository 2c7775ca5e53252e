package contract

import (
	"encoding/json"
	"flag"
	"iter"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/cmd/assembly"
	"github.com/adiuva/cloud/test/harness"
)

var update = flag.Bool("update", false, "write testdata/openapi.json again")

// serveDocument is the document as it is served, read and as text for people to compare: indented, without a version.
func serveDocument(t *testing.T) (document, string) {
	t.Helper()
	server := harness.Serve(t, harness.InMemory(), assembly.Overrides{})
	a := harness.NewClient(server.URL).Expect(t, http.StatusOK, http.MethodGet, "/openapi.json", nil)
	assert.Equal(t, "application/json", a.Header.Get("Content-Type"))
	var whole map[string]any
	a.Decode(t, &whole)
	info, ok := whole["info"].(map[string]any)
	require.True(t, ok)
	assert.NotEmpty(t, info["version"])
	info["version"] = "normalised"
	pretty, err := json.MarshalIndent(whole, "", "  ")
	require.NoError(t, err)
	return parseDocument(t, a.Body), string(pretty) + "\n"
}

func TestTheDocumentIsTheOneThatWasReviewed(t *testing.T) {
	t.Parallel()
	_, served := serveDocument(t)
	golden := filepath.Join("testdata", "openapi.json")
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(served), 0o600))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	wantLine, servedLine, differ := firstDifference(string(want), served)
	assert.False(t, differ, "the API has changed; run make generate and look at all of it. The first change:\n- %s\n+ %s", wantLine, servedLine)
}

// firstDifference is where two texts part: thousands of lines help nobody.
func firstDifference(a, b string) (lineA, lineB string, differ bool) {
	nextB, stop := iter.Pull(strings.SplitSeq(b, "\n"))
	defer stop()
	n := 0
	for lineA := range strings.SplitSeq(a, "\n") {
		n++
		lineB, ok := nextB()
		if !ok || lineA != lineB {
			return strconv.Itoa(n) + ": " + lineA, lineB, true
		}
	}
	lineB, differ = nextB()
	return "", lineB, differ
}

// routes is every route that the product has, and whether it takes a token.
var routes = map[string]bool{
	"POST /auth/register": false, "POST /auth/login": false, "POST /auth/refresh": false, "GET /auth/me": true, "DELETE /auth/me": true,
	"POST /auth/logout": true, "GET /auth/sessions": true, "DELETE /auth/sessions/{id}": true, "PUT /auth/password": true,
	"GET /auth/me/export": true, "POST /auth/ws-ticket": true, "POST /chat": true, "POST /chat/agui": true, "GET /agents": true,
	"GET /plans/playbook": true, "GET /plans/playbook/{plan_id}": true, "POST /plans/steps/run": true,
	"POST /storage/records": true, "GET /storage/records": true, "GET /storage/records/{id}": true, "PUT /storage/records/{id}": true,
	"DELETE /storage/records/{id}": true, "GET /storage/changes": true, "POST /storage/records/batch": true, "GET /storage/usage": true,
	"PUT /backup": true, "GET /backup": true, "GET /backup/history": true, "GET /backup/{id}": true, "DELETE /backup/{id}": true,
	"GET /health": false, "GET /health/ready": false,
}

func TestTheDocumentHasEveryRouteWithItsCredentials(t *testing.T) {
	t.Parallel()
	doc, _ := serveDocument(t)
	for route, protected := range routes {
		method, path, _ := strings.Cut(route, " ")
		op, ok := doc.Paths[basePath+path][strings.ToLower(method)]
		if !assert.True(t, ok, route) {
			continue
		}
		if protected {
			assert.Equal(t, []map[string][]string{{"bearer": {}}}, op.Security, route)
			assert.Contains(t, op.Responses, "401", route)
		} else {
			assert.Empty(t, op.Security, route)
		}
	}
}

var pathParameter = regexp.MustCompile(`\{([^}]+)\}`)

func TestTheDocumentIsWellFormed(t *testing.T) {
	t.Parallel()
	doc, whole := serveDocument(t)
	assert.Regexp(t, `^3\.1\.\d+$`, doc.OpenAPI)
	assert.NotEmpty(t, doc.Info["title"])
	ids := map[string]string{}
	for path, methods := range doc.Paths {
		assert.True(t, strings.HasPrefix(path, basePath+"/"), path)
		for method, op := range methods {
			about := method + " " + path
			assert.True(t, slices.Contains([]string{"get", "post", "put", "patch", "delete"}, method), about)
			assert.NotEmpty(t, op.ID, about)
			assert.Empty(t, ids[op.ID], "%s has the id of %s", about, ids[op.ID])
			ids[op.ID] = about
			assert.NotEmpty(t, op.Summary, about)
			wellFormed(t, doc, about, path, op)
		}
	}
	resolves(t, whole)
}

// TestTheDocumentDescribesTheFramesOfBothProtocols looks at what OpenAPI has no words for; that each reference leads
// somewhere is seen above.
func TestTheDocumentDescribesTheFramesOfBothProtocols(t *testing.T) {
	t.Parallel()
	_, whole := serveDocument(t)
	var doc struct {
		Paths map[string]map[string]struct {
			Frames map[string]map[string][]struct {
				Ref string `json:"$ref"`
			} `json:"x-websocket-frames"`
		}
	}
	require.NoError(t, json.Unmarshal([]byte(whole), &doc))
	have := map[string][]string{}
	for protocol, sides := range doc.Paths[basePath+"/chat/stream"]["get"].Frames {
		for side, frames := range sides {
			for _, f := range frames {
				have[protocol+" "+side] = append(have[protocol+" "+side], f.Ref[strings.LastIndex(f.Ref, "/")+1:])
			}
		}
	}
	assert.Equal(t, map[string][]string{
		"original client": {"ChatRequest"}, "original server": {"StreamEnd", "StreamFailure", ""},
		"adiuva.v1 client": {"ChatFrame", "CancelFrame", "ToolResultFrame"},
		"adiuva.v1 server": {"RunStarted", "StepFrame", "TokenFrame", "ToolRequestFrame", "ActionFrame", "UsageFrame", "DoneFrame", "ErrorFrame"},
	}, have)
}

func wellFormed(t *testing.T, doc document, about, path string, op operation) {
	t.Helper()
	for _, scheme := range op.Security {
		for name := range scheme {
			assert.Contains(t, doc.Components.SecuritySchemes, name, about)
		}
	}
	declared := []string{}
	for _, p := range op.Parameters {
		assert.True(t, slices.Contains([]string{"path", "query", "header"}, p.In), "%s: %s", about, p.Name)
		assert.NotEmpty(t, p.Schema, "%s: %s", about, p.Name)
		if p.In == "path" {
			assert.True(t, p.Required, "%s: %s", about, p.Name)
			declared = append(declared, p.Name)
		}
	}
	inPath := []string{}
	for _, m := range pathParameter.FindAllStringSubmatch(path, -1) {
		inPath = append(inPath, m[1])
	}
	assert.ElementsMatch(t, inPath, declared, about)
	if op.RequestBody != nil {
		assert.True(t, op.RequestBody.Required, about)
		takes := jsonType
		if op.ID == "storeBackup" {
			takes = "application/octet-stream"
		}
		assert.Contains(t, op.RequestBody.Content, takes, about)
		for _, status := range []string{"400", "413", "415", "422"} {
			assert.Contains(t, op.Responses, status, "%s takes a body", about)
		}
	}
	succeeds := false
	for key, res := range op.Responses {
		status, err := strconv.Atoi(key)
		require.NoError(t, err, about)
		assert.NotEmpty(t, res.Description, "%s %s", about, key)
		succeeds = succeeds || status < http.StatusMultipleChoices
		for mediaType, content := range res.Content {
			assert.NotEmpty(t, content.Schema, "%s %s", about, key)
			unready := op.ID == "getReadiness" && status == http.StatusServiceUnavailable // says which dependency is down
			if status >= http.StatusBadRequest && !unready {
				assert.Equal(t, problemType, mediaType, "%s %s", about, key)
			}
		}
		if status >= http.StatusBadRequest {
			assert.NotEmpty(t, res.Content, "%s %s", about, key)
		}
	}
	assert.True(t, succeeds, "%s never succeeds", about)
}

// resolves asserts that every $ref leads somewhere.
func resolves(t *testing.T, whole string) {
	t.Helper()
	var root any
	require.NoError(t, json.Unmarshal([]byte(whole), &root))
	refs := 0
	var walk func(node any)
	walk = func(node any) {
		switch node := node.(type) {
		case []any:
			for _, item := range node {
				walk(item)
			}
		case map[string]any:
			for key, value := range node {
				if ref, ok := value.(string); ok && key == "$ref" {
					refs++
					assert.NotNil(t, at(root, ref), ref)
				}
				walk(value)
			}
		}
	}
	walk(root)
	assert.NotZero(t, refs)
}

// at is what a reference within the document leads to, nil if nowhere.
func at(root any, ref string) any {
	path, ok := strings.CutPrefix(ref, "#/")
	if !ok {
		return nil
	}
	for step := range strings.SplitSeq(path, "/") {
		m, isObject := root.(map[string]any)
		if !isObject {
			return nil
		}
		root = m[step]
	}
	return root
}

func TestAClientThatHasTheDocumentIsNotSentItAgain(t *testing.T) {
	t.Parallel()
	h := open(t)
	first := h.guest().Expect(t, http.StatusOK, http.MethodGet, "/openapi.json", nil)
	tag := first.Header.Get("ETag")
	require.NotEmpty(t, tag)
	again := h.guest().Expect(t, http.StatusNotModified, http.MethodGet, "/openapi.json", nil, "If-None-Match", tag)
	assert.Empty(t, again.Body)
}
