package integration

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/memory"
	"github.com/adiuva/cloud/cmd/assembly"
	"github.com/adiuva/cloud/test/harness"
)

func newServer(t *testing.T, h http.Handler) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

const secret = "a secret that two replicas share, long enough"

// replicas are two servers on one real PostgreSQL and one bucket, with one clock that the test moves.
func replicas(t *testing.T) (a, b *harness.Server, clock *memory.Clock) {
	t.Helper()
	settings, _ := harness.Real(t)
	maps.Copy(settings, map[string]string{"JWT_SECRET": secret})
	clock = memory.NewClock(time.Now())
	a = harness.Serve(t, settings, assembly.Overrides{Clock: clock})
	b = harness.Serve(t, settings, assembly.Overrides{Clock: clock})
	return a, b, clock
}

func refresh(t *testing.T, base, token string) harness.Answer {
	t.Helper()
	return harness.NewClient(base).Send(t, http.MethodPost, "/auth/refresh", map[string]string{"refresh_token": token})
}

func TestARefreshTokenRotatesAtEachUse(t *testing.T) {
	t.Parallel()
	a, b, clock := replicas(t)
	user := harness.SignUp(t, a.URL)
	seen := map[string]bool{user.Refresh: true}
	for range 5 {
		clock.Advance(time.Minute)
		answer := refresh(t, b.URL, user.Refresh)
		require.Equal(t, http.StatusOK, answer.Status, "%s", answer.Body)
		user.Keep(t, answer)
		assert.False(t, seen[user.Refresh], "a token that was there before")
		seen[user.Refresh] = true
		user.Expect(t, http.StatusOK, http.MethodGet, "/auth/me", nil)
	}
}

func TestTheParentMayBeReplayedWithinTenSecondsOnAnyReplicaAndTheFamilyDoesNotFork(t *testing.T) {
	t.Parallel()
	a, b, clock := replicas(t)
	user := harness.SignUp(t, a.URL)
	parent := user.Refresh
	user.Keep(t, refresh(t, a.URL, parent))
	child := user.Refresh
	clock.Advance(10 * time.Second)
	again := refresh(t, b.URL, parent)
	require.Equal(t, http.StatusOK, again.Status, "%s", again.Body)
	user.Keep(t, again)
	assert.Equal(t, child, user.Refresh, "one active token")
	user.Expect(t, http.StatusOK, http.MethodGet, "/auth/me", nil)
	assert.Equal(t, http.StatusOK, refresh(t, a.URL, child).Status)
}

func TestATokenThatComesBackLaterEndsItsSessionOnEveryReplica(t *testing.T) {
	t.Parallel()
	a, b, clock := replicas(t)
	user := harness.SignUp(t, a.URL)
	other := harness.NewClient(a.URL)
	other.Keep(t, other.Expect(t, http.StatusOK, http.MethodPost, "/auth/login", map[string]string{"email": user.Email, "password": harness.Password}))
	parent := user.Refresh
	user.Keep(t, refresh(t, a.URL, parent))
	clock.Advance(10*time.Second + time.Millisecond)

	stolen := refresh(t, b.URL, parent)
	assert.Equal(t, http.StatusUnauthorized, stolen.Status)
	assert.Equal(t, "refresh_token_reused", stolen.Code())
	for _, base := range []string{a.URL, b.URL} {
		user.Base = base
		assert.Equal(t, "unauthenticated", user.Expect(t, http.StatusUnauthorized, http.MethodGet, "/auth/me", nil).Code(), "the access token counts no more")
		assert.Equal(t, http.StatusUnauthorized, refresh(t, base, user.Refresh).Status, "nor does the active refresh token")
	}
	other.Expect(t, http.StatusOK, http.MethodGet, "/auth/me", nil) // another session of the same user lives on
}

func TestTwoClientsThatRaceWithOneTokenStayTogether(t *testing.T) {
	t.Parallel()
	a, b, clock := replicas(t)
	user := harness.SignUp(t, a.URL)
	for range 20 {
		clock.Advance(time.Minute)
		var mu sync.Mutex
		next := map[string]int{}
		var racers sync.WaitGroup
		for i := range 6 {
			base := []string{a.URL, b.URL}[i%2]
			racers.Go(func() {
				c := harness.NewClient(base)
				answer, err := c.Try(t.Context(), http.MethodPost, "/auth/refresh", map[string]string{"refresh_token": user.Refresh})
				if assert.NoError(t, err) && assert.Equal(t, http.StatusOK, answer.Status, "%s", answer.Body) {
					var tokens harness.Tokens
					answer.Decode(t, &tokens)
					mu.Lock()
					defer mu.Unlock()
					next[tokens.RefreshToken]++
				}
			})
		}
		racers.Wait()
		require.Len(t, next, 1, "all racers hold the same token")
		for token := range next {
			user.Refresh = token
		}
	}
}

func TestARefreshTokenExpiresThirtyDaysAfterItsLastUse(t *testing.T) {
	t.Parallel()
	a, _, clock := replicas(t)
	user := harness.SignUp(t, a.URL)
	for range 3 {
		clock.Advance(29 * 24 * time.Hour)
		user.Keep(t, refresh(t, a.URL, user.Refresh))
	}
	clock.Advance(30 * 24 * time.Hour)
	assert.Equal(t, http.StatusUnauthorized, refresh(t, a.URL, user.Refresh).Status)
}

func TestAccessTokensThatAreNotExactlyOursAreRefused(t *testing.T) {
	t.Parallel()
	settings := harness.InMemory()
	settings["JWT_SECRET"] = secret
	server := harness.Serve(t, settings, assembly.Overrides{})
	user := harness.SignUp(t, server.URL)
	token, _, err := jwt.NewParser().ParseUnverified(user.Access, jwt.MapClaims{})
	require.NoError(t, err)
	sign := func(method jwt.SigningMethod, key any, change func(jwt.MapClaims)) string {
		claims := maps.Clone(token.Claims.(jwt.MapClaims))
		if change != nil {
			change(claims)
		}
		forged := jwt.NewWithClaims(method, claims)
		forged.Header = maps.Clone(token.Header)
		forged.Header["alg"] = method.Alg()
		s, err := forged.SignedString(key)
		require.NoError(t, err)
		return s
	}
	good := sign(jwt.SigningMethodHS256, []byte(secret), nil)
	for name, forged := range map[string]struct{ token, code string }{
		"alg none":         {sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, nil), "unauthenticated"},
		"another key":      {sign(jwt.SigningMethodHS256, []byte("another secret of the same length or so, yes"), nil), "unauthenticated"},
		"another method":   {sign(jwt.SigningMethodHS512, []byte(secret), nil), "unauthenticated"},
		"another audience": {sign(jwt.SigningMethodHS256, []byte(secret), func(c jwt.MapClaims) { c["aud"] = "elsewhere" }), "unauthenticated"},
		"another issuer":   {sign(jwt.SigningMethodHS256, []byte(secret), func(c jwt.MapClaims) { c["iss"] = "elsewhere" }), "unauthenticated"},
		"no expiry":        {sign(jwt.SigningMethodHS256, []byte(secret), func(c jwt.MapClaims) { delete(c, "exp") }), "unauthenticated"},
		"past its expiry": {sign(jwt.SigningMethodHS256, []byte(secret), func(c jwt.MapClaims) {
			c["iat"], c["exp"] = time.Now().Add(-time.Hour).Unix(), time.Now().Add(-2*time.Minute).Unix()
		}), "token_expired"},
		"cut":       {good[:len(good)-3], "unauthenticated"},
		"no token":  {"", "unauthenticated"},
		"a refresh": {user.Refresh, "unauthenticated"},
	} {
		c := harness.NewClient(server.URL)
		c.Access = forged.token
		answer := c.Send(t, http.MethodGet, "/auth/me", nil)
		assert.Equal(t, http.StatusUnauthorized, answer.Status, name)
		assert.Equal(t, forged.code, answer.Code(), name)
		assert.True(t, strings.HasPrefix(answer.Header.Get("WWW-Authenticate"), "Bearer"), name)
	}
	c := harness.NewClient(server.URL)
	c.Access = good
	c.Expect(t, http.StatusOK, http.MethodGet, "/auth/me", nil) // the forger's tools do make a good token
}
