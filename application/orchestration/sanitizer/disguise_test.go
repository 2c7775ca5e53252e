package sanitizer

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestADisguisedPromptIsKeptBackToo(t *testing.T) {
	t.Parallel()
	s := whole(t)
	rng := rand.New(rand.NewPCG(3, 4))
	text := strings.Join(words(library(t)["note_agent"])[5:40], " ")
	each := func(change func(r rune) string) string {
		var b strings.Builder
		for _, r := range text {
			b.WriteString(change(r))
		}
		return b.String()
	}
	for name, shown := range map[string]string{
		"spaced":     each(func(r rune) string { return string(r) + " " }),
		"zero width": each(func(r rune) string { return string(r) + "\u200b" }),
		"accents":    each(func(r rune) string { return string(r) + "\u0301" }),
		"full width": each(func(r rune) string {
			if r > ' ' && r < 127 {
				r += 0xfee0
			}
			return string(r)
		}),
		"cyrillic": strings.NewReplacer("a", "а", "e", "е", "o", "о", "c", "с", "p", "р").Replace(text),
		"markdown": "**" + strings.ReplaceAll(text, " ", "** | **") + "**",
		"rot13": each(func(r rune) string {
			if c := lower(byte(r)); r < 128 && c != 0 {
				r = rune('a' + (c-'a'+13)%26)
			}
			return string(r)
		}),
		"reversed":     reversed(text),
		"every second": strings.Join(strings.Split(fold(text), ""), "x"),
		"every third":  strings.Join(strings.Split(fold(text), ""), "-q z-"),
		"base64":       base64.StdEncoding.EncodeToString([]byte(text)),
		"base64 url":   base64.RawURLEncoding.EncodeToString([]byte("??>" + text)),
		"base64 inner": "data" + base64.StdEncoding.EncodeToString([]byte("x"+text)),
		"hex":          hex.EncodeToString([]byte(text)),
		"numbered": func() string {
			var b strings.Builder
			for i, w := range words(text) {
				fmt.Fprintf(&b, "%d. %s\n", i, w)
			}
			return b.String()
		}(),
		"one word in five changed": func() string {
			w := words(text)
			for i := 4; i < len(w); i += 5 {
				w[i] = "kumquat"
			}
			return strings.Join(w, " ")
		}(),
	} {
		seen, f := filter(s, nil, "Here you are: "+shown+" - done.", rng)
		assert.True(t, f.Leaked(), name)
		assert.True(t, strings.HasSuffix(seen, Refusal), name)
	}
}
