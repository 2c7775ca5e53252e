package httpapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/adiuva/cloud/adapters/httpapi"
	"github.com/adiuva/cloud/application/accounts"
	"github.com/adiuva/cloud/application/operations"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// failingWith is an API whose login fails with err.
func failingWith(t *testing.T, err error) *server {
	t.Helper()
	uc := useCases()
	uc.Accounts.Login = does[accounts.LoginInput, accounts.Tokens](func(context.Context, accounts.LoginInput) (accounts.Tokens, error) {
		return accounts.Tokens{}, err
	})
	return serve(t, uc)
}

const credentials = `{"email":"ada@example.com","password":"correct horse"}`

func TestEveryCodeHasItsStatus(t *testing.T) {
	t.Parallel()
	want := map[int]string{
		400: "malformed_request checksum_mismatch invalid_signature", 401: "unauthenticated token_expired invalid_credentials refresh_token_reused",
		402: "payment_required", 403: "tier_required forbidden", 404: "not_found", 405: "method_not_allowed", 408: "request_timeout",
		409: "conflict email_taken already_subscribed version_exists id_exists", 410: "cursor_expired", 412: "precondition_failed",
		413: "payload_too_large quota_exceeded", 415: "unsupported_media_type", 416: "range_not_satisfiable", 422: "validation_failed", 426: "upgrade_required", 429: "rate_limited",
		431: "header_too_large", 500: "internal", 502: "upstream_failed", 503: "unavailable not_configured", 504: "upstream_timeout", 507: "storage_full",
	}
	status := map[string]int{}
	for s, codes := range want {
		for c := range strings.FieldsSeq(codes) {
			status[c] = s
		}
	}
	for _, code := range fault.Codes() {
		t.Run(string(code), func(t *testing.T) {
			t.Parallel()
			s := failingWith(t, fault.Wrap(errors.New("pq: secret SQL"), code, "A sentence."))
			resp, body := s.send(t, "POST", "/api/v1/auth/login", credentials, asJSON)
			p := problem(t, resp, body)
			assert.Equal(t, string(code), p.Code)
			assert.Equal(t, "A sentence.", p.Detail)
			assert.Equal(t, status[string(code)], p.Status)
			assert.NotContains(t, body, "secret")
		})
	}
}

func TestDetailsOfAFailureReachTheClientByTheirNames(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		`"retry_after":2`:                fault.New(fault.RateLimited, "Slow down.").RetryAfter(1500 * time.Millisecond),
		`"required_tier":"pro"`:          fault.New(fault.TierRequired, "Upgrade.").With("required_tier", "pro"),
		`"checkout_url":"https://pay"`:   fault.New(fault.PaymentRequired, "Buy it.").With("checkout_url", "https://pay"),
		`"etag":"\"3\""`:                 fault.New(fault.PreconditionFailed, "Read again.").With("etag", `"3"`),
		`"limit_bytes":5,"used_bytes":0`: fault.New(fault.QuotaExceeded, "No room.").With("limit_bytes", int64(5)).With("used_bytes", int64(0)),
		`"errors":[{"location":"body.email","message":"must be one"}]`: fault.Invalid("body.email", "must be one"),
	} {
		s := failingWith(t, err)
		resp, body := s.send(t, "POST", "/api/v1/auth/login", credentials, asJSON)
		problem(t, resp, body)
		assert.Contains(t, body, want)
		assert.Equal(t, strings.Contains(want, "retry_after"), resp.Header.Get("Retry-After") == "2")
		assert.Equal(t, strings.Contains(want, "etag"), resp.Header.Get("ETag") == `"3"`)
	}
}

func TestAFaultOfOursIsLoggedWithItsCauseAndOneOfTheClientIsNot(t *testing.T) {
	t.Parallel()
	s := failingWith(t, errors.New("connection to db refused"))
	resp, body := s.send(t, "POST", "/api/v1/auth/login", credentials, asJSON, "X-Request-Id: mine-1")
	assert.Equal(t, "internal", problem(t, resp, body).Code)
	assert.NotContains(t, body, "refused")
	line := s.logged(t, "request failed")
	assert.Equal(t, "mine-1", line["request_id"])
	assert.Contains(t, line["cause"], "connection to db refused")

	s = failingWith(t, fault.New(fault.InvalidCredentials, "Wrong."))
	s.send(t, "POST", "/api/v1/auth/login", credentials, asJSON)
	s.logged(t, "request")
	assert.NotContains(t, s.log.String(), `"level":"ERROR"`)
}

// logged is the first line with this message.
func (s *server) logged(t *testing.T, msg string) map[string]any {
	t.Helper()
	var found map[string]any
	require.Eventually(t, func() bool {
		for line := range strings.Lines(s.log.String()) {
			var fields map[string]any
			if json.Unmarshal([]byte(line), &fields) == nil && fields["msg"] == msg {
				found = fields
				return true
			}
		}
		return false
	}, 5*time.Second, time.Millisecond)
	return found
}

func TestOneLineARequestWithTheTemplateAndNothingPrivate(t *testing.T) {
	t.Parallel()
	s := serve(t, useCases())
	const canary = "canary-4711"
	resp, _ := s.send(t, "DELETE", "/api/v1/storage/records/"+recordID+"?q="+canary, "", asUser, "User-Agent: "+canary)
	require.Equal(t, 200, resp.StatusCode)
	line := s.logged(t, "request")
	assert.Equal(t, "/api/v1/storage/records/{id}", line["route"])
	assert.Equal(t, "DELETE", line["method"])
	assert.InDelta(t, 200, line["status"], 0)
	assert.Equal(t, userID, line["user_id"])
	assert.Equal(t, fixed{}.NewID(), line["request_id"])
	assert.InDelta(t, len(`{"ok":true}`), line["bytes"], 0)
	assert.Contains(t, line, "duration_ms")

	s.send(t, "POST", "/api/v1/auth/login", `{"email":"`+canary+`","password":"`+canary+`","`+canary+`":1}`, asJSON)
	s.send(t, "GET", "/"+canary, "")
	s.send(t, "BREW", "/"+canary, "")
	for _, private := range []string{canary, goodToken, recordID} {
		assert.NotContains(t, s.log.String(), private)
	}
	assert.Equal(t, 4, strings.Count(s.log.String(), `"msg":"request"`))
}

func TestAPanicIsAnAnswerAndALineWithoutWhatItHeld(t *testing.T) {
	t.Parallel()
	uc := useCases()
	uc.Accounts.Login = does[accounts.LoginInput, accounts.Tokens](func(_ context.Context, in accounts.LoginInput) (accounts.Tokens, error) {
		panic(in.Password)
	})
	s := serve(t, uc)
	resp, body := s.send(t, "POST", "/api/v1/auth/login", credentials, asJSON)
	assert.Equal(t, "internal", problem(t, resp, body).Code)
	assert.Contains(t, s.logged(t, "request failed")["cause"], "conventions_test.go")
	assert.NotContains(t, s.log.String()+body, "correct horse")
}

func TestARequestKeepsItsOwnIDIfItIsSane(t *testing.T) {
	t.Parallel()
	s := serve(t, useCases())
	for sent, want := range map[string]string{
		"abc_DEF-123": "abc_DEF-123", strings.Repeat("a", 64): strings.Repeat("a", 64),
		strings.Repeat("a", 65): fixed{}.NewID(), "": fixed{}.NewID(), "a b": fixed{}.NewID(), "é": fixed{}.NewID(), `a"b`: fixed{}.NewID(),
	} {
		resp, _ := s.send(t, "GET", "/api/v1/health", "", "X-Request-Id: "+sent)
		assert.Equal(t, want, resp.Header.Get("X-Request-Id"), sent)
	}
}

func TestOnlyAllowedOriginsMayRead(t *testing.T) {
	t.Parallel()
	byDefault := serve(t, useCases())
	configured := serve(t, useCases(), func(c *httpapi.Config) {
		c.AllowedOrigins = []string{"https://app.example.com", "http://dev.example.com:*"}
	})
	for origin, want := range map[string][2]bool{ // by default, with those configured
		"app://adiuva": {true, false}, "app://.": {true, false}, "app://": {false, false}, "http://localhost": {true, false}, "http://localhost:3000": {true, false},
		"http://LOCALHOST:3000": {true, false}, "https://localhost:3000": {false, false}, "http://localhost:80@evil.example": {false, false},
		"http://localhost.evil.example": {false, false}, "http://localhost:3000.evil.example": {false, false}, "http://evil.example/localhost:1": {false, false},
		"http://localhost:3000/": {false, false}, "http://127.0.0.1:3000": {false, false}, "null": {false, false}, "*": {false, false}, "file://": {false, false},
		"https://app.example.com": {false, true}, "https://app.example.com:8443": {false, false}, "http://app.example.com": {false, false},
		"https://app.example.com.evil.example": {false, false}, "https://xapp.example.com": {false, false}, "http://dev.example.com:1": {false, true},
		"appx://adiuva": {false, false}, "http://localhost:3000#app://x": {false, false},
	} {
		for i, s := range []*server{byDefault, configured} {
			resp, _ := s.send(t, "GET", "/api/v1/health", "", "Origin: "+origin)
			assert.Equal(t, 200, resp.StatusCode)
			got := resp.Header.Get("Access-Control-Allow-Origin")
			assert.Equal(t, want[i], got == origin, "%s %d %q", origin, i, got)
			assert.Equal(t, want[i], got != "", origin)
			assert.Contains(t, resp.Header.Values("Vary"), "Origin")
		}
	}
}

func TestAPreflightIsAnsweredAndCachedAndAnErrorIsReadable(t *testing.T) {
	t.Parallel()
	s := serve(t, useCases())
	resp, body := s.send(t, "OPTIONS", "/api/v1/storage/records", "", "Origin: app://adiuva", "Access-Control-Request-Method: PUT", "Access-Control-Request-Headers: authorization")
	assert.Equal(t, 204, resp.StatusCode)
	assert.Empty(t, body)
	assert.Equal(t, "true", resp.Header.Get("Access-Control-Allow-Credentials"))
	assert.Equal(t, "7200", resp.Header.Get("Access-Control-Max-Age"))
	assert.Contains(t, resp.Header.Get("Access-Control-Allow-Headers"), "Authorization")
	assert.Contains(t, resp.Header.Get("Access-Control-Allow-Methods"), "DELETE")
	resp, _ = s.send(t, "OPTIONS", "/api/v1/storage/records", "", "Origin: https://evil.example", "Access-Control-Request-Method: PUT")
	assert.Equal(t, 204, resp.StatusCode)
	assert.Empty(t, resp.Header.Get("Access-Control-Allow-Methods"))
	resp, _ = s.send(t, "OPTIONS", "/api/v1/storage/records", "")
	assert.Equal(t, "GET, HEAD, POST", resp.Header.Get("Allow"))
	resp, _ = s.send(t, "GET", "/api/v1/auth/me", "", "Origin: app://adiuva")
	assert.Equal(t, 401, resp.StatusCode)
	assert.Equal(t, "app://adiuva", resp.Header.Get("Access-Control-Allow-Origin"))
	assert.Contains(t, resp.Header.Get("Access-Control-Expose-Headers"), "X-Checksum")
}

func TestAForwardedAddressIsBelievedFromTrustedProxiesOnly(t *testing.T) {
	t.Parallel()
	seen := make(chan string, 1)
	uc := useCases()
	uc.Accounts.Login = does[accounts.LoginInput, accounts.Tokens](func(_ context.Context, in accounts.LoginInput) (accounts.Tokens, error) {
		seen <- in.Address
		return accounts.Tokens{}, nil
	})
	alone := serve(t, uc)
	behind := serve(t, uc, func(c *httpapi.Config) { c.TrustedProxies = []string{"127.0.0.0/8", "10.0.0.1"} })
	for header, want := range map[string][2]string{
		"6.6.6.6": {"127.0.0.1", "6.6.6.6"}, "6.6.6.6, 7.7.7.7": {"127.0.0.1", "7.7.7.7"}, "7.7.7.7, 10.0.0.1": {"127.0.0.1", "7.7.7.7"},
		"abc": {"127.0.0.1", "127.0.0.1"}, "2001:db8::1": {"127.0.0.1", "2001:db8::1"}, "": {"127.0.0.1", "127.0.0.1"},
	} {
		for i, s := range []*server{alone, behind} {
			s.send(t, "POST", "/api/v1/auth/login", credentials, asJSON, "X-Forwarded-For: "+header)
			assert.Equal(t, want[i], <-seen, header)
		}
	}
}

func TestReadinessListsDependenciesAndTurnsWithThem(t *testing.T) {
	t.Parallel()
	uc := useCases()
	health := operations.Health{Ready: true, Dependencies: []operations.Dependency{{Name: "database", Up: true, Latency: 3 * time.Millisecond}}}
	uc.Operations.CheckHealth = does[operations.CheckHealthInput, operations.Health](func(context.Context, operations.CheckHealthInput) (operations.Health, error) {
		return health, nil
	})
	s := serve(t, uc)
	resp, body := s.send(t, "GET", "/api/v1/health/ready", "")
	assert.Equal(t, 200, resp.StatusCode)
	assert.JSONEq(t, `{"status":"ready","dependencies":[{"name":"database","state":"up","latency_ms":3}]}`, body)
	resp, body = s.send(t, "GET", "/api/v1/health", "")
	assert.Equal(t, 200, resp.StatusCode)
	assert.JSONEq(t, `{"status":"ok","version":"1.2.3"}`, body)

	health = operations.Health{Dependencies: []operations.Dependency{{Name: "objects", Cause: errors.New("10.1.2.3 refused")}}}
	down := serve(t, uc)
	resp, body = down.send(t, "GET", "/api/v1/health/ready", "")
	assert.Equal(t, 503, resp.StatusCode)
	assert.JSONEq(t, `{"status":"unavailable","dependencies":[{"name":"objects","state":"down","latency_ms":0}]}`, body)
	assert.Contains(t, down.logged(t, "dependency down")["cause"], "10.1.2.3 refused")
}
