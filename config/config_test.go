package config_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/config"
)

// load reads settings from flags alone, so that tests can run side by side.
func load(t *testing.T, values map[string]string) (config.Config, error) {
	t.Helper()
	flags := map[string]string{"DATA_DIR": t.TempDir()}
	maps.Copy(flags, values)
	return config.Load(config.Source{Flags: flags})
}

func TestWithNothingSetADevelopmentServerOnThisMachineComesOut(t *testing.T) {
	t.Parallel()
	c, err := load(t, nil)
	require.NoError(t, err)
	assert.Equal(t, config.Dev, c.Env)
	assert.Equal(t, 8000, c.HTTP.Port)
	assert.Equal(t, []string{"app://*", "http://localhost:*"}, c.HTTP.Origins)
	assert.Equal(t, "sqlite", c.Rows.Kind())
	assert.Equal(t, "sqlite://"+filepath.Join(c.DataDir, "adiuva.db"), c.Database())
	assert.True(t, c.LLM.Offline())
	assert.Equal(t, 15*time.Minute, c.Tokens.Lifetime)
	assert.Equal(t, 12, c.Hashing.Cost)
}

func TestTheGeneratedSecretSurvivesARestartAndIsReadableByItsOwnerOnly(t *testing.T) {
	t.Parallel()
	for _, alg := range []string{"HS256", "RS256", "EdDSA"} {
		dir := t.TempDir()
		src := config.Source{Flags: map[string]string{"DATA_DIR": dir, "JWT_ALGORITHM": alg}}
		first, err := config.Load(src)
		require.NoError(t, err)
		second, err := config.Load(src)
		require.NoError(t, err)
		assert.GreaterOrEqual(t, len(first.Tokens.Secret.Reveal()), 64)
		assert.Equal(t, first.Tokens.Secret.Reveal(), second.Tokens.Secret.Reveal())
		info, err := os.Stat(filepath.Join(dir, "jwt-"+strings.ToLower(alg)+".secret"))
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	}
}

func TestProcessesThatStartAtOnceShareOneGeneratedSecret(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	secrets := make(chan string, 8)
	for range cap(secrets) {
		go func() {
			c, err := config.Load(config.Source{Flags: map[string]string{"DATA_DIR": dir}})
			assert.NoError(t, err)
			secrets <- c.Tokens.Secret.Reveal()
		}()
	}
	first := <-secrets
	for range cap(secrets) - 1 {
		assert.Equal(t, first, <-secrets)
	}
}

func TestEveryProblemIsReportedAtOnceAndNoValueIsRepeated(t *testing.T) {
	t.Parallel()
	_, err := load(t, map[string]string{
		"ENV": "staging", "PORT": "eighty", "DATABASE_URL": "mysql://root:hunter2@db/x", "BCRYPT_COST": "40",
		"LLM_TIMEOUT": "soon", "CORS_ORIGINS": "*", "TRUSTED_PROXIES": "everyone", "S3_ENDPOINT": "ftp://x",
	})
	require.Error(t, err)
	for _, name := range []string{"ENV", "PORT", "DATABASE_URL", "BCRYPT_COST", "LLM_TIMEOUT", "CORS_ORIGINS", "TRUSTED_PROXIES", "S3_ENDPOINT"} {
		assert.Contains(t, err.Error(), "  "+name+": ")
	}
	assert.NotContains(t, err.Error(), "hunter2")
	assert.NotContains(t, err.Error(), "eighty")
}

// prod is a complete production setting; each test takes something away.
func prod() map[string]string {
	return map[string]string{
		"ENV": "prod", "DATABASE_URL": "postgres://u:p@db/adiuva", "S3_BUCKET": "adiuva", "QDRANT_URL": "https://qdrant.example.com", "JWT_SECRET": strings.Repeat("s", 64),
		"OPENAI_API_KEY": "sk-x", "PUBLIC_URL": "https://api.example.com", "CORS_ORIGINS": "app://*",
		"TRUSTED_PROXIES": "none",
	}
}

func TestProductionRefusesEachDefaultThatIsInsecureOrBoundToOneMachine(t *testing.T) {
	t.Parallel()
	_, err := load(t, prod())
	require.NoError(t, err, "a complete production setting")
	for name, value := range map[string]string{
		"TRUSTED_PROXIES": "", "DATABASE_URL": "", "S3_BUCKET": "", "QDRANT_URL": "", "JWT_SECRET": "", "OPENAI_API_KEY": "",
		"PUBLIC_URL": "http://api.example.com", "CORS_ORIGINS": "app://*,http://localhost:*", "BCRYPT_COST": "4",
	} {
		settings := prod()
		settings[name] = value
		_, err := load(t, settings)
		require.Error(t, err, name)
		assert.Contains(t, err.Error(), "  "+name+": ")
	}
	_, err = load(t, map[string]string{"ENV": "prod"})
	require.Error(t, err)
	assert.GreaterOrEqual(t, strings.Count(err.Error(), "\n"), 6, "all at once")
}

func TestAPlusAddsOriginsToTheDefault(t *testing.T) {
	t.Parallel()
	c, err := load(t, map[string]string{"CORS_ORIGINS": "+https://app.example.com"})
	require.NoError(t, err)
	assert.Equal(t, []string{"app://*", "http://localhost:*", "https://app.example.com"}, c.HTTP.Origins)
	c, err = load(t, map[string]string{"CORS_ORIGINS": "https://app.example.com"})
	require.NoError(t, err)
	assert.Equal(t, []string{"https://app.example.com"}, c.HTTP.Origins)
}

func TestFlagsComeBeforeDotEnvAndDotEnvBeforeTheFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, dotenv := filepath.Join(dir, "adiuva.toml"), filepath.Join(dir, ".env")
	require.NoError(t, os.WriteFile(file, []byte("PORT = 1001\nJWT_ISSUER = \"file\"\nLLM_MODEL = \"file\"\n"), 0o600))
	require.NoError(t, os.WriteFile(dotenv, []byte("JWT_ISSUER=dotenv\nLLM_MODEL=dotenv\nSOMETHING_ELSE=1\n"), 0o600))
	c, err := config.Load(config.Source{
		File: file, DotEnv: dotenv, Flags: map[string]string{"DATA_DIR": dir, "LLM_MODEL": "flag"},
	})
	require.NoError(t, err)
	assert.Equal(t, 1001, c.HTTP.Port)
	assert.Equal(t, "dotenv", c.Tokens.Issuer)
	assert.Equal(t, "flag", c.LLM.OpenAI.Model)
}

func TestTheEnvironmentComesBeforeDotEnv(t *testing.T) {
	dir := t.TempDir()
	dotenv := filepath.Join(dir, ".env")
	require.NoError(t, os.WriteFile(dotenv, []byte("JWT_ISSUER=dotenv\nJWT_AUDIENCE=dotenv\n"), 0o600))
	t.Setenv("JWT_ISSUER", "environment")
	c, err := config.Load(config.Source{DotEnv: dotenv, Flags: map[string]string{"DATA_DIR": dir}})
	require.NoError(t, err)
	assert.Equal(t, "environment", c.Tokens.Issuer)
	assert.Equal(t, "dotenv", c.Tokens.Audience)
}

func TestASettingsFileWithAnUnknownNameIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "adiuva.yaml")
	require.NoError(t, os.WriteFile(file, []byte("PROT: 1001\n"), 0o600))
	_, err := config.Load(config.Source{File: file, Flags: map[string]string{"DATA_DIR": dir}})
	require.ErrorContains(t, err, "PROT: there is no such setting")
}

func TestSecretsAreNeverPrinted(t *testing.T) {
	t.Parallel()
	c, err := load(t, map[string]string{"JWT_SECRET": strings.Repeat("canary", 12), "DATABASE_URL": "postgres://u:canary@db/x",
		"OTEL_EXPORTER_OTLP_HEADERS": "authorization=Bearer%20canary"})
	require.NoError(t, err)
	asJSON, err := json.Marshal(c)
	require.NoError(t, err)
	var logged strings.Builder
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("settings", "config", c, "secret", c.Tokens.Secret, "rows", c.Rows)
	for _, s := range []string{fmt.Sprintf("%v", c), fmt.Sprintf("%+v", c), fmt.Sprintf("%#v", c), string(asJSON), logged.String()} {
		assert.NotContains(t, s, "canary")
	}
}

func TestDotEnvExampleNamesEverySettingWithItsDefault(t *testing.T) {
	t.Parallel()
	example, err := os.ReadFile("../.env.example")
	require.NoError(t, err)
	var want strings.Builder
	want.WriteString("# Every setting with its default. Copy to .env and remove the # of what you change.\n")
	for _, s := range config.Settings() {
		fmt.Fprintf(&want, "\n# %s\n#%s=%s\n", s.Doc, s.Name, s.Default)
	}
	if os.Getenv("UPDATE") == "1" {
		require.NoError(t, os.WriteFile("../.env.example", []byte(want.String()), 0o600))
	}
	assert.Equal(t, want.String(), string(example), "run UPDATE=1 go test ./config to write it anew")
}
