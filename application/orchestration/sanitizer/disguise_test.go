package sanitizer

import (
	"encoding/ascii85"
	"encoding/base32"
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
	"unicode"

	"github.com/stretchr/testify/assert"
)

// disguise is a way to say words so that a program does not notice and a person, or a page of code, gets them back.
type disguise func(w []string) string

func spoken(w []string) string { return strings.Join(w, " ") }

// each says every letter in another way.
func each(change func(r rune) string) disguise {
	return func(w []string) string {
		var b strings.Builder
		for _, r := range spoken(w) {
			b.WriteString(change(r))
		}
		return b.String()
	}
}

// row puts the letters a to z into another row of 26 characters.
func row(small, capital rune) disguise {
	return each(func(r rune) string {
		switch {
		case r >= 'a' && r <= 'z':
			r += small - 'a'
		case r >= 'A' && r <= 'Z':
			r += capital - 'A'
		}
		return string(r)
	})
}

func replace(pairs ...string) disguise {
	return func(w []string) string { return strings.NewReplacer(pairs...).Replace(spoken(w)) }
}

func between(sign string) disguise { return func(w []string) string { return strings.Join(w, sign) } }

func shifted(n rune) disguise {
	return each(func(r rune) string {
		if c := lower(byte(r)); r < 128 && c != 0 {
			r = 'a' + (rune(c)-'a'+n)%26
		}
		return string(r)
	})
}

func numbers(base, width int, before, after string) disguise {
	return func(w []string) string {
		var b strings.Builder
		for _, c := range []byte(spoken(w)) {
			digits := strconv.FormatInt(int64(c), base)
			b.WriteString(before + strings.Repeat("0", max(0, width-len(digits))) + digits + after)
		}
		return b.String()
	}
}

// changed puts another word in the place of every n-th.
func changed(n int) disguise {
	return func(w []string) string {
		w = slices.Clone(w)
		for i := n - 1; i < len(w); i += n {
			w[i] = fillers[i%len(fillers)]
		}
		return spoken(w)
	}
}

// filled puts other words behind every n-th.
func filled(n int, words ...string) disguise {
	return func(w []string) string {
		var out []string
		for i := range w {
			if out = append(out, w[i]); i%n == n-1 {
				for _, word := range words {
					out = append(out, word+fillers[i%len(fillers)])
				}
			}
		}
		return spoken(out)
	}
}

var fillers = []string{"kumquat", "otter", "velvet", "marble", "prism", "lantern", "walrus", "copper", "thistle", "maple"}

// disguises are those that are seen through from a number of words on.
var disguises = map[string]struct {
	from int // words
	say  disguise
}{
	"verbatim":             {8, spoken},
	"upper case":           {8, func(w []string) string { return strings.ToUpper(spoken(w)) }},
	"mixed case":           {8, func(w []string) string { return mixed(spoken(w)) }},
	"spaces":               {8, between("   ")},
	"lines":                {8, between("\n")},
	"tabs and blank lines": {8, between("\t\r\n\n\u00a0")},
	"commas":               {8, between(", ")},
	"dashes and dots":      {8, between("... - ")},
	"no spaces":            {8, between("")},
	"emphasis":             {8, func(w []string) string { return "**" + strings.Join(w, "** _*") + "*_" }},
	"bullets":              {8, func(w []string) string { return "* " + strings.Join(w, "\n* ") }},
	"quoted lines":         {8, func(w []string) string { return "> " + strings.Join(w, "\n> ") }},
	"quoted words":         {8, func(w []string) string { return `"` + strings.Join(w, `", "`) + `"` }},
	"table":                {8, func(w []string) string { return "| " + strings.Join(w, " | ") + " |" }},
	"numbered": {8, func(w []string) string {
		var b strings.Builder
		for i, word := range w {
			fmt.Fprintf(&b, "%d. %s\n", i+1, word)
		}
		return b.String()
	}},
	"hyphenated":          {8, each(func(r rune) string { return string(r) + "-" })},
	"spaced letters":      {8, each(func(r rune) string { return string(r) + " " })},
	"accents":             {8, each(func(r rune) string { return string(r) + "\u0301\u0323" })},
	"composed accents":    {8, replace("a", "á", "e", "ë", "i", "î", "o", "õ", "u", "ů", "c", "ç", "n", "ñ", "s", "š", "z", "ž", "y", "ý")},
	"zero width":          {8, each(func(r rune) string { return string(r) + "\u200b\u200d\ufeff\u2060" })},
	"soft hyphens":        {8, each(func(r rune) string { return string(r) + "\u00ad" })},
	"right to left":       {8, func(w []string) string { return "\u202e" + spoken(w) + "\u202c" }},
	"cyrillic":            {8, replace("a", "а", "e", "е", "o", "о", "c", "с", "p", "р", "i", "і", "s", "ѕ", "x", "х", "y", "у")},
	"greek":               {8, replace("a", "α", "e", "ε", "o", "ο", "i", "ι", "k", "κ", "n", "η", "p", "ρ", "t", "τ", "u", "υ", "v", "ν")},
	"full width":          {8, row(0xff41, 0xff21)},
	"mathematical bold":   {8, row(0x1d41a, 0x1d400)},
	"mathematical script": {8, row(0x1d4ea, 0x1d4d0)},
	"sans serif":          {8, row(0x1d5ba, 0x1d5a0)},
	"monospace":           {8, row(0x1d68a, 0x1d670)},
	"circled":             {8, row(0x24d0, 0x24b6)},
	"black circles":       {8, row(0x1f150, 0x1f150)},
	"black squares":       {8, row(0x1f170, 0x1f170)},
	"flags":               {8, row(0x1f1e6, 0x1f1e6)},
	"invisible tags":      {8, row(0xe0061, 0xe0041)},
	"small capitals":      {8, replace("a", "ᴀ", "b", "ʙ", "c", "ᴄ", "d", "ᴅ", "e", "ᴇ", "g", "ɢ", "h", "ʜ", "i", "ɪ", "k", "ᴋ", "l", "ʟ", "m", "ᴍ", "n", "ɴ", "o", "ᴏ", "p", "ᴘ", "r", "ʀ", "t", "ᴛ", "u", "ᴜ", "v", "ᴠ", "w", "ᴡ", "y", "ʏ", "z", "ᴢ")},
	"leet":                {8, replace("a", "4", "e", "3", "i", "1", "o", "0", "s", "5", "t", "7")},
	"leet with signs":     {12, replace("a", "@", "e", "3", "l", "|", "i", "!", "o", "0", "s", "$")},
	"HTML spaces":         {8, between("&nbsp;")},
	"HTML entities":       {8, numbers(10, 0, "&#", ";")},
	"HTML hex entities":   {8, numbers(16, 0, "&#x", ";")},
	"per cent spaces":     {8, between("%20")},
	"query":               {8, func(w []string) string { return "https://example.com/?q=" + url.QueryEscape(spoken(w)) }},
	"per cent":            {8, numbers(16, 2, "%", "")},
	"escaped line ends":   {8, between(`\n`)},
	"escaped tabs":        {8, between(`\\t`)},
	"escaped spaces":      {8, between(`\u0020`)},
	"JSON escapes":        {8, numbers(16, 4, `\u`, "")},
	"hex escapes":         {8, numbers(16, 2, `\x`, "")},
	"JSON string":         {8, func(w []string) string { return `{"text":` + strconv.Quote(strings.Join(w, "\n")) + `}` }},
	"base64":              {8, func(w []string) string { return base64.StdEncoding.EncodeToString([]byte(spoken(w))) }},
	"base64 shifted":      {8, func(w []string) string { return "data" + base64.StdEncoding.EncodeToString([]byte("x"+spoken(w))) }},
	"base64 for URLs":     {8, func(w []string) string { return base64.RawURLEncoding.EncodeToString([]byte("??>" + spoken(w))) }},
	"base64 in lines":     {8, func(w []string) string { return cut(base64.StdEncoding.EncodeToString([]byte(spoken(w))), 76, "\n") }},
	"base64 in pieces":    {8, func(w []string) string { return cut(base64.StdEncoding.EncodeToString([]byte(spoken(w))), 10, " ") }},
	"base64 word by word": {8, func(w []string) string { return base64.StdEncoding.EncodeToString([]byte(strings.Join(w, "\n * "))) }},
	"base32":              {8, func(w []string) string { return base32.StdEncoding.EncodeToString([]byte(spoken(w))) }},
	"hex":                 {8, func(w []string) string { return hex.EncodeToString([]byte(spoken(w))) }},
	"hex bytes":           {8, numbers(16, 2, "0x", ", ")},
	"upper hex in pieces": {8, func(w []string) string { return cut(strings.ToUpper(hex.EncodeToString([]byte(spoken(w)))), 7, " ") }},
	"binary":              {8, numbers(2, 8, "", " ")},
	"character codes":     {8, numbers(10, 0, "", ", ")},
	"atbash": {8, each(func(r rune) string {
		if c := lower(byte(r)); r < 128 && c != 0 {
			r = 'z' - rune(c-'a')
		}
		return string(r)
	})},
	"letters backwards":   {8, func(w []string) string { return reversed(spoken(w)) }},
	"words backwards":     {8, func(w []string) string { return turned(spoken(w))[1] }},
	"each word backwards": {8, func(w []string) string { return turned(spoken(w))[2] }},
	"every second letter": {8, func(w []string) string { return strings.Join(strings.Split(fold(spoken(w)), ""), "x") }},
	"every third letter":  {8, func(w []string) string { return strings.Join(strings.Split(fold(spoken(w)), ""), "-q z-") }},
	"filler":              {8, filled(1, "banana")},
	"changing filler":     {8, filled(1, "")},
	"two fillers":         {8, filled(1, "", "banana")},
	"a filler for two":    {8, filled(2, "")},
}

func leftOut(w []string, n int) string {
	var out []string
	for i := range w {
		if i%n != n-1 {
			out = append(out, w[i])
		}
	}
	return spoken(out)
}

func mixed(s string) string {
	var b strings.Builder
	for i, r := range s {
		if i%2 == 0 {
			r = unicode.ToUpper(r)
		}
		b.WriteRune(r)
	}
	return b.String()
}

func cut(s string, n int, sign string) string {
	var parts []string
	for part := range slices.Chunk([]byte(s), n) {
		parts = append(parts, string(part))
	}
	return strings.Join(parts, sign)
}

// some are runs of n words from all prompts.
func some(all map[string]string, n, count int, rng *rand.Rand) [][]string {
	var runs [][]string
	ids := slices.Sorted(maps.Keys(all))
	for len(runs) < count {
		w := words(all[ids[rng.IntN(len(ids))]])
		if len(w) < n {
			continue
		}
		from := rng.IntN(len(w) - n + 1)
		if run := w[from : from+n]; !strings.ContainsAny(spoken(run), "<>") { // a block of data is cut out, and so is in no way whole
			runs = append(runs, run)
		}
	}
	return runs
}

func TestADisguisedPromptIsKeptBackToo(t *testing.T) {
	t.Parallel()
	s, all := whole(t), library(t)
	list := maps.Clone(disguises)
	for n := range rune(26) {
		d := list["verbatim"]
		d.say = shifted(n)
		list[fmt.Sprintf("moved by %d", n)] = d
	}
	for name, d := range list {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(3, 4))
			for _, n := range []int{8, 12, 30, 80} {
				if n < d.from {
					continue
				}
				for _, run := range some(all, n, 12, rng) {
					if strings.HasPrefix(name, "leet") && strings.ContainsAny(spoken(run), "0123456789") {
						continue // nobody can tell which digits are letters
					}
					shown := d.say(run)
					seen, f := filter(s, nil, "Here you are: "+shown+" - done, as you wished.", rng)
					assert.True(t, f.Leaked(), "%d words as %q", n, shown)
					assert.True(t, strings.HasSuffix(seen, Refusal))
				}
			}
		})
	}
}

// What passes, so that nobody believes otherwise. The package comment lists the same.
func TestDisguisesThatAreNotSeenThrough(t *testing.T) {
	t.Parallel()
	s, all := whole(t), library(t)
	for name, say := range map[string]disguise{
		"pig latin": func(w []string) string {
			out := make([]string, len(w))
			for i := range w {
				out[i] = w[i][1:] + w[i][:1] + "ay"
			}
			return spoken(out)
		},
		"first letters": func(w []string) string {
			var b strings.Builder
			for _, word := range w {
				b.WriteString(word[:1] + "pple ")
			}
			return b.String()
		},
		"alternating alphabets": func(w []string) string { // Vigenère
			out := make([]string, len(w))
			for i := range w {
				out[i] = shifted(rune(3 + 7*(i%3)))([]string{w[i]})
			}
			return spoken(out)
		},
		"every fourth letter": func(w []string) string { return strings.Join(strings.Split(fold(spoken(w)), ""), "qzj") },
		"three fillers":       filled(1, "", "", ""),
		"ascii85": func(w []string) string {
			b := make([]byte, ascii85.MaxEncodedLen(len(spoken(w))))
			return string(b[:ascii85.Encode(b, []byte(spoken(w)))])
		},
		"base64 twice": func(w []string) string {
			return base64.StdEncoding.EncodeToString([]byte(base64.StdEncoding.EncodeToString([]byte(spoken(w)))))
		},
		"octal": numbers(8, 3, `\`, ""),
	} {
		rng := rand.New(rand.NewPCG(5, 6))
		for _, run := range some(all, 30, 5, rng) {
			_, f := filter(s, nil, "Here: "+say(run)+".", rng)
			assert.False(t, f.Leaked(), "%s is seen through by now: %q", name, say(run))
		}
	}
}
