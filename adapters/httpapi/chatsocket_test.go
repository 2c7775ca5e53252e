package httpapi_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/adiuva/cloud/adapters/httpapi"
	"github.com/adiuva/cloud/application/accounts"
	"github.com/adiuva/cloud/application/orchestration"
	"github.com/adiuva/cloud/domain/account"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	socketPath = "/api/v1/chat/stream"
	otherToken = "other.access.token"
	goodTicket = "a-ticket"
	typedOffer = "Sec-WebSocket-Protocol: adiuva.v1"
)

type streams = does[orchestration.OrchestrateStreamInput, orchestration.Answer]

// says is an answer of these pieces.
func says(pieces ...string) streams {
	return func(ctx context.Context, in orchestration.OrchestrateStreamInput) (orchestration.Answer, error) {
		for _, p := range pieces {
			if err := in.Sink.Send(ctx, chat.Token{Text: p}); err != nil {
				return orchestration.Answer{}, err
			}
		}
		return orchestration.Answer{Reply: chat.Reply{Text: strings.Join(pieces, ""), Agents: []string{"task_agent"}, Model: "m"}}, nil
	}
}

// chatting are use cases in which a stream answers, for two users with a ticket each.
func chatting(stream streams) httpapi.UseCases {
	uc := useCases()
	uc.Orchestration.OrchestrateStream = stream
	known := uc.Accounts.Authenticate
	uc.Accounts.Authenticate = does[accounts.AuthenticateInput, account.Principal](func(ctx context.Context, in accounts.AuthenticateInput) (account.Principal, error) {
		if in.AccessToken == otherToken {
			return account.Principal{UserID: "other", SessionID: "other session"}, nil
		}
		return known.Execute(ctx, in)
	})
	uc.Accounts.RedeemTicket = does[accounts.RedeemTicketInput, account.Principal](func(_ context.Context, in accounts.RedeemTicketInput) (account.Principal, error) {
		if in.Ticket == goodTicket {
			return account.Principal{UserID: userID, SessionID: sessionID}, nil
		}
		return account.Principal{}, fault.New(fault.Unauthenticated, "The ticket is not valid.")
	})
	uc.Accounts.CheckSession = does[accounts.CheckSessionInput, account.Principal](func(_ context.Context, in accounts.CheckSessionInput) (account.Principal, error) {
		return account.Principal{UserID: in.UserID, SessionID: in.SessionID}, nil
	})
	return uc
}

func TestASocketOpensWithEachOfThreeCredentials(t *testing.T) {
	t.Parallel()
	s := serve(t, chatting(says("Hello.")))
	for _, row := range []struct {
		name, path, protocol string
		headers              []string
	}{
		{"the header", socketPath, "", []string{asUser}},
		{"the header, with typed frames", socketPath, "adiuva.v1", []string{asUser, typedOffer}},
		{"the header, with another protocol", socketPath, "", []string{asUser, "Sec-WebSocket-Protocol: chat"}},
		{"a subprotocol", socketPath, "adiuva.v1", []string{typedOffer, "Sec-WebSocket-Protocol: bearer." + goodToken}},
		{"a subprotocol, the token first", socketPath, "adiuva.v1", []string{"Sec-WebSocket-Protocol: bearer." + goodToken, typedOffer}},
		{"a subprotocol alone", socketPath, "", []string{"Sec-WebSocket-Protocol: bearer." + goodToken}},
		{"a ticket", socketPath + "?ticket=" + goodTicket, "", nil},
		{"a ticket, with typed frames", socketPath + "?ticket=" + goodTicket, "adiuva.v1", []string{typedOffer}},
		{"a page of an allowed origin", socketPath, "", []string{asUser, "Origin: http://localhost:5173"}},
		{"the app", socketPath, "", []string{asUser, "Origin: app://adiuva"}},
	} {
		a := s.handshake(t, row.path, row.headers...)
		require.NoError(t, a.err, row.name)
		assert.Equal(t, http.StatusSwitchingProtocols, a.resp.StatusCode, row.name)
		assert.Equal(t, row.protocol, a.conn.Subprotocol(), row.name)
		assert.NotEmpty(t, a.resp.Header.Get("X-Request-Id"), row.name)
		assert.Empty(t, a.resp.Header.Get("Sec-WebSocket-Extensions"), row.name)
		c := talk{a.conn, t}
		if row.protocol == "" {
			c.say(`{"message":"hi"}`)
			pieces, end := c.answer()
			assert.Equal(t, []string{"Hello."}, pieces, row.name)
			assert.Equal(t, "Hello.", end.Response, row.name)
			continue
		}
		c.say(`{"type":"chat","message":"hi"}`)
		frames := c.run()
		assert.Equal(t, "done", frames[len(frames)-1].Type, row.name)
	}
}

func TestASocketIsRefusedBeforeItOpensWithAProblem(t *testing.T) {
	t.Parallel()
	s := serve(t, chatting(says("Hello.")))
	for _, row := range []struct {
		name, path string
		status     int
		code       string
		headers    []string
	}{
		{"nobody", socketPath, 401, "unauthenticated", nil},
		{"a token that is not ours", socketPath, 401, "unauthenticated", []string{"Authorization: Bearer nonsense"}},
		{"an old token", socketPath, 401, "token_expired", []string{"Authorization: Bearer old"}},
		{"an old token as a subprotocol", socketPath, 401, "token_expired", []string{typedOffer, "Sec-WebSocket-Protocol: bearer.old"}},
		{"an empty subprotocol", socketPath, 401, "unauthenticated", []string{typedOffer, "Sec-WebSocket-Protocol: bearer."}},
		{"another scheme", socketPath, 401, "unauthenticated", []string{"Authorization: Basic " + goodToken}},
		{"a token in the address", socketPath + "?token=" + goodToken, 401, "unauthenticated", nil},
		{"an access token in the address, and a header", socketPath + "?access_token=" + goodToken, 401, "unauthenticated", []string{asUser}},
		{"a token as a ticket", socketPath + "?ticket=" + goodToken, 401, "unauthenticated", nil},
		{"an empty ticket", socketPath + "?ticket=", 401, "unauthenticated", nil},
		{"two tickets", socketPath + "?ticket=" + goodTicket + "&ticket=" + goodTicket, 400, "malformed_request", nil},
		{"a header and a ticket", socketPath + "?ticket=" + goodTicket, 400, "malformed_request", []string{asUser}},
		{"a header and a subprotocol", socketPath, 400, "malformed_request", []string{asUser, "Sec-WebSocket-Protocol: bearer." + goodToken}},
		{"two subprotocols", socketPath, 400, "malformed_request", []string{"Sec-WebSocket-Protocol: bearer." + goodToken, "Sec-WebSocket-Protocol: bearer." + otherToken}},
		{"another origin", socketPath, 403, "forbidden", []string{asUser, "Origin: https://evil.example"}},
		{"an origin that looks like ours", socketPath, 403, "forbidden", []string{asUser, "Origin: http://localhost:80@evil.example"}},
		{"an opaque origin", socketPath, 403, "forbidden", []string{asUser, "Origin: null"}},
		{"another origin with a ticket", socketPath + "?ticket=" + goodTicket, 403, "forbidden", []string{"Origin: https://evil.example"}},
	} {
		a := s.handshake(t, row.path, row.headers...)
		require.Error(t, a.err, row.name)
		require.NotNil(t, a.resp, row.name)
		assert.Equal(t, row.status, a.resp.StatusCode, row.name)
		assert.Equal(t, row.code, problem(t, a.resp, a.body).Code, row.name)
		if row.status == http.StatusUnauthorized {
			assert.Contains(t, a.resp.Header.Get("WWW-Authenticate"), "Bearer", row.name)
		}
	}
	for _, secret := range []string{goodToken, otherToken, goodTicket, "evil.example"} {
		assert.NotContains(t, s.log.String(), secret)
	}
}

// upgrade is what opens a WebSocket by hand.
var upgrade = []string{asUser, "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="}

// without takes a header out of upgrade and puts others in.
func without(name string, more ...string) []string {
	out := []string{}
	for _, h := range upgrade {
		if !strings.HasPrefix(h, name+":") {
			out = append(out, h)
		}
	}
	return append(out, more...)
}

func TestARequestThatOpensNoSocketIsToldHow(t *testing.T) {
	t.Parallel()
	s := serve(t, chatting(says()))
	for _, row := range []struct {
		name    string
		method  string
		body    string
		status  int
		headers []string
	}{
		{"a plain GET", "GET", "", 426, []string{asUser}},
		{"no upgrade", "GET", "", 426, without("Upgrade")},
		{"another upgrade", "GET", "", 426, without("Upgrade", "Upgrade: h2c")},
		{"no connection", "GET", "", 426, without("Connection")},
		{"another version", "GET", "", 426, without("Sec-WebSocket-Version", "Sec-WebSocket-Version: 8")},
		{"no version", "GET", "", 426, without("Sec-WebSocket-Version")},
		{"no key", "GET", "", 400, without("Sec-WebSocket-Key")},
		{"a short key", "GET", "", 400, without("Sec-WebSocket-Key", "Sec-WebSocket-Key: c2hvcnQ=")},
		{"a key that is no base64", "GET", "", 400, without("Sec-WebSocket-Key", "Sec-WebSocket-Key: !!!!!!!!!!!!!!!!!!!!!!==")},
		{"a body", "GET", "body", 400, upgrade},
		{"nobody", "GET", "", 401, without("Authorization")},
		{"POST", "POST", "", 405, upgrade},
	} {
		resp, body := s.send(t, row.method, socketPath, row.body, row.headers...)
		assert.Equal(t, row.status, resp.StatusCode, row.name)
		problem(t, resp, body)
		if row.status == http.StatusUpgradeRequired {
			assert.Equal(t, "websocket", resp.Header.Get("Upgrade"), row.name)
		}
	}
}

func TestATicketIsNotUsedUpByARequestThatOpensNothing(t *testing.T) {
	t.Parallel()
	uc := chatting(says())
	uc.Accounts.RedeemTicket = does[accounts.RedeemTicketInput, account.Principal](func(context.Context, accounts.RedeemTicketInput) (account.Principal, error) {
		t.Error("the ticket was used up")
		return account.Principal{}, nil
	})
	s := serve(t, uc)
	resp, _ := s.send(t, "GET", socketPath+"?ticket="+goodTicket, "")
	assert.Equal(t, http.StatusUpgradeRequired, resp.StatusCode)
	resp, _ = s.send(t, "GET", socketPath+"?ticket="+goodTicket, "", without("Authorization", "Origin: https://evil.example")...)
	assert.Equal(t, http.StatusForbidden, resp.StatusCode)
}
