// Package integration runs the product's stories on real servers: PostgreSQL, S3, a provider that speaks the OpenAI
// protocol, and more than one replica. Start at demo_test.go.
package integration

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/test/fakes/openai"
	"github.com/adiuva/cloud/test/harness"
)

func TestTheDemoPassesOnSQLiteAndFiles(t *testing.T) {
	t.Parallel()
	demo(t, harness.Embedded(t))
}

func TestTheDemoPassesOnPostgreSQLAndS3(t *testing.T) {
	t.Parallel()
	settings, bucket := harness.Real(t)
	settings["SWEEP_INTERVAL"] = "100ms"
	demo(t, settings)
	harness.StartProcess(t, settings) // sweeps what the first had no time for
	assert.Eventually(t, func() bool {
		keys, err := bucket.Keys(t.Context())
		return err == nil && len(keys) == 0
	}, 60*time.Second, 200*time.Millisecond, "who leaves takes everything along")
}

func TestTheDemoPassesWithAProviderThatSpeaksTheOpenAIProtocol(t *testing.T) {
	t.Parallel()
	provider := openai.Start(t)
	zone, err := time.LoadLocation("Europe/Rome")
	require.NoError(t, err)
	now := time.Now().In(zone)
	due := time.Date(now.Year(), now.Month(), now.Day()+1, 15, 0, 0, 0, zone).UnixMilli()
	arguments := fmt.Sprintf(`{"title":"call Bob","priority":"high","due_date":%d}`, due)
	provider.Push(
		openai.Completion{Pieces: []string{`{"agents":["task_agent"],"asks":true,"sure":true}`}}.Reply(),
		openai.Completion{Calls: []openai.Call{{ID: "call_1", Name: "create_task", Arguments: arguments}}}.Reply(),
		openai.Completion{Pieces: []string{"Done: call Bob, tomorrow at 15:00."}}.Reply(),
	)
	settings := harness.Embedded(t)
	maps.Copy(settings, map[string]string{
		"OPENAI_BASE_URL": provider.URL, "OPENAI_API_KEY": "sk-test", "LLM_MODEL": "big", "LLM_ROUTER_MODEL": "small",
	})
	demo(t, settings)

	requests := provider.Requests()
	require.GreaterOrEqual(t, len(requests), 3)
	for i, model := range []string{"small", "big", "big"} {
		assert.Equal(t, model, requestModel(t, requests[i]))
		assert.Equal(t, "Bearer sk-test", requests[i].Header.Get("Authorization"))
	}
}

func requestModel(t *testing.T, r *openai.Request) string {
	t.Helper()
	var body struct{ Model string }
	r.Decode(t, &body)
	return body.Model
}

// demo runs `adiuva demo` against a server with these settings, as a person would.
func demo(t *testing.T, settings map[string]string) {
	t.Helper()
	server := harness.StartProcess(t, settings)
	out, err := harness.Command(t, settings, "demo", "--url", server.URL)
	require.NoError(t, err, "%s\n%s", out, server.Log())
	assert.Contains(t, out, "Everything is as it should be.")
	assert.Zero(t, server.Terminate(t), "exit code after SIGTERM")
	for line := range strings.Lines(server.Log()) {
		assert.True(t, json.Valid([]byte(line)), "a log line that is not JSON: %s", line)
		assert.NotContains(t, line, "Bob", "what a user said is in the log")
		assert.NotContains(t, line, "@example.com", "an e-mail address is in the log")
	}
}

func TestTheDemoFailsWhenTheServerIsWrong(t *testing.T) {
	t.Parallel()
	wrong := http.NewServeMux()
	wrong.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	server := newServer(t, wrong)
	out, err := harness.Command(t, harness.Embedded(t), "demo", "--url", server)
	require.Error(t, err)
	assert.Contains(t, out, "should have been 200, not 418")
}
