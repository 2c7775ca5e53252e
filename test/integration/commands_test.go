package integration

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/test/fakes/openai"
	"github.com/adiuva/cloud/test/fakes/qdrant"
	"github.com/adiuva/cloud/test/harness"
)

// command runs a command that must succeed and answers what it printed.
func command(t *testing.T, settings map[string]string, args ...string) string {
	t.Helper()
	out, err := harness.Command(t, settings, args...)
	require.NoError(t, err, "adiuva %s: %s", strings.Join(args, " "), out)
	return out
}

// refused runs a command that must fail and answers what it printed.
func refused(t *testing.T, settings map[string]string, args ...string) string {
	t.Helper()
	out, err := harness.Command(t, settings, args...)
	require.Error(t, err, "adiuva %s: %s", strings.Join(args, " "), out)
	return out
}

func TestTheSchemaMovesByCommand(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(t *testing.T) map[string]string{
		"SQLite":     func(t *testing.T) map[string]string { t.Helper(); return harness.Embedded(t) },
		"PostgreSQL": func(t *testing.T) map[string]string { t.Helper(); settings, _ := harness.Real(t); return settings },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			settings := open(t)
			steps := strings.Count(command(t, settings, "migrate", "status"), "missing")
			require.Positive(t, steps)
			command(t, settings, "migrate", "up")
			assert.Equal(t, steps, strings.Count(command(t, settings, "migrate", "status"), "applied"))
			for done := range steps {
				command(t, settings, "migrate", "down")
				status := command(t, settings, "migrate", "status")
				assert.Equal(t, steps-done-1, strings.Count(status, "applied"))
				assert.Equal(t, done+1, strings.Count(status, "missing"))
			}
			assert.Contains(t, command(t, settings, "migrate", "down"), "no migration to undo")
			server := harness.StartProcess(t, settings) // a development server brings it up to date itself
			assert.Equal(t, steps, strings.Count(command(t, settings, "migrate", "status"), "applied"))
			command(t, settings, "migrate", "down")
			ready := harness.NewClient(server.URL).Send(t, http.MethodGet, "/health/ready", nil)
			assert.Equal(t, http.StatusServiceUnavailable, ready.Status, "a server whose schema was taken away is not ready: %s", ready.Body)
			command(t, settings, "migrate", "up")
			harness.NewClient(server.URL).Expect(t, http.StatusOK, http.MethodGet, "/health/ready", nil)
		})
	}
}

// production is a complete production setting on real servers, with a provider that answers everything with one text.
func production(t *testing.T) map[string]string {
	t.Helper()
	provider := openai.Start(t)
	provider.Always(openai.Completion{Pieces: []string{"Hello."}}.Reply())
	settings, _ := harness.Real(t)
	maps.Copy(settings, map[string]string{
		"ENV": "prod", "JWT_SECRET": strings.Repeat("s", 48), "OPENAI_BASE_URL": provider.URL, "OPENAI_API_KEY": "sk-test",
		"PUBLIC_URL": "https://api.example.com", "CORS_ORIGINS": "app://*", "TRUSTED_PROXIES": "none", "BCRYPT_COST": "10",
		"QDRANT_URL": qdrant.Start(t, "").URL,
	})
	return settings
}

func TestProductionStartsOnlyWhenTheSchemaIsCurrentAndNothingIsMissing(t *testing.T) {
	t.Parallel()
	settings := production(t)
	assert.Contains(t, refused(t, settings, "serve"), "adiuva migrate up")
	command(t, settings, "migrate", "up")
	assert.Contains(t, refused(t, settings, "migrate", "down"), "--yes")
	command(t, settings, "migrate", "down", "--yes")
	command(t, settings, "migrate", "up")
	for _, name := range []string{"DATABASE_URL", "S3_BUCKET", "QDRANT_URL", "JWT_SECRET", "PUBLIC_URL", "CORS_ORIGINS", "TRUSTED_PROXIES"} {
		without := maps.Clone(settings)
		delete(without, name)
		if name == "S3_BUCKET" {
			delete(without, "S3_ENDPOINT")
		}
		out := refused(t, without, "serve")
		assert.Contains(t, out, name+": must")
		assert.NotContains(t, out, settings["JWT_SECRET"])
	}
}

func TestAdminCommandsWorkBesideARunningServer(t *testing.T) {
	t.Parallel()
	settings := harness.Embedded(t)
	server := harness.StartProcess(t, settings)
	user := harness.SignUp(t, server.URL)
	profile := func() (p struct{ Tier, Role string }) {
		user.Expect(t, http.StatusOK, http.MethodGet, "/auth/me", nil).Decode(t, &p)
		return p
	}
	assert.Equal(t, "free", profile().Tier)
	command(t, settings, "admin", "set-tier", strings.ToUpper(user.Email), "power")
	assert.Equal(t, "power", profile().Tier, "from the next request on")
	command(t, settings, "admin", "set-role", user.Email, "reviewer")
	assert.Equal(t, "reviewer", profile().Role)
	assert.Contains(t, refused(t, settings, "admin", "set-tier", user.Email, "gold"), "must be one of free, pro, power, team")
	assert.Contains(t, refused(t, settings, "admin", "set-role", user.Email, "king"), "must be one of user, reviewer, operator")
	refused(t, settings, "admin", "set-tier", "nobody@example.com", "pro")
	refused(t, settings, "admin", "set-tier", user.Email)
	assert.Equal(t, "power", profile().Tier)
}

func TestTheHealthcheckTellsAReadyServerFromNone(t *testing.T) {
	t.Parallel()
	server := harness.StartProcess(t, harness.Embedded(t))
	u, err := url.Parse(server.URL)
	require.NoError(t, err)
	at := harness.Embedded(t)
	at["PORT"] = u.Port()
	command(t, at, "healthcheck")
	assert.Zero(t, server.Terminate(t))
	assert.Contains(t, refused(t, at, "healthcheck"), "does not answer")
}

func TestTheVersionIsPrinted(t *testing.T) {
	t.Parallel()
	assert.True(t, strings.HasPrefix(command(t, nil, "version"), "adiuva "))
}

func TestARequestThatRunsWhenTheServerIsToldToStopIsAnswered(t *testing.T) {
	t.Parallel()
	provider := openai.Start(t)
	provider.Always(func(x *openai.Exchange) {
		x.Wait(500 * time.Millisecond)
		openai.Completion{Pieces: []string{"Hello."}}.Reply()(x)
	})
	settings := harness.Embedded(t)
	maps.Copy(settings, map[string]string{"OPENAI_BASE_URL": provider.URL, "OPENAI_API_KEY": "sk-test"})
	server := harness.StartProcess(t, settings)
	user := harness.SignUp(t, server.URL)
	answered := make(chan harness.Answer, 1)
	go func() {
		a, err := user.Try(t.Context(), http.MethodPost, "/chat", map[string]string{"message": "hello"})
		assert.NoError(t, err)
		answered <- a
	}()
	require.Eventually(t, func() bool { return len(provider.Requests()) > 0 }, 10*time.Second, 5*time.Millisecond)
	assert.Zero(t, server.Terminate(t))
	assert.Equal(t, http.StatusOK, (<-answered).Status)
}
