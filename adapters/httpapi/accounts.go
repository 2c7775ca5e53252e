package httpapi

import (
	"net/http"
	"reflect"
	"time"

	"github.com/adiuva/cloud/adapters/httpapi/contract"
	"github.com/adiuva/cloud/application/accounts"
	"github.com/adiuva/cloud/domain/fault"
)

// nothing is the request shape of a route that takes only credentials.
type nothing struct{}

type withCredentials struct{ Body contract.Credentials }

type withRefreshToken struct{ Body contract.RefreshRequest }

type withPassword struct {
	Body contract.PasswordConfirmation
}

type withPasswordChange struct{ Body contract.PasswordChange }

type withSessionID struct {
	ID string `path:"id" format:"uuid" doc:"The session, by its id."`
}

// millis is a time as the contract has it.
func millis(t time.Time) int64 { return t.UnixMilli() }

func done[Out any](Out) contract.OK { return contract.OK{OK: true} }

func tokens(t accounts.Tokens) contract.AuthTokens {
	return contract.AuthTokens{AccessToken: t.Access, RefreshToken: t.Refresh, ExpiresAt: millis(t.ExpiresAt)}
}

// accounts are the routes under /auth.
func (a *API) accounts() {
	uc := a.useCases.Accounts
	route(a, operation{
		id: "register", method: http.MethodPost, path: "/auth/register", tag: "auth", status: http.StatusCreated, class: authBody, public: true,
		summary: "Make an account", fails: []fault.Code{fault.EmailTaken, fault.RateLimited},
	}, uc.Register, func(c call, r withCredentials) accounts.RegisterInput {
		return accounts.RegisterInput{Email: r.Body.Email, Password: r.Body.Password, Device: c.device}
	}, tokens)
	route(a, operation{
		id: "login", method: http.MethodPost, path: "/auth/login", tag: "auth", status: http.StatusOK, class: authBody, public: true,
		summary: "Log in", fails: []fault.Code{fault.InvalidCredentials, fault.RateLimited},
	}, uc.Login, func(c call, r withCredentials) accounts.LoginInput {
		return accounts.LoginInput{Email: r.Body.Email, Password: r.Body.Password, Device: c.device, Address: c.address}
	}, tokens)
	route(a, operation{
		id: "refresh", method: http.MethodPost, path: "/auth/refresh", tag: "auth", status: http.StatusOK, class: authBody, public: true,
		summary: "Exchange a refresh token for new tokens", description: "Each refresh token is good once. A lost answer can be asked for again within 10 s; " +
			"a token that comes back later ends its session, for it may have been stolen.",
		fails: []fault.Code{fault.Unauthenticated, fault.RefreshTokenReused},
	}, uc.Refresh, func(c call, r withRefreshToken) accounts.RefreshInput {
		return accounts.RefreshInput{RefreshToken: r.Body.RefreshToken, Address: c.address}
	}, tokens)
	route(a, operation{
		id: "logout", method: http.MethodPost, path: "/auth/logout", tag: "auth", status: http.StatusOK, class: noBody, summary: "End this session",
	}, uc.Logout, func(c call, _ nothing) accounts.LogoutInput {
		return accounts.LogoutInput{UserID: c.UserID, SessionID: c.SessionID}
	}, done)
	route(a, operation{
		id: "changePassword", method: http.MethodPut, path: "/auth/password", tag: "auth", status: http.StatusOK, class: authBody,
		summary: "Change the password", description: "Ends every other session.",
		fails: []fault.Code{fault.InvalidCredentials, fault.RateLimited, fault.Conflict},
	}, uc.ChangePassword, func(c call, r withPasswordChange) accounts.ChangePasswordInput {
		return accounts.ChangePasswordInput{UserID: c.UserID, SessionID: c.SessionID, OldPassword: r.Body.OldPassword,
			NewPassword: r.Body.NewPassword, Address: c.address}
	}, done)
	a.profile()
	a.sessions()
}

// profile are the routes about the account itself.
func (a *API) profile() {
	uc := a.useCases.Accounts
	route(a, operation{
		id: "getProfile", method: http.MethodGet, path: "/auth/me", tag: "auth", status: http.StatusOK, class: noBody, summary: "Who is logged in, and what their tier has",
	}, uc.GetProfile, func(c call, _ nothing) accounts.GetProfileInput {
		return accounts.GetProfileInput{UserID: c.UserID}
	}, userProfile)
	route(a, operation{
		id: "deleteAccount", method: http.MethodDelete, path: "/auth/me", tag: "auth", status: http.StatusOK, class: authBody,
		summary: "Delete the account and everything in it", description: "Closes the account at once; what takes longer follows in the background.",
		fails: []fault.Code{fault.InvalidCredentials, fault.RateLimited},
	}, uc.DeleteAccount, func(c call, r withPassword) accounts.DeleteAccountInput {
		return accounts.DeleteAccountInput{UserID: c.UserID, Password: r.Body.Password, Address: c.address}
	}, func(o accounts.DeleteAccountOutput) contract.AccountDeletion {
		return contract.AccountDeletion{OK: true, Finished: o.Finished}
	})
	routeStream(a, operation{
		id: "exportAccount", method: http.MethodGet, path: "/auth/me/export", tag: "auth", status: http.StatusOK, class: streamAnswer,
		summary: "Everything that the server holds about the user", fails: []fault.Code{fault.Conflict},
	}, streamed{mediaType: jsonType, description: "Metadata; the blobs are read by their id.", shape: reflect.TypeFor[contract.AccountExport]()},
		uc.ExportAccount, func(c call, _ nothing) accounts.ExportAccountInput {
			return accounts.ExportAccountInput{UserID: c.UserID}
		}, export)
}

// sessions are the routes about devices that are logged in.
func (a *API) sessions() {
	uc := a.useCases.Accounts
	route(a, operation{
		id: "listSessions", method: http.MethodGet, path: "/auth/sessions", tag: "auth", status: http.StatusOK, class: noBody, summary: "The devices that are logged in",
	}, uc.ListSessions, func(c call, _ nothing) accounts.ListSessionsInput {
		return accounts.ListSessionsInput{UserID: c.UserID, SessionID: c.SessionID}
	}, func(list []accounts.ListedSession) []contract.Session {
		out := make([]contract.Session, 0, len(list))
		for _, s := range list {
			out = append(out, contract.Session{ID: s.ID, Device: s.Device, Current: s.Current, CreatedAt: millis(s.CreatedAt),
				LastUsedAt: millis(s.LastUsedAt), ExpiresAt: millis(s.ExpiresAt)})
		}
		return out
	})
	route(a, operation{
		id: "endSession", method: http.MethodDelete, path: "/auth/sessions/{id}", tag: "auth", status: http.StatusOK, class: noBody, summary: "Log another device out",
	}, uc.EndSession, func(c call, r withSessionID) accounts.EndSessionInput {
		return accounts.EndSessionInput{UserID: c.UserID, SessionID: r.ID}
	}, done)
	route(a, operation{
		id: "issueTicket", method: http.MethodPost, path: "/auth/ws-ticket", tag: "auth", status: http.StatusOK, class: noBody,
		summary: "A ticket that opens one WebSocket", description: "For browsers, which cannot send an Authorization header there. Good once, for 30 s.",
	}, uc.IssueTicket, func(c call, _ nothing) accounts.IssueTicketInput {
		return accounts.IssueTicketInput{UserID: c.UserID, SessionID: c.SessionID}
	}, func(o accounts.IssueTicketOutput) contract.Ticket {
		return contract.Ticket{Ticket: o.Ticket, ExpiresAt: millis(o.ExpiresAt)}
	})
}

func userProfile(p accounts.Profile) contract.UserProfile {
	features := map[string]any{}
	for _, g := range p.Features {
		if g.Toggle {
			features[string(g.Feature)] = g.Value.Allows()
		} else {
			features[string(g.Feature)] = int64(g.Value)
		}
	}
	return contract.UserProfile{ID: p.ID, Email: p.Email, Tier: string(p.Tier), Role: string(p.Role), Features: features}
}
