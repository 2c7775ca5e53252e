package contract

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/memory"
	"github.com/adiuva/cloud/cmd/assembly"
	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/ports"
	"github.com/adiuva/cloud/test/harness"
)

// house is a running server with a clock that the test moves, and the users whose belongings a refusal must not touch.
type house struct {
	*harness.Server
	clock    *memory.Clock
	conforms *conformance
	users    []*harness.Client
}

// open runs a server that keeps everything in memory. At its end the log must not hold what it never may.
func open(t *testing.T) *house {
	t.Helper()
	return openWith(t, harness.InMemory(), nil)
}

// openWith is open with other settings, and a model in place of the offline one if llm is not nil.
func openWith(t *testing.T, settings map[string]string, llm ports.LLM) *house {
	t.Helper()
	clock := memory.NewClock(time.Now())
	h := &house{clock: clock, Server: harness.Serve(t, settings, assembly.Overrides{Clock: clock, LLM: llm})}
	h.conforms = &conformance{doc: parseDocument(t, h.System.API.OpenAPI()), schemas: map[string]*jsonschema.Resolved{}}
	t.Cleanup(func() {
		log := h.Log.String()
		for _, secret := range []string{canary, "@example.com", harness.Password, "Bearer", "eyJ"} {
			assert.NotContains(t, log, secret, "in the log")
		}
	})
	return h
}

// guest is nobody.
func (h *house) guest() *harness.Client {
	c := harness.NewClient(h.URL)
	c.Seen = h.conforms.check
	return c
}

// with speaks with another access token.
func (h *house) with(access string) *harness.Client {
	c := h.guest()
	c.Access = access
	return c
}

// address is one that nobody has.
func address() string { return "user-" + strings.ToLower(rand.Text()) + "@example.com" }

func credentials(email, password string) map[string]string {
	return map[string]string{"email": email, "password": password}
}

// join is a new user of this tier.
func (h *house) join(t *testing.T, tier string) *harness.Client {
	t.Helper()
	c := h.guest()
	c.Email = address()
	c.Keep(t, c.Expect(t, http.StatusCreated, http.MethodPost, "/auth/register", credentials(c.Email, harness.Password)))
	if tier != "free" {
		h.SetTier(t, c.Email, tier)
	}
	h.users = append(h.users, c)
	return c
}

// login is another session of a user.
func (h *house) login(t *testing.T, user *harness.Client) *harness.Client {
	t.Helper()
	c := h.guest()
	c.Email = user.Email
	c.Keep(t, c.Expect(t, http.StatusOK, http.MethodPost, "/auth/login", credentials(user.Email, harness.Password)))
	return c
}

// row is one request and what has to come of it.
type row struct {
	name         string
	as           *harness.Client
	method, path string
	body         any
	headers      []string
	status       int
	code         string            // of the problem
	at           []string          // the locations of what is not allowed
	fields       map[string]any    // of the answer's JSON, among others
	header       map[string]string // of the answer, among others
	then         func(t *testing.T, a harness.Answer)
}

// run makes the requests one after another. What is refused must leave everybody's belongings as they were.
func (h *house) run(t *testing.T, rows []row) {
	t.Helper()
	for _, r := range rows {
		before := h.belongings(t)
		a := r.as.Send(t, r.method, r.path, r.body, r.headers...)
		if !assert.Equal(t, r.status, a.Status, "%s: %s", r.name, a.Body) {
			continue
		}
		assert.Equal(t, r.code, a.Code(), "%s: %s", r.name, a.Body)
		if r.at != nil {
			assert.Equal(t, r.at, locations(t, a), "%s: %s", r.name, a.Body)
		}
		if r.fields != nil {
			assert.Subset(t, object(t, a), r.fields, r.name)
		}
		for name, value := range r.header {
			assert.Equal(t, value, a.Header.Get(name), "%s: %s", r.name, name)
		}
		if r.status >= http.StatusBadRequest {
			assert.Equal(t, before, h.belongings(t), "%s: a refusal changed something", r.name)
		}
		if r.then != nil {
			r.then(t, a)
		}
	}
}

// belongings is all that the server holds for the users, with the bytes of each record.
func (h *house) belongings(t *testing.T) map[string]any {
	t.Helper()
	all := map[string]any{}
	for _, user := range h.users {
		all[user.Email] = belongings(t, user)
	}
	return all
}

func belongings(t *testing.T, user *harness.Client) map[string]any {
	t.Helper()
	a := user.Expect(t, http.StatusOK, http.MethodGet, "/auth/me/export", nil)
	var export struct {
		Usage struct {
			RecordBytes int64 `json:"record_bytes"`
		}
		Records []meta
		Vectors []struct {
			SizeBytes int64 `json:"size_bytes"`
		}
	}
	a.Decode(t, &export)
	all, sum := object(t, a), int64(0)
	for _, m := range export.Records {
		blob := user.Expect(t, http.StatusOK, http.MethodGet, "/storage/records/"+m.ID, nil)
		assert.Equal(t, m.Checksum, checksum.Of(blob.Body).String(), "the bytes of a record are not those of its row")
		assert.Equal(t, m.Checksum, blob.Header.Get("X-Checksum"))
		assert.Equal(t, m.ETag, blob.Header.Get("ETag"))
		assert.Len(t, blob.Body, int(m.SizeBytes))
		sum += m.SizeBytes
	}
	for _, v := range export.Vectors {
		sum += v.SizeBytes
	}
	assert.Equal(t, sum, export.Usage.RecordBytes, "the usage is not the sum of what is kept")
	delete(all, "llm_usage") // what was asked of models counts, whatever came of it
	return all
}

// meta is RecordMeta of the contract.
type meta struct {
	ID        string `json:"id"`
	Table     string `json:"table"`
	Checksum  string `json:"checksum"`
	SizeBytes int64  `json:"size_bytes"`
	ETag      string `json:"etag"`
	CreatedAt int64  `json:"created_at"`
	UpdatedAt int64  `json:"updated_at"`
}

// object is the JSON of an answer.
func object(t *testing.T, a harness.Answer) map[string]any {
	t.Helper()
	var m map[string]any
	a.Decode(t, &m)
	return m
}

// text is one field of an answer that is a string.
func text(t *testing.T, a harness.Answer, field string) string {
	t.Helper()
	s, ok := object(t, a)[field].(string)
	require.True(t, ok, "%s: %s", field, a.Body)
	return s
}

func locations(t *testing.T, a harness.Answer) []string {
	t.Helper()
	var p struct{ Errors []struct{ Location string } }
	a.Decode(t, &p)
	all := []string{}
	for _, e := range p.Errors {
		all = append(all, e.Location)
	}
	return all
}

// store keeps a record of these bytes and answers its id.
func store(t *testing.T, user *harness.Client, table, blob string) string {
	t.Helper()
	a := user.Expect(t, http.StatusCreated, http.MethodPost, "/storage/records", harness.RecordBody(table, []byte(blob)))
	return text(t, a, "id")
}

// changed is a body with some fields replaced; nil takes one away.
func changed(body map[string]any, fields map[string]any) map[string]any {
	out := map[string]any{}
	for _, m := range []map[string]any{body, fields} {
		for k, v := range m {
			if out[k] = v; v == nil {
				delete(out, k)
			}
		}
	}
	return out
}

// sameButForTheRequest asserts that two problems differ in nothing but the id of their request.
func sameButForTheRequest(t *testing.T, a, b harness.Answer) {
	t.Helper()
	assert.Equal(t, a.Status, b.Status)
	strip := func(a harness.Answer) (string, http.Header) {
		header := a.Header.Clone()
		body := strings.ReplaceAll(string(a.Body), header.Get("X-Request-Id"), "")
		header.Del("X-Request-Id")
		header.Del("Date")
		return body, header
	}
	bodyA, headerA := strip(a)
	bodyB, headerB := strip(b)
	assert.Equal(t, bodyA, bodyB)
	assert.Equal(t, headerA, headerB)
	assert.True(t, json.Valid(a.Body))
}
