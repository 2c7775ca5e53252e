package sanitizer

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/application/orchestration/agents"
	"github.com/adiuva/cloud/application/orchestration/prompts"
	"github.com/adiuva/cloud/domain/chat"
)

// hostile are texts of about n bytes that make a filter wait or work as much as they can.
func hostile(t testing.TB, n int) map[string]string {
	t.Helper()
	all := library(t)
	start := fold(all["task_agent"])[:trip-1]
	fill := func(part string) string { return strings.Repeat(part, n/len(part)+1)[:n] }
	var beginnings strings.Builder
	for _, id := range slices.Sorted(maps.Keys(all)) {
		letters := fold(all[id])
		for i := 0; i+trip < len(letters); i += trip + gapPrompt {
			beginnings.WriteString(letters[i:i+14] + "q ")
		}
	}
	return map[string]string{
		"one sign":              fill("<"),
		"tags":                  fill("<think"),
		"tags that are cut":     fill("<think></think>"),
		"ends of tags":          "<think>" + fill("</"),
		"a data tag":            fill("<data x"),
		"one letter":            fill("a"),
		"two letters":           fill("th"),
		"backslashes":           fill(`\`),
		"ampersands":            fill("&e"),
		"zeros":                 fill("0"),
		"ones":                  fill("1"),
		"digits of base64":      fill(base64.StdEncoding.EncodeToString([]byte("the context is in the context"))),
		"beginnings of prompts": fill(beginnings.String()),
		"spaces":                start + fill(" "),
		"combining marks":       start + fill("\u0301"),
		"joiners":               start + fill("\u200d"),
		"another script":        start + fill("今日"),
		"broken characters":     start + fill("\xf0\x9f"),
		"ligatures":             fill("ﷺﬃ"),
		"nothing":               fill("\x00"),
	}
}

func TestTheHoldBackIsBounded(t *testing.T) {
	t.Parallel()
	s := whole(t)
	for name, text := range hostile(t, 30_000) {
		f := s.Stream(nil)
		in, out, most := 0, 0, 0
		cut := strings.Contains(name, "tags")
		for i := range len(text) {
			out += len(f.Write(text[i : i+1]))
			in++
			most = max(most, in-out)
			require.LessOrEqual(t, len(f.held)+len(f.tags.rest), maxHeld+maxTag+utf8.UTFMax, name)
		}
		require.False(t, f.Leaked(), name)
		if !cut {
			assert.Equal(t, len(text), out+len(f.Close()), name)
			assert.LessOrEqual(t, most, maxHeld+maxTag+utf8.UTFMax, name)
		}
		t.Logf("%-22s at most %d bytes", name, most)
	}
}

// TestWhereALeakBegins keeps the bounds where they are: 32 letters of a prompt are a leak, 31 are none if they are not eight
// words, and at most eleven are ever seen of one.
func TestWhereALeakBegins(t *testing.T) {
	t.Parallel()
	s := whole(t)
	passed := 0
	for id, text := range library(t) {
		letters := fold(text)
		for i := 0; i+32 <= len(letters); i += 5 {
			f := s.Stream(nil)
			seen := f.Write(letters[i:i+32]) + f.Close()
			require.True(t, f.Leaked(), "%s: %q", id, letters[i:i+32])
			require.LessOrEqual(t, len(strings.TrimSuffix(strings.TrimSuffix(seen, Refusal), "\n\n")), 11)
			f = s.Stream(nil)
			if f.Write(letters[i : i+31]); !f.Leaked() {
				passed++
				require.Equal(t, letters[i:i+31], s.Reply(chat.Reply{Text: letters[i : i+31]}, nil).Text)
			}
		}
	}
	assert.Greater(t, passed, 1000, "31 letters are mostly fewer than eight words")
}

// TestOnlyWhatCouldBecomeALeakIsHeldBack counts letters: of each prompt, the whole way.
func TestOnlyWhatCouldBecomeALeakIsHeldBack(t *testing.T) {
	t.Parallel()
	s := whole(t)
	for id, text := range library(t) {
		own := ownOf(text, "")
		letters := fold(text)
		for _, of := range []*Own{nil, own} {
			f := s.Stream(of)
			in, out := 0, 0
			for i := range len(letters) {
				out += len(f.Write(letters[i : i+1]))
				if in++; f.Leaked() {
					break
				}
				if of == nil {
					require.Less(t, in-out, trip, "%s: %q", id, letters[:i+1])
				} else {
					require.LessOrEqual(t, in-out, memory, id)
				}
				require.Equal(t, in >= hold, in > out, "%s: from so many letters on", id)
			}
			require.Equal(t, of == nil, f.Leaked(), id)
		}
	}
}

func TestNothingLeavesAfterTheEnd(t *testing.T) {
	t.Parallel()
	f := whole(t).Stream(nil)
	assert.Equal(t, "hi", f.Write("hi")+f.Close())
	assert.Empty(t, f.Write("more")+f.Close())
}

// FuzzStream looks for a text that comes out in another way when it is cut, or changed without a reason.
func FuzzStream(f *testing.F) {
	all := library(f)
	w := words(all["task_agent"])
	for _, name := range slices.Sorted(maps.Keys(disguises)) {
		f.Add("It is: "+disguises[name].say(w[5:20]), uint8(3))
	}
	for _, text := range hostile(f, 300) {
		f.Add(text, uint8(1))
	}
	s := whole(f)
	f.Fuzz(func(t *testing.T, text string, size uint8) {
		one, two := s.Stream(nil), s.Stream(nil)
		want := one.Write(text) + one.Close()
		if got := inPieces(two, text, func() int { return 1 + int(size) }); got != want || !slices.Equal(one.Withheld(), two.Withheld()) {
			t.Fatalf("%q became %q whole and %q in pieces of %d", text, want, got, 1+int(size))
		}
		if len(one.Withheld()) == 0 && want != text {
			t.Fatalf("%q became %q", text, want)
		}
		if n := exposed(s, want); n >= trip {
			t.Fatalf("%d letters of a prompt are in %q", n, want)
		}
	})
}

// FuzzArguments looks for arguments of a call that say a prompt to whoever reads them as JSON, and are let through.
func FuzzArguments(f *testing.F) {
	all := library(f)
	secret := spoken(words(all["task_agent"])[5:20])
	for _, form := range []string{`{"search":"%"}`, `{"%":1}`, `{"a":["x",{"b":"%"}],"a":2}`, `["%"`, `{} %`, "\x00%"} {
		f.Add(form)
	}
	s := whole(f)
	f.Fuzz(func(t *testing.T, form string) {
		arguments := strings.Replace(form, "%", secret, 1)
		hits := s.Leaks(chat.Reply{Pending: []chat.ToolCall{{Arguments: arguments}}}, nil)
		var v any
		leaks := strings.Contains(form, "%")
		if json.Unmarshal([]byte(arguments), &v) == nil {
			leaks = false
			collect(v, func(text string) { leaks = leaks || strings.Contains(text, secret) })
		}
		if leaks && len(hits) == 0 {
			t.Fatalf("%q was let through", arguments)
		}
	})
}

func BenchmarkOrdinaryText(b *testing.B) {
	s := whole(b)
	text := strings.Join(composed(100), "\n\n")
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		f := s.Stream(nil)
		f.Write(text)
		f.Close()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(text)), "ns/byte")
}

// BenchmarkTokens filters an answer as it comes from a model, some letters at a time.
func BenchmarkTokens(b *testing.B) {
	s := whole(b)
	text := strings.Join(composed(3), "\n\n")
	tokens := 0
	for b.Loop() {
		f := s.Stream(nil)
		inPieces(f, text, func() int { tokens++; return 4 })
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(tokens), "ns/token")
}

func BenchmarkBuild(b *testing.B) {
	l, err := prompts.Load()
	require.NoError(b, err)
	r, err := agents.NewRegistry(l)
	require.NoError(b, err)
	b.ReportAllocs()
	size := 0
	for b.Loop() {
		s := New(l.All(), r.Definitions())
		size = 0
		for _, a := range []*automaton{s.prompts, s.backwards, s.moves} {
			size += len(a.size)*(26*4+4*4+24) + len(a.grams)*8
		}
	}
	b.ReportMetric(float64(size), "bytes")
}
