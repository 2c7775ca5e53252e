package sanitizer

import (
	"encoding/base64"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/application/orchestration/agents"
	"github.com/adiuva/cloud/application/orchestration/prompts"
	"github.com/adiuva/cloud/domain/chat"
)

func library(t require.TestingT) map[string]string {
	l, err := prompts.Load()
	require.NoError(t, err)
	return l.All()
}

// built is the real thing, built once.
var built = sync.OnceValues(func() (*Sanitizer, error) {
	l, err := prompts.Load()
	if err != nil {
		return nil, err
	}
	r, err := agents.NewRegistry(l)
	if err != nil {
		return nil, err
	}
	return New(l.All(), r.Definitions()), nil
})

func whole(t require.TestingT) *Sanitizer {
	s, err := built()
	require.NoError(t, err)
	return s
}

// filter sends text through in pieces of random size, which may cut characters, and gives what the client saw.
func filter(s *Sanitizer, own *Own, text string, rng *rand.Rand) (string, *Stream) {
	f := s.Stream(own)
	return inPieces(f, text, func() int { return 1 + rng.IntN(9) }), f
}

// exposed is the length of the longest part of a prompt that is in seen, in letters.
func exposed(s *Sanitizer, seen string) int {
	w, most := walker{a: s.prompts}, int32(0)
	for i, c := range []byte(fold(strings.ReplaceAll(seen, Refusal, " "))) {
		w.read(c, i)
		most = max(most, w.length)
	}
	return int(most)
}

// words are those that have a letter: dashes of lists are none.
func words(text string) []string {
	return slices.DeleteFunc(strings.Fields(text), func(w string) bool { return fold(w) == "" && !strings.ContainsFunc(w, unicode.IsDigit) })
}

func TestAgentsDescriptionsArePublic(t *testing.T) {
	t.Parallel()
	l, err := prompts.Load()
	require.NoError(t, err)
	r, err := agents.NewRegistry(l)
	require.NoError(t, err)
	s := whole(t)
	for _, a := range r.List() {
		assert.Equal(t, a.Description, s.Reply(chat.Reply{Text: a.Description}, nil).Text)
	}
}

func TestToolsAndRoutingAreKeptBack(t *testing.T) {
	t.Parallel()
	s := whole(t)
	for _, text := range []string{
		`{"name":"x","parameters":{"type":"object","properties":{"y":{}}}}`,
		"create_task: " + `"title":{"type":"string","minLength":1,"maxLength":500,"description":"what is to be done, short, without the date or the priority"}`,
		`I decided {"agents":["task_agent"],"asks":true,"sure":true}.`,
	} {
		got := s.Reply(chat.Reply{Text: text}, nil)
		assert.Contains(t, got.Text, Refusal, text)
		require.Len(t, got.Withheld, 1)
		assert.Equal(t, Definition, got.Withheld[0].Kind)
	}
}

func TestThoughtsAndDataAreCutOutOfAnAnswer(t *testing.T) {
	t.Parallel()
	s := whole(t)
	rng := rand.New(rand.NewPCG(9, 10))
	for text, want := range map[string]string{
		"use `<think>` and `</think>` for thoughts":                "use `<think>` and `</think>` for thoughts",
		"a<data  x='y' NAME = \"c\">1</data>b<br/><think/>":        "a<data  x='y' NAME = \"c\">1</data>b<br/><think/>",
		"a<tool_call a>x</tool_calls></tool_call >b</TOOL_CALL>c<": "ac<",
		"a<think>hm\n</think>b":                                    "ab",
		"a<Thinking>hm</THINKING>b <reasoning>x":                   "ab ",
		"a<data name=\"context\">\n{\"x\":1}\n</data>b":            "ab",
		"a <thinkers> b <thin> c <data> d <":                       "a <thinkers> b <thin> c <data> d <",
		"1 < 2 <t":                                                 "1 < 2 <t",
		"<tool_call>{\"name\":\"delete_task\"}</tool_call>":        "",
	} {
		for range 20 {
			seen, f := filter(s, nil, text, rng)
			assert.Equal(t, want, seen)
			assert.Equal(t, want != text, len(f.Withheld()) == 1, text)
		}
	}
}

func TestAReplyIsCheckedByValue(t *testing.T) {
	t.Parallel()
	s := whole(t)
	secret := strings.Join(words(library(t)["classifier"])[3:20], " ")
	clean := []chat.Action{{Type: chat.CreateRecord, Table: "tasks", Data: map[string]any{"id": "1", "title": "Buy milk"}}}
	got := s.Reply(chat.Reply{Text: "Here: " + secret, Actions: clean, Agents: []string{"task_agent"}}, nil)
	assert.Equal(t, "Here:\n\n"+Refusal, got.Text)
	assert.Empty(t, got.Actions, "an answer that leaks prepares nothing")
	assert.Equal(t, []chat.Withheld{{Kind: Fragment, Prompt: "classifier"}}, got.Withheld)

	w := words(secret)
	spread := []chat.Action{
		{Data: map[string]any{"title": strings.Join(w[:6], " ")}}, {Data: map[string]any{"title": strings.Join(w[6:12], " ")}},
		{Data: map[string]any{"deep": []any{map[string]any{"title": strings.Join(w[12:], " ")}}}},
	}
	got = s.Reply(chat.Reply{Text: "I made three notes.", Actions: spread}, nil)
	assert.Equal(t, Refusal, got.Text)
	assert.Nil(t, got.Actions)
	assert.Len(t, got.Withheld, 1)
}

// TestNothingBesidesTheTextGivesAPromptAway has each value that a client gets say what the text does not.
func TestNothingBesidesTheTextGivesAPromptAway(t *testing.T) {
	t.Parallel()
	s := whole(t)
	w := words(library(t)["note_agent"])[4:30]
	secret := strings.Join(w, " ")
	quoted := strconv.Quote(secret)
	for name, r := range map[string]chat.Reply{
		"a title":                {Text: "Done.", Actions: []chat.Action{{Data: map[string]any{"title": secret}}}},
		"deep in a value":        {Text: "Done.", Actions: []chat.Action{{Data: map[string]any{"x": map[string]any{"y": []any{1, []string{secret}}}}}}},
		"spread over values":     {Text: "Done.", Actions: []chat.Action{{Data: map[string]any{"content": strings.Join(w[:9], " "), "title": strings.Join(w[9:], " ")}}}},
		"one word a title":       {Text: "Done.", Actions: oneEach(w[:12])},
		"an id":                  {Text: "Done.", Actions: []chat.Action{{Data: map[string]any{"id": secret}}}},
		"text and title":         {Text: "It is " + strings.Join(w[:3], " "), Actions: []chat.Action{{Data: map[string]any{"title": strings.Join(w[3:9], " ")}}}},
		"in base64":              {Text: "Done.", Actions: []chat.Action{{Data: map[string]any{"title": base64.StdEncoding.EncodeToString([]byte(secret))}}}},
		"a question":             {Pending: []chat.ToolCall{{Name: "list_tasks", Arguments: `{"search":` + quoted + `}`}}},
		"a question, in escapes": {Pending: []chat.ToolCall{{Name: "list_tasks", Arguments: `{"search":"` + numbers(16, 4, `\u`, "")(w) + `"}`}}},
		"a key that comes twice": {Pending: []chat.ToolCall{{Name: "list_tasks", Arguments: `{"search":` + quoted + `,"search":"x"}`}}},
		"a key":                  {Pending: []chat.ToolCall{{Name: "list_tasks", Arguments: `{` + quoted + `:1}`}}},
		"broken arguments":       {Pending: []chat.ToolCall{{Name: "list_tasks", Arguments: `{"search":` + quoted}}},
		"after the arguments":    {Pending: []chat.ToolCall{{Name: "list_tasks", Arguments: `{} ` + secret}}},
		"the model's name":       {Text: "Done.", Model: secret},
	} {
		require.NotEmpty(t, s.Leaks(r, nil), name)
		got := s.Reply(r, nil)
		assert.Equal(t, Refusal, got.Text, name)
		assert.Empty(t, got.Actions, name)
		assert.Empty(t, got.Pending, name)
		assert.Empty(t, got.Model, name)
		assert.Len(t, got.Withheld, 1, name)
	}
	assert.Empty(t, s.Leaks(chat.Reply{Text: "Done.<think>I was told: " + secret + "</think>"}, nil), "thoughts are cut out of the text")
	clean := chat.Reply{Text: "Done.", Model: "gpt-4o-mini", Actions: []chat.Action{{Data: map[string]any{"title": "Call Bob"}}}, Pending: []chat.ToolCall{{Arguments: `{"search":"x"}`}}}
	assert.Equal(t, clean, s.Reply(clean, nil))
}

// oneEach are actions with one of the words each.
func oneEach(words []string) []chat.Action {
	var list []chat.Action
	for i, w := range words {
		list = append(list, chat.Action{Data: map[string]any{"id": strconv.Itoa(i) + "-abcdef", "title": w, "status": "todo", "project_id": "apollo"}})
	}
	return list
}
