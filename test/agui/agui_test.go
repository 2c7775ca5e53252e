// Package agui lets the client that AG-UI front ends use, the npm package @ag-ui/client, judge POST /chat/agui of the real
// binary. It needs Node.js 20 with npm, and a registry or a cache to install from: what is missing is a skip, or a failure
// under REQUIRE_SERVICES=1. Start at judge.mjs, which has the scenarios.
package agui

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/test/fakes/openai"
	"github.com/adiuva/cloud/test/harness"
)

// judge is a folder that holds judge.mjs and what it needs.
type judge string

// install takes the versions of package-lock.json.
func install(t *testing.T) judge {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"package.json", "package-lock.json", "judge.mjs"} {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), text, 0o600))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	npm := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")
	npm.Dir = dir
	if out, err := npm.CombinedOutput(); err != nil {
		require.NotEqual(t, "1", os.Getenv("REQUIRE_SERVICES"), "npm ci: %s\n%s", err, out)
		t.Skip("no judge: npm ci: " + err.Error())
	}
	return judge(dir)
}

// hear lets a new user of the server act one scenario.
func (j judge) hear(t *testing.T, server *harness.Process, scenario string, env ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	node := exec.CommandContext(ctx, "node", "judge.mjs", scenario)
	node.Dir = string(j)
	node.Env = append(os.Environ(), append(env, "BASE_URL="+server.URL, "TOKEN="+harness.SignUp(t, server.URL).Access)...)
	out, err := node.CombinedOutput()
	require.NoError(t, err, "%s", out)
}

func TestTheClientOfFrontEndsFindsNothingWrong(t *testing.T) {
	t.Parallel()
	j := install(t)
	for name, test := range map[string]func(*testing.T, judge){
		"with the offline model":                        offline,
		"while the provider still writes":               slow,
		"when a person agrees to delete what was found": found,
		"when the provider breaks off":                  broken,
		"when the front end stops":                      stopped,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, j)
		})
	}
}

func offline(t *testing.T, j judge) {
	t.Helper()
	server := harness.StartProcess(t, harness.Embedded(t))
	for _, scenario := range []string{
		"a text", "an action", "a change that the client could not make", "a lookup", "context entries", "a deletion, approved",
		"a deletion, rejected", "a new message instead of a decision", "a stranger",
	} {
		t.Run(scenario, func(t *testing.T) { j.hear(t, server, scenario) })
	}
	assert.NotContains(t, server.Log(), "milk", "what a user said is in the log")
}

// routed is a router that finds the agent for tasks.
func routed() openai.Reply {
	return openai.Completion{Pieces: []string{`{"agents":["task_agent"],"asks":true,"sure":true}`}, Prompt: 3, Completion: 2}.Reply()
}

// provided is a server whose model is the provider's.
func provided(t *testing.T, replies ...openai.Reply) (*openai.Server, *harness.Process) {
	t.Helper()
	provider := openai.Start(t, append([]openai.Reply{routed()}, replies...)...)
	settings := harness.Embedded(t)
	settings["OPENAI_BASE_URL"], settings["OPENAI_API_KEY"] = provider.URL, "sk-test"
	return provider, harness.StartProcess(t, settings)
}

func slow(t *testing.T, j judge) {
	t.Helper()
	pieces := strings.SplitAfter("There are four things to look at before anything else is done here today.", " ")
	_, server := provided(t, openai.Completion{Pieces: pieces, Pause: 100 * time.Millisecond, Prompt: 10, Completion: 5}.Reply())
	j.hear(t, server, "a stream", "WANT_TEXT="+strings.Join(pieces, ""))
}

func found(t *testing.T, j judge) {
	t.Helper()
	lookup := openai.Completion{Calls: []openai.Call{{ID: "call_1", Name: "list_tasks", Arguments: `{"search":"milk"}`}}}
	provider, server := provided(t, lookup.Reply())
	provider.Push(routed(), lookup.Reply(),
		openai.Completion{Calls: []openai.Call{{ID: "call_2", Name: "delete_task", Arguments: `{"task_id":"t-1"}`}}}.Reply(),
		openai.Completion{Pieces: []string{"I prepared to delete it."}}.Reply(),
	)
	j.hear(t, server, "a deletion of what was looked up")
}

func broken(t *testing.T, j judge) {
	t.Helper()
	_, server := provided(t, openai.Cutting("Half of an answer that is long enough to leave the server "))
	j.hear(t, server, "a provider that breaks off")
}

func stopped(t *testing.T, j judge) {
	t.Helper()
	provider, server := provided(t, openai.Stalling("Half of an answer that is long enough to leave the server "))
	j.hear(t, server, "a stop")
	select {
	case <-provider.Last(t).Gone():
	case <-time.After(3 * time.Second):
		t.Fatal("the provider is still asked")
	}
}
