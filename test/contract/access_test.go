package contract

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/test/harness"
)

// example is one good request of a route.
type example struct {
	operation    string
	method, path string
	body         map[string]any
	required     []string // fields of the body that have to be there: strings, or arrays of objects
	limit        int64    // of the body, in bytes
}

// The bounds of bodies, by what they carry.
const (
	authLimit   = 4 << 10
	chatLimit   = 2 << 20
	recordLimit = 14 << 20
	batchLimit  = 32 << 20
)

// examples is one good request for every route, in an order in which a pro user can make them all: the record and the
// second session are theirs, and are there until the routes that end them.
func examples(user *harness.Client, recordID, sessionID, backupID string) []example {
	password := map[string]any{"password": harness.Password}
	account := map[string]any{"email": address(), "password": harness.Password}
	own := map[string]any{"email": user.Email, "password": harness.Password}
	secrets := []string{"email", "password"}
	record := "/storage/records/" + recordID
	all := []example{
		{"getHealth", http.MethodGet, "/health", nil, nil, 0},
		{"getReadiness", http.MethodGet, "/health/ready", nil, nil, 0},
		{"getOpenAPI", http.MethodGet, "/openapi.json", nil, nil, 0},
		{"register", http.MethodPost, "/auth/register", account, secrets, authLimit},
		{"login", http.MethodPost, "/auth/login", own, secrets, authLimit},
		{"refresh", http.MethodPost, "/auth/refresh", map[string]any{"refresh_token": user.Refresh}, []string{"refresh_token"}, authLimit},
		{"getProfile", http.MethodGet, "/auth/me", nil, nil, 0},
		{"exportAccount", http.MethodGet, "/auth/me/export", nil, nil, 0},
		{"listSessions", http.MethodGet, "/auth/sessions", nil, nil, 0},
		{"issueTicket", http.MethodPost, "/auth/ws-ticket", nil, nil, 0},
		{"listAgents", http.MethodGet, "/agents", nil, nil, 0},
		{"chat", http.MethodPost, "/chat", map[string]any{"message": "Add a task to call Ada", "context": map[string]any{}, "execution_mode": "direct"}, []string{"message"}, chatLimit},
		{"chatStream", http.MethodGet, "/chat/stream", nil, nil, 0},
		{"runAGUI", http.MethodPost, "/chat/agui", map[string]any{"threadId": "t", "runId": "r", "messages": []any{map[string]any{"role": "user", "content": "hello"}}},
			[]string{"threadId", "runId", "messages"}, chatLimit},
		{"listPlaybooks", http.MethodGet, "/plans/playbook", nil, nil, 0},
		{"getPlaybook", http.MethodGet, "/plans/playbook/plan_my_day", nil, nil, 0},
		{"runStep", http.MethodPost, "/plans/steps/run", map[string]any{"prompt_template": "plan_day", "variables": map[string]any{}}, []string{"prompt_template"}, chatLimit},
		{"createRecord", http.MethodPost, "/storage/records", harness.RecordBody("notes", []byte("new")), []string{"table", "blob", "checksum"}, recordLimit},
		{"listRecords", http.MethodGet, "/storage/records?table=notes&page=1&limit=10", nil, nil, 0},
		{"batchRecords", http.MethodPost, "/storage/records/batch", batchBody(part("create", "", "in a batch")), []string{"operations"}, batchLimit},
		{"listChanges", http.MethodGet, "/storage/changes?table=notes&limit=10", nil, nil, 0},
		{"getUsage", http.MethodGet, "/storage/usage", nil, nil, 0},
		{"readRecord", http.MethodGet, record, nil, nil, 0},
		{"updateRecord", http.MethodPut, record, harness.RecordBody("", []byte("newer")), []string{"blob", "checksum"}, recordLimit},
		{"deleteRecord", http.MethodDelete, record, nil, nil, 0},
	}
	all = append(all, vectorExamples()...)
	return append(all, []example{
		{"storeBackup", http.MethodPut, "/backup", nil, nil, 0},
		{"readLatestBackup", http.MethodGet, "/backup", nil, nil, 0},
		{"listBackups", http.MethodGet, "/backup/history?page=1&limit=10", nil, nil, 0},
		{"readBackup", http.MethodGet, "/backup/" + backupID, nil, nil, 0},
		{"deleteBackup", http.MethodDelete, "/backup/" + backupID, nil, nil, 0},
		{"endSession", http.MethodDelete, "/auth/sessions/" + sessionID, nil, nil, 0},
		{"changePassword", http.MethodPut, "/auth/password", map[string]any{"old_password": harness.Password, "new_password": harness.Password}, []string{"old_password", "new_password"}, authLimit},
		{"deleteAccount", http.MethodDelete, "/auth/me", password, []string{"password"}, authLimit},
		{"logout", http.MethodPost, "/auth/logout", nil, nil, 0},
	}...)
}

// body is what the client is given to send.
func (e example) sent() any {
	if e.uploads() {
		return []byte("a backup")
	}
	if e.body == nil {
		return nil // and not a nil map, which is JSON
	}
	return e.body
}

// examplesOf are the requests of a user who has a record and a second session.
func (h *house) examplesOf(t *testing.T, user *harness.Client) []example {
	t.Helper()
	return examples(user, store(t, user, "notes", "a note"), otherSession(t, user, h.login(t, user)), backUp(t, user, "a backup"))
}

// otherSession is the id of a session that is not the one that asks.
func otherSession(t *testing.T, asks, other *harness.Client) string {
	t.Helper()
	require.NotEqual(t, asks.Access, other.Access)
	var list []struct {
		ID      string
		Current bool
	}
	other.Expect(t, http.StatusOK, http.MethodGet, "/auth/sessions", nil).Decode(t, &list)
	for _, s := range list {
		if s.Current {
			return s.ID
		}
	}
	require.Fail(t, "no session is the current one")
	return ""
}

func TestEveryRouteOfTheDocumentHasAnExample(t *testing.T) {
	t.Parallel()
	doc, _ := serveDocument(t)
	have, want := []string{}, []string{}
	for _, e := range examples(&harness.Client{}, "id", "id", "id") {
		have = append(have, e.operation)
		op, ok := doc.find(e.method, e.path)
		assert.True(t, ok, e.operation)
		assert.Equal(t, e.operation, op.ID)
		assert.Equal(t, op.RequestBody != nil, e.sent() != nil, e.operation)
	}
	for _, methods := range doc.Paths {
		for _, op := range methods {
			want = append(want, op.ID)
		}
	}
	assert.ElementsMatch(t, want, have)
}

func TestEveryRouteServesAUserWithTheRightTier(t *testing.T) {
	t.Parallel()
	h := open(t)
	user := h.join(t, "pro")
	for _, e := range h.examplesOf(t, user) {
		op, _ := h.conforms.doc.find(e.method, e.path)
		want := http.StatusOK
		if _, created := op.Responses["201"]; created {
			want = http.StatusCreated
		}
		if _, upgrades := op.Responses["101"]; upgrades { // test/integration opens it
			want = http.StatusUpgradeRequired
		}
		if e.operation == "logout" { // the account is gone by now
			want = http.StatusUnauthorized
		}
		a := user.Expect(t, want, e.method, e.path, e.sent(), e.headers()...)
		assert.NotEmpty(t, a.Body)
	}
}

func TestWhoHasNoValidTokenIsRefusedEverywhereAlike(t *testing.T) {
	t.Parallel()
	h := open(t)
	expired := h.join(t, "pro")
	h.clock.Advance(15*time.Minute + 31*time.Second) // the lifetime, and what the clocks of two servers may differ
	h.users = nil
	revoked, deleted, user := h.join(t, "pro"), h.join(t, "pro"), h.join(t, "pro")
	revoked.Expect(t, http.StatusOK, http.MethodPost, "/auth/logout", nil)
	deleted.Expect(t, http.StatusOK, http.MethodDelete, "/auth/me", map[string]string{"password": harness.Password})
	h.users = []*harness.Client{user}
	head, payload, _ := strings.Cut(user.Access, ".")
	callers := []struct {
		name, code string
		client     *harness.Client
		headers    []string
	}{
		{"a guest", "unauthenticated", h.guest(), nil},
		{"an expired token", "token_expired", expired, nil},
		{"a session that was ended", "unauthenticated", revoked, nil},
		{"a deleted user", "unauthenticated", deleted, nil},
		{"a refresh token", "unauthenticated", h.with(user.Refresh), nil},
		{"a token that was cut", "unauthenticated", h.with(user.Access[:len(user.Access)-4]), nil},
		{"a token with another head", "unauthenticated", h.with(strings.ToUpper(head) + "." + payload), nil},
		{"no token that could be one", "unauthenticated", h.with(canary), nil},
		{"a password in place of a token", "unauthenticated", h.guest(), []string{"Authorization", "Basic " + canary}},
		{"a token without its scheme", "unauthenticated", h.guest(), []string{"Authorization", user.Access}},
		{"two tokens", "unauthenticated", h.guest(), []string{"Authorization", "Bearer " + user.Access + ", Bearer " + user.Access}},
		{"an empty token", "unauthenticated", h.guest(), []string{"Authorization", "Bearer "}},
	}
	rows := []row{}
	for _, e := range h.examplesOf(t, user) {
		if op, _ := h.conforms.doc.find(e.method, e.path); len(op.Security) == 0 {
			continue
		}
		for _, c := range callers {
			rows = append(rows, row{name: e.operation + " by " + c.name, as: c.client, method: e.method, path: e.path, body: e.sent(), headers: append(e.headers(), c.headers...),
				status: http.StatusUnauthorized, code: c.code})
			if e.body != nil {
				rows = append(rows, row{name: e.operation + " with a bad body by " + c.name, as: c.client, method: e.method, path: e.path,
					body: `{"` + canary, headers: c.headers, status: http.StatusUnauthorized, code: c.code})
			}
		}
	}
	assert.Greater(t, len(rows), 15*len(callers))
	h.run(t, rows)
}

func TestPublicRoutesDoNotAskWhoIsThere(t *testing.T) {
	t.Parallel()
	h := open(t)
	user := h.join(t, "free")
	for _, e := range examples(user, "none", "none", "none") {
		op, _ := h.conforms.doc.find(e.method, e.path)
		if len(op.Security) == 0 {
			a := h.with("no token").Send(t, e.method, e.path, e.sent())
			assert.Less(t, a.Status, http.StatusBadRequest, "%s: %s", e.operation, a.Body)
		}
	}
}

// TestWhatBelongsToSomebodyElseIsNotThere compares it with what is really not there.
func TestWhatBelongsToSomebodyElseIsNotThere(t *testing.T) {
	t.Parallel()
	h := open(t)
	owner, other, free := h.join(t, "pro"), h.join(t, "pro"), h.join(t, "free")
	theirs := store(t, owner, "notes", "secret")
	session := otherSession(t, owner, h.login(t, owner))
	saved := backUp(t, owner, "secret")
	missing := "018f4e6a-7c1d-7b2e-9a55-0c9d3e1f2a4b"
	good := harness.RecordBody("", []byte("mine now"))
	bad := changed(good, map[string]any{"checksum": strings.Repeat("0", 64)})
	before := h.belongings(t)
	for _, c := range []struct {
		method, prefix, id string
		body               any
		headers            []string
		status             int
		as                 *harness.Client
	}{
		{http.MethodGet, "/storage/records/", theirs, nil, nil, 404, other},
		{http.MethodGet, "/storage/records/", theirs, nil, nil, 404, free},
		{http.MethodGet, "/storage/records/", theirs, nil, []string{"If-None-Match", `"1"`}, 404, other},
		{http.MethodGet, "/storage/records/", theirs, nil, []string{"If-None-Match", "*"}, 404, other},
		{http.MethodHead, "/storage/records/", theirs, nil, nil, 404, other},
		{http.MethodPut, "/storage/records/", theirs, good, nil, 404, other},
		{http.MethodPut, "/storage/records/", theirs, good, []string{"If-Match", `"999"`}, 404, other},
		{http.MethodPut, "/storage/records/", theirs, bad, nil, 400, other},
		{http.MethodPut, "/storage/records/", theirs, `{}`, nil, 422, other},
		{http.MethodPut, "/storage/records/", theirs, good, nil, 403, free},
		{http.MethodDelete, "/storage/records/", theirs, nil, nil, 404, other},
		{http.MethodDelete, "/storage/records/", theirs, nil, []string{"If-Match", `"999"`}, 404, other},
		{http.MethodDelete, "/storage/records/", theirs, nil, nil, 404, free},
		{http.MethodDelete, "/auth/sessions/", session, nil, nil, 404, other},
		{http.MethodGet, "/backup/", saved, nil, nil, 404, other},
		{http.MethodGet, "/backup/", saved, nil, []string{"If-None-Match", "*"}, 404, other},
		{http.MethodGet, "/backup/", saved, nil, []string{"Range", "bytes=0-1"}, 404, other},
		{http.MethodGet, "/backup/", saved, nil, []string{"Range", "bytes=999-"}, 404, free},
		{http.MethodHead, "/backup/", saved, nil, nil, 404, other},
		{http.MethodDelete, "/backup/", saved, nil, nil, 404, other},
		{http.MethodDelete, "/backup/", saved, nil, nil, 404, free},
	} {
		foreign := c.as.Expect(t, c.status, c.method, c.prefix+c.id, c.body, c.headers...)
		absent := c.as.Expect(t, c.status, c.method, c.prefix+missing, c.body, c.headers...)
		if c.method != http.MethodHead {
			sameButForTheRequest(t, foreign, absent)
		}
		assert.Equal(t, foreign.Header["Content-Length"], absent.Header["Content-Length"])
	}
	assert.Equal(t, before, h.belongings(t))
	list := other.Expect(t, http.StatusOK, http.MethodGet, "/storage/records?limit=200", nil)
	assert.JSONEq(t, `[]`, string(list.Body))
	list = other.Expect(t, http.StatusOK, http.MethodGet, "/backup/history", nil)
	assert.JSONEq(t, `[]`, string(list.Body))
	assert.Equal(t, "not_found", other.Expect(t, http.StatusNotFound, http.MethodGet, "/backup", nil).Code())
}

func TestAnIDThatCannotBeOneIsNotFound(t *testing.T) {
	t.Parallel()
	h := open(t)
	user := h.join(t, "pro")
	rows := []row{}
	for i, id := range []string{"1", canary, "018f4e6a-7c1d-7b2e-9a55-0c9d3e1f2a4", "018f4e6a-7c1d-7b2e-9a55-0c9d3e1f2a4bb", "018f4e6a7c1d7b2e9a550c9d3e1f2a4b", "%7B018f4e6a-7c1d-7b2e-9a55-0c9d3e1f2a4b%7D",
		"%00", "..", "..%2F..%2Fetc%2Fpasswd", "%27%20OR%201=1--", "%ff", strings.Repeat("a", 5000), "018f4e6a-7c1d-7b2e-9a55-0c9d3e1f2a4b%0a"} {
		for _, e := range []example{
			{method: http.MethodGet, path: "/storage/records/"}, {method: http.MethodDelete, path: "/storage/records/"},
			{method: http.MethodPut, path: "/storage/records/", body: harness.RecordBody("", []byte("x"))}, {method: http.MethodDelete, path: "/auth/sessions/"},
			{method: http.MethodGet, path: "/backup/"}, {method: http.MethodDelete, path: "/backup/"},
		} {
			if id == ".." { // is another path: of the list, which is not deleted or replaced
				continue
			}
			rows = append(rows, row{name: strconv.Itoa(i) + e.method + e.path, as: user, method: e.method, path: e.path + id, body: e.sent(), status: http.StatusNotFound, code: "not_found"})
		}
	}
	h.run(t, rows)
}
