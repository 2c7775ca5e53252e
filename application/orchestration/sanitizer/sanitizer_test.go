package sanitizer

import (
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

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
	var seen strings.Builder
	for text != "" {
		n := min(len(text), 1+rng.IntN(9))
		seen.WriteString(f.Write(text[:n]))
		text = text[n:]
	}
	seen.WriteString(f.Close())
	return seen.String(), f
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

func TestEveryRunOfEightWordsOfEveryPromptIsKeptBack(t *testing.T) {
	t.Parallel()
	s := whole(t)
	rng := rand.New(rand.NewPCG(1, 2))
	for id, text := range library(t) {
		for i := range len(words(text)) - 8 {
			run := strings.Join(words(text)[i:i+8], " ")
			for _, shown := range []string{run, strings.ToUpper(run), strings.Join(strings.FieldsFunc(run, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), "\n* ")} {
				seen, f := filter(s, nil, "Sure, it says: "+shown+" and so on.", rng)
				require.NotEmpty(t, f.Withheld(), "%s: %q", id, shown)
				assert.NotContains(t, fold(seen), fold(run))
			}
		}
	}
}

func TestHowAStreamIsCutChangesNothing(t *testing.T) {
	t.Parallel()
	s := whole(t)
	all := library(t)
	rapid.Check(t, func(t *rapid.T) {
		w := words(all[rapid.SampledFrom([]string{"task_agent", "classifier", "synthesis"}).Draw(t, "prompt")])
		from := rapid.IntRange(0, len(w)-1).Draw(t, "from")
		part := strings.Join(w[from:min(len(w), from+rapid.IntRange(0, 40).Draw(t, "words"))], " ")
		text := rapid.StringN(0, 40, 200).Draw(t, "before") + part + rapid.StringN(0, 40, 200).Draw(t, "after")
		seed := rapid.Uint64().Draw(t, "seed")
		one, f := filter(s, nil, text, rand.New(rand.NewPCG(seed, 1)))
		two, g := filter(s, nil, text, rand.New(rand.NewPCG(seed, 2)))
		if one != two || f.Leaked() != g.Leaked() {
			t.Fatalf("%q\n%q\n%q", text, one, two)
		}
		if n := exposed(s, one); n >= trip {
			t.Fatalf("%d letters of a prompt were seen in %q", n, one)
		}
		if !f.Leaked() && len(f.Withheld()) == 0 && one != text {
			t.Fatalf("%q became %q without a reason", text, one)
		}
	})
}

func TestWhatTheClientSeesOfAPlainLeakIsAFewLetters(t *testing.T) {
	t.Parallel()
	s := whole(t)
	rng := rand.New(rand.NewPCG(5, 6))
	for _, text := range library(t) {
		seen, f := filter(s, nil, text, rng)
		assert.True(t, f.Leaked())
		assert.Less(t, exposed(s, seen), hold)
	}
}

// ordinary are answers of the kind that agents give.
var ordinary = []string{
	"I prepared the task \"Call Bob\" with high priority, due tomorrow at 15:00.",
	"You have three tasks due today: Call the dentist, Draft the press release and Fix login page. Two of them are in progress.",
	"Which project do you mean, Apollo or Apollo Redesign?",
	"I can list, create, update, complete and delete your tasks, add comments to them, and keep track of projects, notes and checkpoints.",
	"The app did not send your notes with this message, so I can't see them. Open the notes page and ask me again.",
	"The milestone Beta release is now planned for 15 February 2027. It belongs to the project Apollo.",
	"Project Zephyr is prepared, with one checkpoint and its first task. Please confirm the deletion of the old project in the app.",
	"I archived the website redesign project instead of deleting it, so that you can bring it back whenever you like.",
	"Your packing list says: socks, passport, charger. Shall I add sunscreen to the note?",
	"Happy to help! Let me know if there is anything else that you need today.",
	"Non ho trovato nessuna attività per oggi. Vuoi che ne crei una?",
	"1. Write the charter\n2. Book the room\n3. Send the invitations\n\nThe first is due on Friday, the others have no due date yet.",
	"I set the status to done. There are two more tasks in this project that are due this week.",
	"See https://example.com/some/very/long/path/with-a-slug-that-goes-on-and-on?query=0190aaaa-0000-7000-8000-000000000001 for details.",
	"If x < y and y > z then <b>x</b> is the smallest; <details>more</details> a<b",
}

func TestOrdinaryAnswersPassUnchangedAndAreHardlyDelayed(t *testing.T) {
	t.Parallel()
	s := whole(t)
	rng := rand.New(rand.NewPCG(7, 8))
	for _, text := range append(ordinary, strings.Join(ordinary, "\n\n")) {
		seen, f := filter(s, nil, text, rng)
		assert.Equal(t, text, seen)
		assert.Empty(t, f.Withheld())
	}
	f, out := s.Stream(nil), 0
	for i, c := range ordinary[3] {
		out += len(f.Write(string(c)))
		assert.LessOrEqual(t, i+1-out, 40, "a few words at most are held")
	}
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
		"a<think>hm\n</think>b":                             "ab",
		"a<Thinking>hm</THINKING>b <reasoning>x":            "ab ",
		"a<data name=\"context\">\n{\"x\":1}\n</data>b":     "ab",
		"a <thinkers> b <thin> c <data> d <":                "a <thinkers> b <thin> c <data> d <",
		"1 < 2 <t":                                          "1 < 2 <t",
		"<tool_call>{\"name\":\"delete_task\"}</tool_call>": "",
	} {
		for range 20 {
			seen, f := filter(s, nil, text, rng)
			assert.Equal(t, want, seen)
			assert.Equal(t, want != text, len(f.Withheld()) == 1, text)
		}
	}
}

func TestWhatTheUserWroteMayBeSaidAgain(t *testing.T) {
	t.Parallel()
	s := whole(t)
	text := strings.Join(words(library(t)["task_agent"])[10:60], " ")
	own := OwnOf(chat.Request{Message: "hi", Context: chat.Context{Extra: map[string]any{"notes": []any{map[string]any{"content": "Found: " + strings.ToUpper(text)}}}}})
	got := s.Reply(chat.Reply{Text: "Your note says " + text + ".", Actions: []chat.Action{{Data: map[string]any{"content": text}}}}, own)
	assert.Equal(t, "Your note says "+text+".", got.Text)
	assert.Len(t, got.Actions, 1)
	assert.Empty(t, got.Withheld)

	more := strings.Join(words(library(t)["task_agent"])[10:70], " ")
	got = s.Reply(chat.Reply{Text: "Your note says " + more + "."}, own)
	assert.Contains(t, got.Text, Refusal, "but not a word beyond it")
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

func TestNothingLeavesAfterTheEnd(t *testing.T) {
	t.Parallel()
	f := whole(t).Stream(nil)
	assert.Equal(t, "hi", f.Write("hi")+f.Close())
	assert.Empty(t, f.Write("more")+f.Close())
}

func BenchmarkOrdinaryText(b *testing.B) {
	s := whole(b)
	text := strings.Join(ordinary, "\n\n")
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		f := s.Stream(nil)
		f.Write(text)
		f.Close()
	}
}
