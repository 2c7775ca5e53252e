package contract

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/test/harness"
)

func (h *house) refresh(t *testing.T, status int, token string) harness.Answer {
	t.Helper()
	return h.guest().Expect(t, status, http.MethodPost, "/auth/refresh", map[string]string{"refresh_token": token})
}

func TestARefreshRefusesWhatIsNoLiveToken(t *testing.T) {
	t.Parallel()
	h := open(t)
	user := h.join(t, "free")
	loggedOut := h.login(t, user)
	loggedOut.Expect(t, http.StatusOK, http.MethodPost, "/auth/logout", nil)
	rows := []row{}
	for name, token := range map[string]string{
		"an empty one": "", "none": canary, "an access token": user.Access, "a token that was cut": user.Refresh[:len(user.Refresh)-1],
		"a token with more": user.Refresh + "A", "one that nobody has": strings.Repeat("A", len(user.Refresh)), "one in another case": strings.ToUpper(user.Refresh),
		"one of a session that was ended": loggedOut.Refresh, "one with white space": " " + user.Refresh, "a long one": strings.Repeat("A", 4000),
	} {
		rows = append(rows, row{name: name, as: h.guest(), method: http.MethodPost, path: "/auth/refresh", body: map[string]string{"refresh_token": token},
			status: http.StatusUnauthorized, code: "unauthenticated"})
	}
	h.run(t, rows)
	user.Keep(t, h.refresh(t, http.StatusOK, user.Refresh))
	user.Expect(t, http.StatusOK, http.MethodGet, "/auth/me", nil)
}

func TestATokenThatComesBackTooLateEndsItsSession(t *testing.T) {
	t.Parallel()
	h := open(t)
	user := h.join(t, "free")
	other := h.login(t, user)
	parent := user.Refresh
	user.Keep(t, h.refresh(t, http.StatusOK, parent))
	child := user.Refresh
	again := h.refresh(t, http.StatusOK, parent)
	assert.Equal(t, child, text(t, again, "refresh_token"), "a lost answer is given again")
	h.clock.Advance(10*time.Second + time.Millisecond)
	a := h.refresh(t, http.StatusUnauthorized, parent)
	assert.Equal(t, "refresh_token_reused", a.Code())
	user.Expect(t, http.StatusUnauthorized, http.MethodGet, "/auth/me", nil)
	assert.Equal(t, "unauthenticated", h.refresh(t, http.StatusUnauthorized, child).Code())
	other.Expect(t, http.StatusOK, http.MethodGet, "/auth/me", nil)
}

func TestAnAccessTokenEndsWhenItSays(t *testing.T) {
	t.Parallel()
	h := open(t)
	user := h.join(t, "free")
	h.clock.Advance(15*time.Minute - time.Second)
	user.Expect(t, http.StatusOK, http.MethodGet, "/auth/me", nil)
	h.clock.Advance(32 * time.Second) // what the clocks of two servers may differ, and a little
	a := user.Expect(t, http.StatusUnauthorized, http.MethodGet, "/auth/me", nil)
	assert.Equal(t, "token_expired", a.Code())
	assert.Contains(t, a.Header.Get("WWW-Authenticate"), `error="invalid_token"`)
	user.Keep(t, h.refresh(t, http.StatusOK, user.Refresh))
	user.Expect(t, http.StatusOK, http.MethodGet, "/auth/me", nil)
}

func TestASessionIsEndedByItsUserAndNobodyElse(t *testing.T) {
	t.Parallel()
	h := open(t)
	user, stranger := h.join(t, "free"), h.join(t, "free")
	phone, laptop := h.login(t, user), h.login(t, user)
	phoneID, laptopID := otherSession(t, user, phone), otherSession(t, user, laptop)
	end := func(name string, as *harness.Client, id string, status int, code string) row {
		return row{name: name, as: as, method: http.MethodDelete, path: "/auth/sessions/" + id, status: status, code: code}
	}
	h.run(t, []row{
		end("of somebody else", stranger, phoneID, 404, "not_found"),
		end("of the user", user, phoneID, 200, ""),
		end("that has ended", user, phoneID, 404, "not_found"),
		end("by its id in capitals", user, strings.ToUpper(laptopID), 200, ""),
		end("that is no session but a user", user, text(t, user.Expect(t, 200, http.MethodGet, "/auth/me", nil), "id"), 404, "not_found"),
	})
	for _, ended := range []*harness.Client{phone, laptop} {
		assert.Equal(t, "unauthenticated", ended.Expect(t, http.StatusUnauthorized, http.MethodGet, "/auth/me", nil).Code())
		h.refresh(t, http.StatusUnauthorized, ended.Refresh)
	}
	var list []struct {
		ID, Device string
		Current    bool
		CreatedAt  int64 `json:"created_at"`
	}
	user.Expect(t, http.StatusOK, http.MethodGet, "/auth/sessions", nil).Decode(t, &list)
	require.Len(t, list, 1)
	assert.True(t, list[0].Current)
	assert.Contains(t, list[0].Device, "Go-http-client")
	assert.Equal(t, h.clock.Now().UnixMilli(), list[0].CreatedAt)
	user.Expect(t, http.StatusOK, http.MethodDelete, "/auth/sessions/"+list[0].ID, nil)
	user.Expect(t, http.StatusUnauthorized, http.MethodGet, "/auth/me", nil)
}

func TestLoggingOutEndsOneSession(t *testing.T) {
	t.Parallel()
	h := open(t)
	user := h.join(t, "free")
	other := h.login(t, user)
	assert.JSONEq(t, `{"ok":true}`, string(other.Expect(t, http.StatusOK, http.MethodPost, "/auth/logout", nil).Body))
	other.Expect(t, http.StatusUnauthorized, http.MethodPost, "/auth/logout", nil)
	h.refresh(t, http.StatusUnauthorized, other.Refresh)
	user.Expect(t, http.StatusOK, http.MethodGet, "/auth/me", nil)
}

func TestChangingThePasswordEndsEveryOtherSession(t *testing.T) {
	t.Parallel()
	h := open(t)
	user := h.join(t, "free")
	other := h.login(t, user)
	change := func(name, from, to string, status int, code string, at ...string) row {
		return row{name: name, as: user, method: http.MethodPut, path: "/auth/password", body: map[string]string{"old_password": from, "new_password": to}, status: status, code: code, at: at}
	}
	h.run(t, []row{
		change("a wrong old one", "not the password", "a new password", 401, "invalid_credentials"),
		change("an empty old one", "", "a new password", 401, "invalid_credentials"),
		change("a new one of 7 bytes", harness.Password, "1234567", 422, "validation_failed", "body.new_password"),
		change("a new one of 73 bytes", harness.Password, canary+strings.Repeat("x", 63), 422, "validation_failed", "body.new_password"),
	})
	other.Expect(t, http.StatusOK, http.MethodGet, "/auth/me", nil)
	h.login(t, user).Expect(t, http.StatusOK, http.MethodPost, "/auth/logout", nil)
	h.run(t, []row{change("right", harness.Password, "a new password", 200, "")})
	user.Expect(t, http.StatusOK, http.MethodGet, "/auth/me", nil)
	assert.Equal(t, "unauthenticated", other.Expect(t, http.StatusUnauthorized, http.MethodGet, "/auth/me", nil).Code())
	h.refresh(t, http.StatusUnauthorized, other.Refresh)
	h.guest().Expect(t, http.StatusUnauthorized, http.MethodPost, "/auth/login", credentials(user.Email, harness.Password))
	h.guest().Expect(t, http.StatusOK, http.MethodPost, "/auth/login", credentials(user.Email, "a new password"))
	user.Keep(t, h.refresh(t, http.StatusOK, user.Refresh))
}

func TestATicketIsFreshEachTimeAndGoodForHalfAMinute(t *testing.T) {
	t.Parallel()
	h := open(t)
	user := h.join(t, "free")
	seen := map[string]bool{}
	for range 3 {
		a := user.Expect(t, http.StatusOK, http.MethodPost, "/auth/ws-ticket", nil)
		ticket := text(t, a, "ticket")
		assert.GreaterOrEqual(t, len(ticket), 22, "less than 128 bits")
		assert.False(t, seen[ticket])
		seen[ticket] = true
		expires, ok := object(t, a)["expires_at"].(float64)
		require.True(t, ok)
		assert.Equal(t, h.clock.Now().Add(30*time.Second).UnixMilli(), int64(expires))
		h.with(ticket).Expect(t, http.StatusUnauthorized, http.MethodGet, "/auth/me", nil)
		h.refresh(t, http.StatusUnauthorized, ticket)
	}
}
