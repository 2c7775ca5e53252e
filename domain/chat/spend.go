package chat

import (
	"cmp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// MaxModelBytes is the longest name of a model that is kept.
const MaxModelBytes = 200

// Spend is what one user's questions cost on one day with one model.
type Spend struct {
	Day       string // in UTC, as DayOf writes it
	Model     string // as the provider names it
	Calls     int64  // of the model, those that failed included
	Prompt    int64  // tokens
	Written   int64  // tokens, those of answers that were broken off included
	Estimated int64  // how many of the calls were counted by us because the provider did not tell
}

// DayOf is the day of a moment: 2026-05-13.
func DayOf(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// ModelName is a provider's name of a model as it is kept and shown: up to MaxModelBytes of text, without what cannot be
// printed. Providers may call their models anything, and what was spent counts all the same.
func ModelName(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
	for len(s) > MaxModelBytes {
		_, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
	}
	return s
}

// Plus is s and what else was spent on its day with its model.
func (s Spend) Plus(more Spend) Spend {
	s.Calls += more.Calls
	s.Prompt += more.Prompt
	s.Written += more.Written
	s.Estimated += more.Estimated
	return s
}

// Compare orders by day, the newest first, and then by model.
func (s Spend) Compare(t Spend) int {
	return cmp.Or(cmp.Compare(t.Day, s.Day), cmp.Compare(s.Model, t.Model))
}
