package httpapi_test

import (
	"context"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/adiuva/cloud/application/accounts"
	"github.com/adiuva/cloud/application/orchestration"
	"github.com/adiuva/cloud/application/storage"
	"github.com/adiuva/cloud/application/usecase"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/session"
	"github.com/adiuva/cloud/domain/tier"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// spy is a use case that keeps its input in got and answers out.
func spy[In, Out any](got *any, out Out) usecase.UseCase[In, Out] {
	return does[In, Out](func(_ context.Context, in In) (Out, error) {
		*got = in
		return out, nil
	})
}

// exchanges are one request of each route with what the use case gets and what the client gets.
var exchanges = []struct {
	method, path, body string
	headers            []string
	input              any
	status             int
	answer             string
}{
	{"POST", "/auth/register", credentials, []string{asJSON, "User-Agent: Adiuva"}, accounts.RegisterInput{Email: "ada@example.com", Password: "correct horse", Device: "Adiuva"}, 201, tokensJSON},
	{"POST", "/auth/login", credentials, []string{asJSON, "User-Agent: Adiuva"}, accounts.LoginInput{Email: "ada@example.com", Password: "correct horse", Device: "Adiuva", Address: "127.0.0.1"}, 200, tokensJSON},
	{"POST", "/auth/refresh", `{"refresh_token":"r"}`, []string{asJSON}, accounts.RefreshInput{RefreshToken: "r", Address: "127.0.0.1"}, 200, tokensJSON},
	{"POST", "/auth/logout", "", []string{asUser}, accounts.LogoutInput{UserID: userID, SessionID: sessionID}, 200, `{"ok":true}`},
	{"GET", "/auth/me", "", []string{asUser}, accounts.GetProfileInput{UserID: userID}, 200,
		`{"id":"u","email":"Ada@example.com","tier":"pro","role":"user","features":{"agents":-1,"sso":false,"batch_builder":true}}`},
	{"DELETE", "/auth/me", `{"password":"p"}`, []string{asJSON, asUser}, accounts.DeleteAccountInput{UserID: userID, Password: "p", Address: "127.0.0.1"}, 200, `{"ok":true,"finished":true}`},
	{"GET", "/auth/sessions", "", []string{asUser}, accounts.ListSessionsInput{UserID: userID, SessionID: sessionID}, 200,
		`[{"id":"s","device":"laptop","current":true,"created_at":1000,"last_used_at":2000,"expires_at":3000}]`},
	{"DELETE", "/auth/sessions/" + strings.ToUpper(sessionID), "", []string{asUser}, accounts.EndSessionInput{UserID: userID, SessionID: sessionID}, 200, `{"ok":true}`},
	{"PUT", "/auth/password", `{"old_password":"a","new_password":"b"}`, []string{asJSON, asUser},
		accounts.ChangePasswordInput{UserID: userID, SessionID: sessionID, OldPassword: "a", NewPassword: "b", Address: "127.0.0.1"}, 200, `{"ok":true}`},
	{"POST", "/auth/ws-ticket", "", []string{asUser}, accounts.IssueTicketInput{UserID: userID, SessionID: sessionID}, 200, `{"ticket":"t","expires_at":1000}`},
	{"POST", "/chat", `{"message":"hi"}`, []string{asJSON, asUser}, orchestration.OrchestrateInput{UserID: userID, Request: chat.Request{Message: "hi", Mode: chat.Direct}}, 200, replyJSON},
	{"POST", "/chat", `{"message":"hi","model":"m","execution_mode":"plan","context":{"user_profile":{"timezone":"Europe/Berlin","n":null},"relevant_documents":["d"],
		"recent_tasks":[{"id":"1","due_date":1750000000000,"big":9007199254740993}],"conversation_history":[],"projects":[{"id":2.5}],"User_Profile":"kept"}}`, []string{asJSON, asUser},
		orchestration.OrchestrateInput{UserID: userID, Request: chat.Request{Message: "hi", Mode: chat.Plan, Model: "m", Context: chat.Context{
			UserProfile: map[string]any{"timezone": "Europe/Berlin", "n": nil}, RelevantDocuments: []string{"d"},
			RecentTasks:         []map[string]any{{"id": "1", "due_date": 1.75e12, "big": json.RawMessage("9007199254740993")}},
			ConversationHistory: []map[string]any{}, Extra: map[string]any{"projects": []any{map[string]any{"id": 2.5}}, "User_Profile": "kept"},
		}}}, 200, replyJSON},
	{"POST", "/chat", `{"message":"hi","model":null,"context":null}`, []string{asJSON, asUser}, orchestration.OrchestrateInput{UserID: userID, Request: chat.Request{Message: "hi", Mode: chat.Direct}}, 200, replyJSON},
	{"GET", "/agents", "", []string{asUser}, orchestration.ListAgentsInput{UserID: userID}, 200, `[{"name":"task_agent","description":"manages tasks"}]`},
	{"POST", "/storage/records", `{"id":"` + recordID + `","table":"notes","blob":"aGVsbG8=","checksum":"` + helloSum + `"}`, []string{asJSON, asUser},
		storage.StoreBlobInput{UserID: userID, ID: recordID, Table: "notes", Blob: []byte("hello"), Checksum: helloSum}, 201, `{"id":"` + recordID + `","created_at":1750000000000,"etag":"\"7\""}`},
	{"POST", "/storage/records", `{"table":"notes","blob":"","checksum":"` + helloSum + `"}`, []string{asJSON, asUser},
		storage.StoreBlobInput{UserID: userID, Table: "notes", Blob: []byte{}, Checksum: helloSum}, 201, `{"id":"` + recordID + `","created_at":1750000000000,"etag":"\"7\""}`},
	{"GET", "/storage/records?table=notes&page=2&limit=7&later=1", "", []string{asUser}, storage.ListRecordsInput{UserID: userID, Table: "notes", Page: 2, Limit: 7}, 200,
		`[{"id":"` + recordID + `","table":"notes","checksum":"` + helloSum + `","size_bytes":5,"etag":"\"7\"","created_at":1750000000000,"updated_at":1750000001000}]`},
	{"GET", "/storage/records", "", []string{asUser}, storage.ListRecordsInput{UserID: userID}, 200, "-"},
	{"PUT", "/storage/records/" + recordID, `{"blob":"aGVsbG8=","checksum":"` + helloSum + `"}`, []string{asJSON, asUser, `If-Match: "6"`},
		storage.UpdateBlobInput{UserID: userID, ID: recordID, Blob: []byte("hello"), Checksum: helloSum, IfMatch: `"6"`}, 200, `{"ok":true,"etag":"\"7\"","updated_at":1750000001000}`},
	{"DELETE", "/storage/records/" + recordID, "", []string{asUser, `If-Match: "6"`}, storage.DeleteRecordInput{UserID: userID, ID: recordID, IfMatch: `"6"`}, 200, `{"ok":true}`},
}

const (
	helloSum   = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
	tokensJSON = `{"access_token":"a","refresh_token":"r","expires_at":1000}`
	replyJSON  = `{"response":"done","actions":[{"type":"delete_record","table":"tasks","data":{"id":"1"},"requires_confirmation":true},{"type":"call_agent","agent":"note_agent","requires_confirmation":false}],
		"agents":["task_agent"],"usage":{"prompt_tokens":1,"completion_tokens":2},"model":"offline","notice":{"code":"tier_required","message":"Upgrade."}}`
)

func TestEachRouteHandsOnAllThatItGotAndAnswersAllThatItWasGiven(t *testing.T) {
	t.Parallel()
	var got any
	at := func(s int64) time.Time { return time.Unix(s, 0) }
	uc := useCases()
	pair := accounts.Tokens{Access: "a", Refresh: "r", ExpiresAt: at(1)}
	uc.Accounts.Register = spy[accounts.RegisterInput](&got, pair)
	uc.Accounts.Login = spy[accounts.LoginInput](&got, pair)
	uc.Accounts.Refresh = spy[accounts.RefreshInput](&got, pair)
	uc.Accounts.Logout = spy[accounts.LogoutInput](&got, struct{}{})
	uc.Accounts.GetProfile = spy[accounts.GetProfileInput](&got, accounts.Profile{ID: "u", Email: "Ada@example.com", Tier: tier.Pro, Role: "user",
		Features: []tier.Grant{{Feature: tier.Agents, Value: tier.Unlimited}, {Feature: tier.SSO, Toggle: true}, {Feature: tier.BatchBuilder, Toggle: true, Value: 1}}})
	uc.Accounts.DeleteAccount = spy[accounts.DeleteAccountInput](&got, accounts.DeleteAccountOutput{Finished: true})
	uc.Accounts.ListSessions = spy[accounts.ListSessionsInput](&got, []accounts.ListedSession{{Session: session.Session{ID: "s", Device: "laptop", CreatedAt: at(1), LastUsedAt: at(2), ExpiresAt: at(3)}, Current: true}})
	uc.Accounts.EndSession = spy[accounts.EndSessionInput](&got, struct{}{})
	uc.Accounts.ChangePassword = spy[accounts.ChangePasswordInput](&got, struct{}{})
	uc.Accounts.IssueTicket = spy[accounts.IssueTicketInput](&got, accounts.IssueTicketOutput{Ticket: "t", ExpiresAt: at(1)})
	uc.Orchestration.Orchestrate = spy[orchestration.OrchestrateInput](&got, orchestration.Answer{Reply: chat.Reply{Text: "done", Agents: []string{"task_agent"}, Model: "offline",
		Actions: []chat.Action{{Type: chat.DeleteRecord, Table: "tasks", Data: map[string]any{"id": "1"}}, {Type: chat.CallAgent, Agent: "note_agent"}},
		Usage:   chat.Usage{PromptTokens: 1, CompletionTokens: 2}, Notice: &chat.Notice{Code: "tier_required", Message: "Upgrade."}}})
	uc.Orchestration.ListAgents = spy[orchestration.ListAgentsInput](&got, []orchestration.AgentInfo{{Name: "task_agent", Description: "manages tasks"}})
	m := meta([]byte("hello"))
	uc.Storage.StoreBlob = spy[storage.StoreBlobInput](&got, storage.StoreBlobOutput{Record: m})
	uc.Storage.ListRecords = does[storage.ListRecordsInput, storage.ListRecordsOutput](func(_ context.Context, in storage.ListRecordsInput) (storage.ListRecordsOutput, error) {
		got = in
		if in.Page == 0 {
			return storage.ListRecordsOutput{}, nil
		}
		return storage.ListRecordsOutput{Records: append(storage.ListRecordsOutput{}.Records, m)}, nil
	})
	uc.Storage.UpdateBlob = spy[storage.UpdateBlobInput](&got, storage.UpdateBlobOutput{Record: m})
	uc.Storage.DeleteRecord = spy[storage.DeleteRecordInput](&got, storage.DeleteRecordOutput{})
	s := serve(t, uc)
	for _, row := range exchanges {
		got = nil
		resp, body := s.send(t, row.method, "/api/v1"+row.path, row.body, row.headers...)
		require.Equal(t, row.status, resp.StatusCode, "%s %s: %s", row.method, row.path, body)
		assert.Equal(t, asText(t, row.input), asText(t, got), row.path)
		assert.IsType(t, row.input, got)
		want := row.answer
		if want == "-" {
			want = "[]"
		}
		assert.JSONEq(t, want, body, row.path)
		assert.Equal(t, "application/json", resp.Header.Get("Content-Type"))
		if strings.Contains(want, `"etag"`) && strings.HasPrefix(want, "{") {
			assert.Equal(t, `"7"`, resp.Header.Get("ETag"))
		}
	}
}

// asText compares values whose free-form parts may differ in type but not in what they say.
func asText(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	require.NoError(t, err)
	return string(text)
}

// document is what the tests read of the OpenAPI document.
type document struct {
	OpenAPI string
	Paths   map[string]map[string]struct {
		OperationID string
		Tags        []string
		Summary     string
		Security    []map[string][]string
		RequestBody *struct{ Content map[string]any }
		Responses   map[string]struct {
			Description string
			Content     map[string]any
		}
	}
	Components struct {
		Schemas         map[string]any
		SecuritySchemes map[string]struct{ Type, Scheme string }
	}
}

// served is the document as a client gets it.
func served(t *testing.T) (doc document, text string) {
	t.Helper()
	s := serve(t, useCases())
	resp, text := s.send(t, "GET", "/api/v1/openapi.json", "")
	assert.Equal(t, 200, resp.StatusCode)
	assert.Equal(t, string(s.OpenAPI()), text)
	require.NoError(t, json.Unmarshal([]byte(text), &doc))
	return doc, text
}

func TestTheDocumentDescribesEachRouteOnce(t *testing.T) {
	t.Parallel()
	doc, _ := served(t)
	assert.Equal(t, "3.1.0", doc.OpenAPI)
	assert.Equal(t, "bearer", doc.Components.SecuritySchemes["bearer"].Scheme)
	ids := map[string]bool{}
	var open []string
	for path, item := range doc.Paths {
		for method, op := range item {
			assert.False(t, ids[op.OperationID], op.OperationID)
			ids[op.OperationID] = true
			assert.Len(t, op.Tags, 1)
			assert.NotEmpty(t, op.Summary)
			if op.Security == nil {
				open = append(open, method+" "+path)
			} else {
				assert.Contains(t, op.Responses, "401")
			}
			if path != "/api/v1/openapi.json" {
				assert.Contains(t, op.Responses["500"].Content, "application/problem+json", path)
			}
		}
	}
	assert.Len(t, ids, 37)
	assert.ElementsMatch(t, []string{"post /api/v1/auth/register", "post /api/v1/auth/login", "post /api/v1/auth/refresh", "get /api/v1/health",
		"get /api/v1/health/ready", "get /api/v1/openapi.json"}, open)
	for _, row := range exchanges {
		path := regexp.MustCompile(`(?i)/[0-9a-f]{8}-[0-9a-f-]{27}`).ReplaceAllString("/api/v1"+strings.SplitN(row.path, "?", 2)[0], "/{id}")
		op, ok := doc.Paths[path][strings.ToLower(row.method)]
		require.True(t, ok, path)
		assert.Equal(t, row.body != "", op.RequestBody != nil, path)
		assert.Contains(t, op.Responses, map[int]string{200: "200", 201: "201"}[row.status])
	}
	assert.Contains(t, doc.Paths["/api/v1/storage/records/{id}"]["get"].Responses["200"].Content, "application/octet-stream")
	assert.Contains(t, doc.Paths["/api/v1/storage/records/{id}"]["get"].Responses, "304")
}

func TestTheDocumentRefersToNothingThatIsMissing(t *testing.T) {
	t.Parallel()
	doc, text := served(t)
	for _, ref := range regexp.MustCompile(`"#/components/schemas/([^"]+)"`).FindAllStringSubmatch(text, -1) {
		assert.Contains(t, doc.Components.Schemas, ref[1])
	}
	for _, name := range []string{"ChatRequest", "ChatContext", "ChatResponse", "PlanAction", "AuthTokens", "UserProfile", "StorageRecordCreate", "StorageRecordUpdate", "RecordMeta", "Problem"} {
		assert.Contains(t, doc.Components.Schemas, name)
	}
	assert.NotContains(t, text, `"null"`, "nothing is ever null here")
}

func TestTheReferencePageUsesItsOwnAssetsOnly(t *testing.T) {
	t.Parallel()
	s := serve(t, useCases())
	for _, path := range []string{"/docs", "/api/v1/docs"} {
		resp, page := s.send(t, "GET", path, "")
		require.Equal(t, 200, resp.StatusCode)
		assert.Equal(t, "text/html; charset=utf-8", resp.Header.Get("Content-Type"))
		assert.Contains(t, resp.Header.Get("Content-Security-Policy"), "script-src 'self'")
		assert.NotContains(t, page, "https://")
		assets := regexp.MustCompile(`(?:src|href)="(/[^"]+)"`).FindAllStringSubmatch(page, -1)
		require.GreaterOrEqual(t, len(assets), 3)
		for _, a := range assets {
			resp, _ := s.send(t, "GET", a[1], "")
			assert.Equal(t, 200, resp.StatusCode, a[1])
			again, body := s.send(t, "GET", a[1], "", "If-None-Match: "+resp.Header.Get("ETag"))
			assert.Equal(t, 304, again.StatusCode, a[1])
			assert.Empty(t, body)
		}
	}
}
