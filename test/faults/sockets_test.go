package faults

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/cmd/assembly"
	"github.com/adiuva/cloud/test/fakes/openai"
	"github.com/adiuva/cloud/test/fakes/provider"
	"github.com/adiuva/cloud/test/harness"
)

// streaming is a server whose model answers by this script, and a user's two sockets: of the original protocol and of
// typed frames.
func streaming(t *testing.T, script ...[]provider.Reply) (plain, typed harness.Socket, server *harness.Server) {
	t.Helper()
	fake := openai.Start(t, slices.Concat(script...)...)
	settings := harness.InMemory()
	settings["OPENAI_API_KEY"], settings["OPENAI_BASE_URL"], settings["LLM_IDLE_TIMEOUT"] = "key", fake.URL, "1s"
	server = harness.Serve(t, settings, assembly.Overrides{})
	user := harness.SignUp(t, server.URL)
	return user.Socket(t), user.Socket(t, "adiuva.v1"), server
}

// routed is the script of one request: it is routed, then answered in these rounds.
func routed(rounds ...provider.Reply) []provider.Reply {
	return append([]provider.Reply{openai.Completion{Pieces: []string{`{"agents":["task_agent"],"asks":true,"sure":true}`}}.Reply()}, rounds...)
}

var (
	ask      = map[string]any{"message": "What is new?", "context": map[string]any{"recent_tasks": []any{map[string]any{"id": "t1", "title": "Milk"}}}}
	typedAsk = map[string]any{"type": "chat", "message": "What is new?", "context": ask["context"]}
)

func spoken(frames []harness.Frame) string {
	var b strings.Builder
	for _, f := range frames {
		b.WriteString(f.Delta)
	}
	return b.String()
}

// TestAStreamThatBreaksIsAnErrorAndNeverAnAnswer breaks the provider in the middle of its answer in every way.
func TestAStreamThatBreaksIsAnErrorAndNeverAnAnswer(t *testing.T) {
	t.Parallel()
	begun := "Here is what is new, as far as I can see it from the list that you have sent. "
	for name, row := range map[string]struct {
		reply provider.Reply
		code  string
	}{
		"cut":             {openai.Cutting(begun), "upstream_failed"},
		"ended":           {openai.Ending(begun), "upstream_failed"},
		"an error object": {openai.Failing(begun, openai.Problem{Message: "boom at 10.0.0.7", Type: "server_error"}), "upstream_failed"},
		"stalled":         {openai.Stalling(begun), "upstream_timeout"},
		"a broken line":   {provider.Stream(openai.Delta(`{"content":"`+begun+`"}`), "data: {\"choices\":[{\"delta\":{\"content\":\n\n", openai.Finish("stop"), openai.Done), "upstream_failed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plain, typed, server := streaming(t, routed(row.reply), routed(row.reply), routed(openai.Completion{Pieces: []string{"All is well."}}.Reply()))
			plain.Say(ask)
			_, end := plain.Answer()
			require.NotNil(t, end.Error, "a part is no answer: %+v", end)
			assert.Equal(t, row.code, end.Error.Code)
			assert.NotContains(t, end.Error.Detail, "10.0.0.7")
			typed.Say(typedAsk)
			frames := typed.Run()
			last := frames[len(frames)-1]
			assert.Equal(t, "error", last.Type)
			assert.NotEmpty(t, last.RunID)
			require.NotNil(t, last.Error)
			assert.Equal(t, row.code, last.Error.Code)
			plain.Say(ask)
			_, end = plain.Answer()
			assert.Equal(t, "All is well.", end.Response, "the socket stays usable")
			assert.NotContains(t, server.Log.String(), "Here is what")
		})
	}
}

// TestAStreamThatIsOddIsUnderstood is what real providers send and naive readers trip over.
func TestAStreamThatIsOddIsUnderstood(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("word ", 14_000) // one line of 70 KB
	call := func(delta string) string { return openai.Delta(`{"tool_calls":[` + delta + `]}`) }
	interleaved := provider.Stream(
		call(`{"index":0,"id":"a","type":"function","function":{"name":"create_task","arguments":""}}`),
		call(`{"index":1,"id":"b","type":"function","function":{"name":"create_task","arguments":""}}`),
		call(`{"index":1,"type":"function","function":{"arguments":"{\"title\":"}}`),
		call(`{"index":0,"type":"function","function":{"arguments":"{\"title\":\"Fi"}}`),
		call(`{"index":1,"type":"function","function":{"arguments":"\"Second\"}"}}`),
		call(`{"index":0,"type":"function","function":{"arguments":"rst\"}"}}`),
		openai.Finish("tool_calls"), openai.Done)
	plain, typed, _ := streaming(t,
		routed(openai.Deltas("stop", `{"content":"`+long+`"}`)),
		routed(provider.Stream("\n", ": a comment\r\n\r\n", "event: message\nid: 7\n"+openai.Delta(`{"content":"Odd "}`), openai.Delta(`{"content":"lines."}`)+openai.Finish("stop")+openai.Done)),
		routed(interleaved, openai.Completion{Pieces: []string{"Two tasks."}}.Reply()))
	plain.Say(ask)
	pieces, end := plain.Answer()
	assert.Equal(t, strings.TrimSpace(long), strings.TrimSpace(end.Response))
	assert.Equal(t, end.Response, strings.Join(pieces, ""))
	plain.Say(ask)
	_, end = plain.Answer()
	assert.Equal(t, "Odd lines.", end.Response)
	typed.Say(map[string]any{"type": "chat", "message": "Add the tasks First and Second"})
	frames := typed.Run()
	last := frames[len(frames)-1]
	require.Equal(t, "done", last.Type, "%+v", last.Error)
	titles := []any{}
	for _, a := range last.Actions {
		titles = append(titles, a.Data["title"])
	}
	assert.Equal(t, []any{"First", "Second"}, titles)
	assert.Equal(t, last.Response, spoken(frames))
}

// TestNobodyPaysForAnAnswerThatNobodyHears looks at the provider's side: it is hung up on within a second.
func TestNobodyPaysForAnAnswerThatNobodyHears(t *testing.T) {
	t.Parallel()
	slow := func() provider.Reply {
		return openai.Completion{Pieces: strings.SplitAfter(strings.Repeat("on and on it goes ", 2000), " "), Pause: 10 * time.Millisecond}.Reply()
	}
	for name, reply := range map[string]func() provider.Reply{"while it writes": slow, "while it thinks": func() provider.Reply { return openai.Stalling("Wait for it, this is going to be good, I promise. ") }} {
		for how, end := range map[string]func(harness.Socket){
			"cancel":        func(s harness.Socket) { s.Say(map[string]any{"type": "cancel"}) },
			"a close frame": func(s harness.Socket) { go func() { _ = s.Close(websocket.StatusGoingAway, "") }() },
			"no goodbye":    func(s harness.Socket) { _ = s.CloseNow() },
		} {
			t.Run(name+", "+how, func(t *testing.T) {
				t.Parallel()
				fake := openai.Start(t, append(routed(reply()), routed(openai.Completion{Pieces: []string{"Still here."}}.Reply())...)...)
				settings := harness.InMemory()
				settings["OPENAI_API_KEY"], settings["OPENAI_BASE_URL"] = "key", fake.URL
				server := harness.Serve(t, settings, assembly.Overrides{})
				s := harness.SignUp(t, server.URL).Socket(t, "adiuva.v1")
				s.Say(typedAsk)
				for s.Next().Type != "token" {
					continue
				}
				request := fake.Last(t)
				end(s)
				select {
				case <-request.Gone():
				case <-time.After(time.Second):
					require.Fail(t, "the provider still works after a second")
				}
				if how != "cancel" {
					return
				}
				frames := s.Run()
				last := frames[len(frames)-1]
				require.NotNil(t, last.Error)
				assert.Equal(t, "request_timeout", last.Error.Code)
				s.Say(typedAsk)
				frames = s.Run()
				assert.Equal(t, "Still here.", frames[len(frames)-1].Response)
				assert.NotContains(t, server.Log.String(), "request failed")
			})
		}
	}
}
