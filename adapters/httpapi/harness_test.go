package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/adiuva/cloud/adapters/httpapi"
	"github.com/adiuva/cloud/adapters/httpapi/contract"
	"github.com/adiuva/cloud/application/accounts"
	"github.com/adiuva/cloud/application/operations"
	"github.com/adiuva/cloud/application/orchestration"
	"github.com/adiuva/cloud/application/storage"
	"github.com/adiuva/cloud/domain/account"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/plan"
	"github.com/adiuva/cloud/domain/session"
	"github.com/stretchr/testify/require"
)

const (
	goodToken = "good.access.token"
	userID    = "018f4e6a-0000-7000-8000-000000000001"
	sessionID = "018f4e6a-0000-7000-8000-000000000002"
	recordID  = "018f4e6a-0000-7000-8000-000000000003"
)

// does is a use case made of a function.
type does[In, Out any] func(ctx context.Context, in In) (Out, error)

func (f does[In, Out]) Execute(ctx context.Context, in In) (Out, error) { return f(ctx, in) }

// answers is a use case that always gives the zero output.
func answers[In, Out any]() does[In, Out] {
	return func(context.Context, In) (Out, error) {
		var out Out
		return out, nil
	}
}

type fixed struct{}

func (fixed) Now() time.Time        { return time.UnixMilli(1_750_000_000_000).UTC() }
func (fixed) NewID() string         { return "018f4e6a-7c1d-7b2e-9a55-0c9d3e1f2a4b" }
func (fixed) NewSeed() session.Seed { return session.Seed{} }

func (fixed) Start(ctx context.Context, _ string) context.Context           { return ctx }
func (fixed) End(context.Context, string, time.Duration, fault.Code, error) {}
func (fixed) Withheld(context.Context, chat.Withheld)                       {}
func (fixed) Opened(context.Context, string) func()                         { return func() {} }

// logs collects what is logged.
type logs struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// useCases answer nothing much; a test replaces the one that it is about.
func useCases() httpapi.UseCases {
	return httpapi.UseCases{
		Accounts: httpapi.Accounts{
			Register: answers[accounts.RegisterInput, accounts.Tokens](),
			Login:    answers[accounts.LoginInput, accounts.Tokens](),
			Refresh:  answers[accounts.RefreshInput, accounts.Tokens](),
			Authenticate: does[accounts.AuthenticateInput, account.Principal](func(_ context.Context, in accounts.AuthenticateInput) (account.Principal, error) {
				switch in.AccessToken {
				case goodToken:
					return account.Principal{UserID: userID, SessionID: sessionID, Tier: "pro", Role: account.Member}, nil
				case "old":
					return account.Principal{}, fault.New(fault.TokenExpired, "The access token has expired. Refresh it.")
				}
				return account.Principal{}, fault.New(fault.Unauthenticated, "The access token is not valid.")
			}),
			Logout:         answers[accounts.LogoutInput, struct{}](),
			ListSessions:   answers[accounts.ListSessionsInput, []accounts.ListedSession](),
			EndSession:     answers[accounts.EndSessionInput, struct{}](),
			ChangePassword: answers[accounts.ChangePasswordInput, struct{}](),
			GetProfile:     answers[accounts.GetProfileInput, accounts.Profile](),
			DeleteAccount:  answers[accounts.DeleteAccountInput, accounts.DeleteAccountOutput](),
			ExportAccount:  answers[accounts.ExportAccountInput, accounts.Export](),
			IssueTicket:    answers[accounts.IssueTicketInput, accounts.IssueTicketOutput](),
			RedeemTicket:   answers[accounts.RedeemTicketInput, account.Principal](),
			CheckSession:   answers[accounts.CheckSessionInput, account.Principal](),
		},
		Storage: httpapi.Storage{
			StoreBlob:    answers[storage.StoreBlobInput, storage.StoreBlobOutput](),
			ReadBlob:     answers[storage.ReadBlobInput, storage.ReadBlobOutput](),
			ListRecords:  answers[storage.ListRecordsInput, storage.ListRecordsOutput](),
			UpdateBlob:   answers[storage.UpdateBlobInput, storage.UpdateBlobOutput](),
			DeleteRecord: answers[storage.DeleteRecordInput, storage.DeleteRecordOutput](),
			StoreBackup:  answers[storage.StoreBackupInput, storage.StoreBackupOutput](),
			ReadBackup:   answers[storage.ReadBackupInput, storage.ReadBackupOutput](),
			ListBackups:  answers[storage.ListBackupsInput, storage.ListBackupsOutput](),
			DeleteBackup: answers[storage.DeleteBackupInput, storage.DeleteBackupOutput](),
			BatchRecords: answers[storage.BatchRecordsInput, storage.BatchRecordsOutput](),
			ListChanges:  answers[storage.ListChangesInput, storage.ListChangesOutput](),
			GetUsage:     answers[storage.GetUsageInput, storage.GetUsageOutput](),

			UpsertVectors: answers[storage.UpsertVectorsInput, storage.UpsertVectorsOutput](),
			SearchVectors: answers[storage.SearchVectorsInput, storage.SearchVectorsOutput](),
			DeleteVectors: answers[storage.DeleteVectorsInput, storage.DeleteVectorsOutput](),
		},
		Orchestration: httpapi.Orchestration{
			Orchestrate:       answers[orchestration.OrchestrateInput, orchestration.Answer](),
			OrchestrateStream: answers[orchestration.OrchestrateStreamInput, orchestration.Answer](),
			ConfirmDeletions:  answers[orchestration.ConfirmDeletionsInput, chat.Reply](),
			ListAgents:        answers[orchestration.ListAgentsInput, []orchestration.AgentInfo](),
			ListPlaybooks:     answers[orchestration.ListPlaybooksInput, []plan.Plan](),
			GetPlaybook:       answers[orchestration.GetPlaybookInput, plan.Plan](),
			RunStep:           answers[orchestration.RunStepInput, chat.Reply](),
		},
		Operations: httpapi.Operations{CheckHealth: answers[operations.CheckHealthInput, operations.Health]()},
	}
}

// server is an API on a socket.
type server struct {
	*httpapi.API
	addr   string
	log    *logs
	served chan error
}

func serve(t testing.TB, uc httpapi.UseCases, configure ...func(*httpapi.Config)) *server {
	t.Helper()
	cfg := httpapi.Config{Version: "1.2.3"}
	for _, f := range configure {
		f(&cfg)
	}
	out := &logs{}
	api, err := httpapi.New(cfg, uc, fixed{}, slog.New(slog.NewJSONHandler(out, nil)), fixed{}, fixed{})
	require.NoError(t, err)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := &server{API: api, addr: ln.Addr().String(), log: out, served: make(chan error, 1)}
	go func() { s.served <- api.Listen(context.Background(), ln) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
		defer cancel()
		_ = api.Shutdown(ctx)
	})
	return s
}

// client has no connections of other tests.
func client(t *testing.T) *http.Client {
	t.Helper()
	tr := &http.Transport{DisableCompression: true}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, Timeout: 60 * time.Second}
}

// send makes a request; headers are "Name: value".
func (s *server) send(t *testing.T, method, path, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, "http://"+s.addr+path, reader)
	require.NoError(t, err)
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if value == "" {
			req.Header.Del(name)
			continue
		}
		req.Header.Add(name, value)
	}
	resp, err := client(t).Do(req)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp, string(text)
}

const (
	asJSON = "Content-Type: application/json"
	asUser = "Authorization: Bearer " + goodToken
)

// problem is the failure that an answer tells of.
func problem(t *testing.T, resp *http.Response, body string) contract.Problem {
	t.Helper()
	require.Equal(t, "application/problem+json", resp.Header.Get("Content-Type"), body)
	var p contract.Problem
	require.NoError(t, json.Unmarshal([]byte(body), &p), body)
	require.Equal(t, resp.StatusCode, p.Status)
	require.Equal(t, resp.Header.Get("X-Request-Id"), p.Instance)
	require.NotEmpty(t, p.Instance)
	require.NotEmpty(t, p.Title)
	require.NotEmpty(t, p.Detail)
	require.Equal(t, "urn:adiuva:problem:"+p.Code, p.Type)
	return p
}
