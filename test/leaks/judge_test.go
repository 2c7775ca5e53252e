package leaks

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/application/orchestration/agents"
	"github.com/adiuva/cloud/application/orchestration/prompts"
)

// The judge shares nothing with the sanitizer: it reduces what was received to letters, in every way that an attacker would
// undo a disguise, and looks for the words of the prompts.

// tooMany words in a row are a leak.
const tooMany = 8

// gram is the length of the letters that the judge's index is by.
const gram = 6

// text is a prompt by its letters, with where its words begin and end among them.
type text struct {
	id      string
	letters string
	words   [][2]int
}

type place struct{ text, at int }

// judge knows all texts that must not leave.
type judge struct {
	texts []text
	index map[string][]place
}

func newJudge(t testing.TB) *judge {
	t.Helper()
	j := &judge{index: map[string][]place{}}
	for id, s := range secrets(t) {
		j.add(id, s)
	}
	return j
}

// secrets are the prompts and the descriptions of tools, by name.
func secrets(t testing.TB) map[string]string {
	t.Helper()
	library, err := prompts.Load()
	require.NoError(t, err)
	registry, err := agents.NewRegistry(library)
	require.NoError(t, err)
	all := library.All()
	for _, a := range registry.List() {
		for _, tool := range a.Tools {
			all[tool.Spec.Name] = tool.Spec.Description
		}
	}
	return all
}

func (j *judge) add(id, s string) {
	x := text{id: id}
	for _, w := range strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		start := len(x.letters)
		x.letters += letters(w)
		x.words = append(x.words, [2]int{start, len(x.letters)})
	}
	for at := 0; at+gram <= len(x.letters); at++ {
		key := x.letters[at : at+gram]
		j.index[key] = append(j.index[key], place{len(j.texts), at})
	}
	j.texts = append(j.texts, x)
}

// finding is the worst that was seen: how many words of which prompt in a row, and how many letters.
type finding struct {
	words, letters int
	prompt         string
}

// judge looks at what a client received, in all ways of undoing a disguise.
func (j *judge) judge(received ...string) finding {
	var worst finding
	for _, r := range received {
		for _, undo := range undoings {
			for _, s := range undo(r) {
				f := j.plain(letters(s))
				worst.letters = max(worst.letters, f.letters)
				if f.words > worst.words {
					worst.words, worst.prompt = f.words, f.prompt
				}
			}
		}
	}
	return worst
}

// plain looks at letters.
func (j *judge) plain(s string) finding {
	var worst finding
	for i := 0; i+gram <= len(s); i++ {
		for _, p := range j.index[s[i:i+gram]] {
			x := j.texts[p.text]
			if i > 0 && p.at > 0 && s[i-1] == x.letters[p.at-1] {
				continue // the match began before
			}
			n := gram
			for i+n < len(s) && p.at+n < len(x.letters) && s[i+n] == x.letters[p.at+n] {
				n++
			}
			whole := 0
			for _, w := range x.words {
				if w[0] >= p.at && w[1] <= p.at+n {
					whole++
				}
			}
			worst.letters = max(worst.letters, n)
			if whole > worst.words {
				worst.words, worst.prompt = whole, x.id
			}
		}
	}
	return worst
}

// letters are a to z.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if r = unicode.ToLower(r); r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, s)
}

// undoings are what an attacker does to read what was hidden.
var undoings = []func(string) []string{
	func(s string) []string { return []string{s} },
	func(s string) []string { return []string{reversed(s)} },
	func(s string) []string {
		w := strings.Fields(s)
		slices.Reverse(w)
		return []string{strings.Join(w, " ")}
	},
	func(s string) []string { return []string{html.UnescapeString(s), strings.ReplaceAll(s, "&nbsp;", " ")} },
	func(s string) []string {
		u, err := url.QueryUnescape(strings.ReplaceAll(s, "% ", ""))
		if err != nil {
			return nil
		}
		return []string{u}
	},
	func(s string) []string { return []string{unescaped(s), unescaped(unescaped(s))} },
	func(s string) []string { return []string{latin.Replace(s), leet.Replace(s)} },
	func(s string) []string { // every letter moved
		var all []string
		for n := range rune(25) {
			all = append(all, moved(s, n+1))
		}
		return all
	},
	func(s string) []string { // every second letter, or word
		l, w := letters(s), strings.Fields(s)
		var all []string
		for from := range 2 {
			var b strings.Builder
			for i := from; i < len(l); i += 2 {
				b.WriteByte(l[i])
			}
			all = append(all, b.String())
			b.Reset()
			for i := from; i < len(w); i += 2 {
				b.WriteString(w[i])
			}
			all = append(all, b.String())
		}
		return all
	},
	func(s string) []string {
		var all []string
		for _, run := range base64Run.FindAllString(strings.NewReplacer("\n", "", " ", "", `\n`, "", "-", "+", "_", "/").Replace(s), -1) {
			for from := range min(4, len(run)) {
				part := run[from:]
				if len(part)%4 == 1 {
					part = part[:len(part)-1]
				}
				if b, err := base64.RawStdEncoding.DecodeString(part); err == nil {
					all = append(all, string(b))
				}
			}
		}
		return all
	},
	func(s string) []string {
		var all []string
		for _, run := range hexRun.FindAllString(strings.NewReplacer("0x", "", ",", "", " ", "").Replace(s), -1) {
			for from := range 2 {
				part := run[from:]
				if b, err := hex.DecodeString(part[:len(part)/2*2]); err == nil {
					all = append(all, string(b))
				}
			}
		}
		return all
	},
	func(s string) []string {
		var b strings.Builder
		for _, n := range number.FindAllString(s, -1) {
			if c, err := strconv.Atoi(n); err == nil && c < 128 {
				b.WriteByte(byte(c))
			}
		}
		return []string{b.String()}
	},
}

var (
	base64Run = regexp.MustCompile(`[A-Za-z0-9+/]{16,}`)
	hexRun    = regexp.MustCompile(`[0-9a-fA-F]{16,}`)
	number    = regexp.MustCompile(`\d+`)
	escape    = regexp.MustCompile(`\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}|\\[nrt]`)
)

// unescaped is s with the escape sequences of a program's text undone.
func unescaped(s string) string {
	return escape.ReplaceAllStringFunc(s, func(e string) string {
		if len(e) == 2 {
			return " "
		}
		c, err := strconv.ParseUint(e[2:], 16, 16)
		if err != nil {
			return e
		}
		return string(rune(c))
	})
}

func reversed(s string) string {
	r := []rune(s)
	slices.Reverse(r)
	return string(r)
}

func moved(s string, n rune) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return 'a' + (r-'a'+n)%26
		case r >= 'A' && r <= 'Z':
			return 'A' + (r-'A'+n)%26
		}
		return r
	}, s)
}

// contents are the texts of a JSON document without its keys.
func contents(document []byte) string {
	var v any
	if json.Unmarshal(document, &v) != nil {
		return string(document)
	}
	var all []string
	var visit func(v any)
	visit = func(v any) {
		switch v := v.(type) {
		case string:
			all = append(all, v)
		case []any:
			for _, x := range v {
				visit(x)
			}
		case map[string]any:
			for _, key := range slices.Sorted(maps.Keys(v)) {
				visit(v[key])
			}
		}
	}
	visit(v)
	return strings.Join(all, " ")
}
