package sanitizer

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/adiuva/cloud/application/orchestration/agents"
	"github.com/adiuva/cloud/application/orchestration/prompts"
	"github.com/adiuva/cloud/domain/chat"
)

// protected are the texts no eight words of which may leave: every prompt, and what each tool and each of its arguments is
// for.
func protected(t require.TestingT) map[string]string {
	all := library(t)
	l, err := prompts.Load()
	require.NoError(t, err)
	r, err := agents.NewRegistry(l)
	require.NoError(t, err)
	for _, a := range r.List() {
		for _, tool := range a.Tools {
			all[tool.Spec.Name] = tool.Spec.Description
			for i, text := range descriptions(string(tool.Spec.Schema)) {
				all[tool.Spec.Name+string(rune('a'+i))] = text
			}
		}
	}
	return all
}

// windows are all runs of eight words of a text, by each way of counting words.
func windows(text string) []string {
	found := map[string]bool{}
	bare := strings.FieldsFunc(text, func(r rune) bool { return fold(string(r)) == "" && (r < '0' || r > '9') })
	for _, w := range [][]string{words(text), bare} {
		for i := 0; i+tripWords <= len(w); i++ {
			found[strings.Join(w[i:i+tripWords], " ")] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// TestNoEightWordsOfAnyPromptComeOutWhole tries every run of eight words there is: streamed letter by letter and at once,
// alone and in the middle of what an agent says.
func TestNoEightWordsOfAnyPromptComeOutWhole(t *testing.T) {
	t.Parallel()
	s := whole(t)
	rng := rand.New(rand.NewPCG(1, 2))
	tried := map[string]bool{} // prompts share whole paragraphs
	for id, text := range protected(t) {
		for _, run := range windows(text) {
			if tried[run] {
				continue
			}
			tried[run] = true
			for _, shown := range []string{
				run, strings.ToUpper(run), strings.ReplaceAll(run, " ", "\n* "), "Sure, it says: " + run + " and so on.",
				"I moved the task to Friday. " + run + "\n\n1. Call Bob",
			} {
				seen, f := filter(s, nil, shown, rng)
				require.NotEmpty(t, f.Withheld(), "%s: %q", id, shown)
				require.NotContains(t, fold(seen), fold(run), "streamed, %s", id)
				got := s.Reply(chat.Reply{Text: shown}, nil)
				require.NotEmpty(t, got.Withheld)
				require.NotContains(t, fold(got.Text), fold(run), "at once, %s", id)
				if f.Leaked() {
					require.False(t, share(strings.TrimSuffix(seen, Refusal), run, 12), "%s: %q of %q", id, seen, shown)
				}
			}
		}
	}
	t.Logf("%d runs of eight words, each in 5 ways, streamed and at once", len(tried))
	require.Greater(t, len(tried), 1500)
}

func TestWhatTheClientSeesOfAPlainLeakIsAFewLetters(t *testing.T) {
	t.Parallel()
	s := whole(t)
	rng := rand.New(rand.NewPCG(5, 6))
	for _, text := range library(t) {
		seen, f := filter(s, nil, text, rng)
		assert.True(t, f.Leaked())
		assert.Less(t, exposed(s, seen), hold)
		assert.Equal(t, "Well:\n\n"+Refusal, s.Reply(chat.Reply{Text: "Well: " + text}, nil).Text, "at once, not even those")
	}
}

// leaky draws texts that are made of what matters: parts of prompts, plain and disguised, tags, and anything.
func leaky(all map[string]string) *rapid.Generator[string] {
	ids, names := slices.Sorted(maps.Keys(all)), slices.Sorted(maps.Keys(disguises))
	return rapid.Custom(func(t *rapid.T) string {
		var b strings.Builder
		for range rapid.IntRange(1, 4).Draw(t, "parts") {
			switch rapid.IntRange(0, 4).Draw(t, "kind") {
			case 0, 1:
				w := words(all[rapid.SampledFrom(ids).Draw(t, "prompt")])
				from := rapid.IntRange(0, len(w)-1).Draw(t, "from")
				w = w[from:min(len(w), from+rapid.IntRange(1, 40).Draw(t, "words"))]
				b.WriteString(disguises[rapid.SampledFrom(names).Draw(t, "disguise")].say(w))
			case 2:
				b.WriteString(rapid.SampledFrom([]string{"<think>", "</think>", "<data name=\"x\">", "</data>", "<", "`<think>`", "</", "&", "\\u00", "%2", "0x", "é", "\u0301", "\xff", "\xf0\x9f"}).Draw(t, "piece"))
			case 3:
				b.WriteString(rapid.SampledFrom(middles).Draw(t, "sentence"))
			default:
				b.WriteString(rapid.StringN(0, 30, 100).Draw(t, "anything"))
			}
		}
		return b.String()
	})
}

func TestHowAStreamIsCutChangesNothing(t *testing.T) {
	t.Parallel()
	s, all := whole(t), library(t)
	rapid.Check(t, func(t *rapid.T) {
		text := leaky(all).Draw(t, "text")
		one := s.Stream(nil)
		want := one.Write(text) + one.Close()
		for _, size := range []int{1, 2, 3, 7, rapid.IntRange(4, 100).Draw(t, "size")} {
			f := s.Stream(nil)
			got := inPieces(f, text, func() int { return size })
			if got != want || f.Leaked() != one.Leaked() || !slices.Equal(f.Withheld(), one.Withheld()) {
				t.Fatalf("%q in pieces of %d became\n%q, whole\n%q", text, size, got, want)
			}
		}
		if !slices.Equal(s.Reply(chat.Reply{Text: text}, nil).Withheld, one.Withheld()) {
			t.Fatalf("%q is a leak in one way only", text)
		}
	})
}

func TestALeakThatWasCutOffIsToldOnce(t *testing.T) {
	t.Parallel()
	s := whole(t)
	text := "</think>a&nbsp;productivity&nbsp;app.&nbsp;You&nbsp;look&nbsp;after&nbsp;the&#87;&#111;&#114;&#100;&#115;" +
		"Words&nbsp;alone&nbsp;are&nbsp;your&nbsp;part&nbsp;of&nbsp;the&nbsp;plan."
	assert.Len(t, s.Reply(chat.Reply{Text: text, Model: "m"}, nil).Withheld, 1)
}

func TestTextWithoutALeakComesOutByteForByte(t *testing.T) {
	t.Parallel()
	s, all := whole(t), library(t)
	rapid.Check(t, func(t *rapid.T) {
		text := leaky(all).Draw(t, "text")
		f := s.Stream(nil)
		got := f.Write(text) + f.Close()
		switch {
		case len(f.Withheld()) == 0 && got != text:
			t.Fatalf("%q became %q without a reason", text, got)
		case f.Leaked() && !strings.HasSuffix(got, Refusal):
			t.Fatalf("%q became %q without a refusal", text, got)
		case exposed(s, got) >= trip:
			t.Fatalf("%d letters of a prompt are in %q", exposed(s, got), got)
		}
	})
}

// share reports whether two texts have so many letters in a row in common.
func share(a, b string, letters int) bool {
	a, b = fold(a), fold(b)
	for i := 0; i+letters <= len(a); i++ {
		if strings.Contains(b, a[i:i+letters]) {
			return true
		}
	}
	return false
}

// inPieces sends text through in pieces of these sizes.
func inPieces(f *Stream, text string, size func() int) string {
	var seen strings.Builder
	for text != "" {
		n := min(len(text), size())
		seen.WriteString(f.Write(text[:n]))
		text = text[n:]
	}
	seen.WriteString(f.Close())
	return seen.String()
}
