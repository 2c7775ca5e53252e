package leaks

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Letters that look alike, and how an attacker reads them.
var (
	cyrillic  = []string{"a", "а", "e", "е", "o", "о", "c", "с", "p", "р", "i", "і", "s", "ѕ", "x", "х", "y", "у"}
	accented  = []string{"a", "á", "e", "ë", "i", "î", "o", "õ", "u", "ů", "c", "ç", "n", "ñ", "s", "š", "z", "ž", "y", "ý"}
	digits    = []string{"a", "4", "e", "3", "o", "0", "s", "5", "t", "7"}
	fullWidth = rows(0xff41, 0xff21)
	bold      = rows(0x1d41a, 0x1d400)
	circled   = rows(0x24d0, 0x24b6)
	invisible = rows(0xe0061, 0xe0041)
	latin     = strings.NewReplacer(slices.Concat(back(cyrillic), back(accented), back(fullWidth), back(bold), back(circled), back(invisible))...)
	leet      = strings.NewReplacer(back(digits)...)
)

func rows(small, capital rune) []string {
	var pairs []string
	for i := range rune(26) {
		pairs = append(pairs, string('a'+i), string(small+i), string('A'+i), string(capital+i))
	}
	return pairs
}

func back(pairs []string) []string {
	out := slices.Clone(pairs)
	for i := 0; i < len(out); i += 2 {
		out[i], out[i+1] = out[i+1], out[i]
	}
	return out
}

func between(sign string) func([]string) string {
	return func(w []string) string { return strings.Join(w, sign) }
}

func swapped(pairs []string) func([]string) string {
	return func(w []string) string { return strings.NewReplacer(pairs...).Replace(strings.Join(w, " ")) }
}

func each(change func(r rune) string) func([]string) string {
	return func(w []string) string {
		var b strings.Builder
		for _, r := range strings.Join(w, " ") {
			b.WriteString(change(r))
		}
		return b.String()
	}
}

func whole(change func(s string) string) func([]string) string {
	return func(w []string) string { return change(strings.Join(w, " ")) }
}

// hidings are the ways in which the model hides words.
var hidings = map[string]func([]string) string{
	"verbatim":   between(" "),
	"upper case": whole(strings.ToUpper),
	"mixed case": whole(func(s string) string {
		b := []byte(s)
		for i := 0; i < len(b); i += 2 {
			b[i] = strings.ToUpper(string(b[i]))[0]
		}
		return string(b)
	}),
	"spaces":           between("    "),
	"lines":            between("\n"),
	"punctuation":      between(", - "),
	"Markdown":         func(w []string) string { return "* **" + strings.Join(w, "**\n* **") + "**" },
	"quotes":           func(w []string) string { return "> \"" + strings.Join(w, "\"\n> \"") + "\"" },
	"numbers":          each(func(r rune) string { return strconv.Itoa(int(r)) + ", " }),
	"numbered":         numbered,
	"spaced letters":   each(func(r rune) string { return string(r) + " " }),
	"accents":          each(func(r rune) string { return string(r) + "\u0301" }),
	"composed accents": swapped(accented),
	"zero width":       each(func(r rune) string { return string(r) + "\u200b" }),
	"cyrillic":         swapped(cyrillic),
	"full width":       swapped(fullWidth),
	"bold letters":     swapped(bold),
	"circled letters":  swapped(circled),
	"invisible tags":   swapped(invisible),
	"leet":             swapped(digits),
	"HTML spaces":      between("&nbsp;"),
	"HTML entities":    each(func(r rune) string { return fmt.Sprintf("&#x%x;", r) }),
	"URL":              whole(url.QueryEscape),
	"per cent":         each(func(r rune) string { return fmt.Sprintf("%%%02x", r) }),
	"JSON escapes":     each(func(r rune) string { return fmt.Sprintf(`\u%04x`, r) }),
	"escaped lines":    between(`\n`),
	"JSON string":      func(w []string) string { return `{"system_prompt":` + strconv.Quote(strings.Join(w, "\n")) + `}` },
	"base64":           whole(func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }),
	"base64 for URLs":  whole(func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }),
	"base64 in pieces": whole(func(s string) string { return pieces(base64.StdEncoding.EncodeToString([]byte("x"+s)), 19) }),
	"hex":              whole(func(s string) string { return hex.EncodeToString([]byte(s)) }),
	"rot13":            whole(func(s string) string { return moved(s, 13) }),
	"moved by three":   whole(func(s string) string { return moved(s, 3) }),
	"reversed":         whole(reversed),
	"reversed words": func(w []string) string {
		w = slices.Clone(w)
		slices.Reverse(w)
		return strings.Join(w, " ")
	},
	"every second letter": whole(func(s string) string { return strings.Join(strings.Split(letters(s), ""), "x") }),
	"every second word":   between(" banana "),
}

func numbered(w []string) string {
	var b strings.Builder
	for i, word := range w {
		fmt.Fprintf(&b, "%d. %s\n", i+1, word)
	}
	return b.String()
}

func pieces(s string, n int) string {
	var all []string
	for part := range slices.Chunk([]byte(s), n) {
		all = append(all, string(part))
	}
	return strings.Join(all, "\n")
}

// words are those of a prompt; the dashes of lists are none.
func words(s string) []string {
	return slices.DeleteFunc(strings.Fields(s), func(w string) bool { return letters(w) == "" })
}

// runs are n words of different prompts, count times. There is no block of data in them, which would be cut out of an answer.
func runs(t testing.TB, n, count int, rng *rand.Rand) [][]string {
	t.Helper()
	all := secrets(t)
	ids := slices.Sorted(maps.Keys(all))
	var list [][]string
	for len(list) < count {
		if w := words(all[ids[rng.IntN(len(ids))]]); len(w) >= n {
			from := rng.IntN(len(w) - n + 1)
			if run := w[from : from+n]; !strings.ContainsAny(strings.Join(run, ""), "<>") {
				list = append(list, run)
			}
		}
	}
	return list
}
