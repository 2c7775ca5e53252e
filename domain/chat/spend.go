package chat

import "time"

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
