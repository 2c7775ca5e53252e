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

func TestRegisteringGivesAnAccountWithNothingInIt(t *testing.T) {
	t.Parallel()
	h := open(t)
	c := h.guest()
	a := c.Expect(t, http.StatusCreated, http.MethodPost, "/auth/register", credentials("Ada.Lovelace+x@Example.COM", "12345678"))
	c.Keep(t, a)
	expires, ok := object(t, a)["expires_at"].(float64)
	require.True(t, ok)
	assert.Equal(t, h.clock.Now().Add(15*time.Minute).Unix(), int64(expires)/1000)
	profile := object(t, c.Expect(t, http.StatusOK, http.MethodGet, "/auth/me", nil))
	assert.Equal(t, "Ada.Lovelace+x@Example.COM", profile["email"])
	assert.Equal(t, "free", profile["tier"])
	assert.Equal(t, "user", profile["role"])
	assert.Regexp(t, `^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, profile["id"])
	export := belongings(t, c)
	assert.Empty(t, export["records"])
	assert.Len(t, export["sessions"], 1)
}

func TestRegisteringRefuses(t *testing.T) {
	t.Parallel()
	h := open(t)
	taken := h.join(t, "pro")
	store(t, taken, "notes", "what I have")
	refuse := func(name string, body any, status int, code string, at ...string) row {
		return row{name: name, as: h.guest(), method: http.MethodPost, path: "/auth/register", body: body, status: status, code: code, at: at}
	}
	again := func(name, email string) row {
		return refuse(name, credentials(email, "another password"), 409, "email_taken")
	}
	invalid := func(name, email, password string, at ...string) row {
		return refuse(name, credentials(email, password), 422, "validation_failed", at...)
	}
	rows := []row{
		again("an address that is taken", taken.Email),
		again("the same address in another case", strings.ToUpper(taken.Email)),
		again("the same address with white space", "  "+taken.Email+"\t"),
		again("the same address and password", taken.Email),
		invalid("both wrong", canary, "short", "body.email", "body.password"),
		invalid("7 bytes", address(), "1234567", "body.password"),
		invalid("7 bytes that are 2 characters more", address(), "€€1", "body.password"),
		invalid("an empty password", address(), "", "body.password"),
		invalid("73 bytes", address(), canary+strings.Repeat("x", 63), "body.password"),
		invalid("73 bytes in 25 characters", address(), strings.Repeat("€", 24)+"x", "body.password"),
		invalid("255 bytes of address", strings.Repeat("a", 255-len("@example.com"))+"@example.com", "12345678", "body.email"),
	}
	for _, email := range []string{"", " ", "ada", "ada@", "@example.com", "ada@@example.com", "a b@example.com", "Ada <ada@example.com>", "<ada@example.com>",
		"ada@example.com, bob@example.com", "ada@example.com\r\nBcc: x@example.com", "ada@exa mple.com", "ada\t@example.com", "ada@example..com"} {
		rows = append(rows, invalid("the address "+email, email, "12345678", "body.email"))
	}
	for _, field := range []string{"tier", "id", "role", "stripe_customer_id", "created_at"} {
		body := map[string]any{"email": "assign@example.com", "password": harness.Password, field: "pro"}
		rows = append(rows, refuse("assigning "+field, body, 422, "validation_failed", "body."+field))
	}
	h.run(t, rows)
	for _, c := range []map[string]string{credentials(taken.Email, "another password"), credentials("assign@example.com", harness.Password)} {
		a := h.guest().Expect(t, http.StatusUnauthorized, http.MethodPost, "/auth/login", c)
		assert.Equal(t, "invalid_credentials", a.Code(), "a refusal left an account")
	}
	h.login(t, taken)
}

func TestEveryByteOfAPasswordCounts(t *testing.T) {
	t.Parallel()
	h := open(t)
	for _, password := range []string{"12345678", strings.Repeat("x", 72), strings.Repeat("€", 24), " spaces at both ends ", "日本語のパスワード", "\t\"\\ \u202e/x"} {
		email := address()
		h.guest().Expect(t, http.StatusCreated, http.MethodPost, "/auth/register", credentials(email, password))
		h.guest().Expect(t, http.StatusOK, http.MethodPost, "/auth/login", credentials(email, password))
		for _, wrong := range []string{password + "x", password[:len(password)-1], strings.TrimSpace(password) + " ", strings.ToUpper(password) + "!"} {
			if !strings.ContainsRune(wrong, '\ufffd') {
				a := h.guest().Expect(t, http.StatusUnauthorized, http.MethodPost, "/auth/login", credentials(email, strings.ToValidUTF8(wrong, "")))
				assert.Equal(t, "invalid_credentials", a.Code())
			}
		}
	}
}

func TestLoginDoesNotTellWhoHasAnAccount(t *testing.T) {
	t.Parallel()
	h := open(t)
	user, gone := h.join(t, "free"), h.join(t, "free")
	gone.Expect(t, http.StatusOK, http.MethodDelete, "/auth/me", map[string]string{"password": harness.Password})
	h.users = h.users[:1]
	try := func(email, password string) harness.Answer {
		return h.guest().Expect(t, http.StatusUnauthorized, http.MethodPost, "/auth/login", credentials(email, password))
	}
	before := h.belongings(t)
	wrong := try(user.Email, "not the password")
	assert.Equal(t, "invalid_credentials", wrong.Code())
	sameButForTheRequest(t, wrong, try(address(), "not the password"))
	sameButForTheRequest(t, wrong, try(gone.Email, harness.Password))
	sameButForTheRequest(t, wrong, try(user.Email, ""))
	sameButForTheRequest(t, wrong, try(user.Email, strings.Repeat("x", 1000)))
	assert.Equal(t, before, h.belongings(t))
	h.guest().Expect(t, http.StatusOK, http.MethodPost, "/auth/login", credentials(strings.ToUpper(user.Email), harness.Password))
	h.guest().Expect(t, http.StatusOK, http.MethodPost, "/auth/login", credentials(" "+user.Email+" ", harness.Password))
	h.run(t, []row{{name: "no address", as: h.guest(), method: http.MethodPost, path: "/auth/login", body: credentials(canary, "x"), status: 422, code: "validation_failed", at: []string{"body.email"}}})
}

func TestGuessingIsSlowedDownAndTheWaitIsTrue(t *testing.T) {
	t.Parallel()
	h := open(t)
	user := h.join(t, "free")
	guess := func(email string) harness.Answer {
		return h.guest().Send(t, http.MethodPost, "/auth/login", credentials(email, "not the password"))
	}
	waits := map[string]string{}
	for _, email := range []string{user.Email, "nobody@example.com"} {
		for range 8 {
			assert.Equal(t, "invalid_credentials", guess(email).Code())
		}
		slowed := guess(email)
		require.Equal(t, http.StatusTooManyRequests, slowed.Status)
		waits[slowed.Header.Get("Retry-After")] = slowed.Code()
	}
	assert.Equal(t, map[string]string{"1": "rate_limited"}, waits, "alike, whether there is an account or not")
	a := h.guest().Expect(t, http.StatusTooManyRequests, http.MethodPost, "/auth/login", credentials(user.Email, harness.Password))
	assert.Equal(t, "rate_limited", a.Code(), "not even the right password is looked at")
	h.clock.Advance(time.Second)
	h.login(t, user)
}

func TestLeavingTakesThePasswordAndThenEverything(t *testing.T) {
	t.Parallel()
	h := open(t)
	user, other := h.join(t, "pro"), h.join(t, "pro")
	id := store(t, user, "notes", "mine")
	store(t, other, "notes", "theirs")
	second := h.login(t, user)
	leave := func(name string, body any, status int, code string, at ...string) row {
		return row{name: name, as: user, method: http.MethodDelete, path: "/auth/me", body: body, status: status, code: code, at: at}
	}
	h.run(t, []row{
		leave("without a body", nil, 400, "malformed_request"),
		leave("a wrong password", map[string]string{"password": "not the password"}, 401, "invalid_credentials"),
		leave("an empty password", map[string]string{"password": ""}, 401, "invalid_credentials"),
		leave("no password", map[string]string{}, 422, "validation_failed", "body.password"),
	})
	h.users = []*harness.Client{other}
	untouched := h.belongings(t)
	h.run(t, []row{{name: "for good", as: user, method: http.MethodDelete, path: "/auth/me", body: map[string]string{"password": harness.Password},
		status: 200, fields: map[string]any{"ok": true, "finished": true}}})
	for name, c := range map[string]*harness.Client{"this session": user, "another": second} {
		for _, path := range []string{"/auth/me", "/storage/records", "/storage/records/" + id, "/auth/me/export", "/agents"} {
			a := c.Expect(t, http.StatusUnauthorized, http.MethodGet, path, nil)
			assert.Equal(t, "unauthenticated", a.Code(), name)
		}
		a := h.guest().Expect(t, http.StatusUnauthorized, http.MethodPost, "/auth/refresh", map[string]string{"refresh_token": c.Refresh})
		assert.Equal(t, "unauthenticated", a.Code(), name)
	}
	h.guest().Expect(t, http.StatusUnauthorized, http.MethodPost, "/auth/login", credentials(user.Email, harness.Password))
	assert.Equal(t, untouched, h.belongings(t))

	back := h.guest()
	back.Keep(t, back.Expect(t, http.StatusCreated, http.MethodPost, "/auth/register", credentials(user.Email, harness.Password)))
	h.SetTier(t, user.Email, "pro")
	assert.Empty(t, belongings(t, back)["records"])
	a := back.Expect(t, http.StatusNotFound, http.MethodGet, "/storage/records/"+id, nil)
	assert.Equal(t, "not_found", a.Code(), "the address is free again, what it had is gone")
	user.Expect(t, http.StatusUnauthorized, http.MethodGet, "/auth/me", nil)
}

func TestAnExportHoldsWhatThereIsAndNoSecret(t *testing.T) {
	t.Parallel()
	h := open(t)
	user := h.join(t, "pro")
	for i := range 3 {
		store(t, user, "notes", strings.Repeat("x", i+1))
	}
	a := user.Expect(t, http.StatusOK, http.MethodGet, "/auth/me/export", nil)
	assert.Contains(t, a.Header.Get("Content-Disposition"), "attachment")
	var export struct {
		Profile  struct{ Email, Tier string }
		Sessions []struct{ ID string }
		Records  []meta
		Usage    map[string]int64
	}
	a.Decode(t, &export)
	var list []meta
	user.Expect(t, http.StatusOK, http.MethodGet, "/storage/records", nil).Decode(t, &list)
	assert.Equal(t, list, export.Records)
	assert.Equal(t, map[string]int64{"record_bytes": 6, "backup_bytes": 0}, export.Usage)
	assert.Equal(t, user.Email, export.Profile.Email)
	assert.Equal(t, "pro", export.Profile.Tier)
	assert.Len(t, export.Sessions, 1)
	for _, secret := range []string{user.Refresh, user.Access, "$2a$", "$2b$", "hash", "key"} {
		assert.NotContains(t, string(a.Body), secret)
	}
}
