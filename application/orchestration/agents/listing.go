package agents

import (
	"cmp"
	"encoding/json"
	"maps"
	"math"
	"strconv"
	"strings"

	"github.com/adiuva/cloud/domain/chat"
)

// maxListed is how many records a model is shown at once.
const maxListed = 100

// listed is the result of a tool that lists.
type listed struct {
	Count   int              `json:"count"` // of all that match
	Records []map[string]any `json:"records"`
	Note    string           `json:"note,omitempty"`
}

// list is a listing of rows without the fields that only a single record shows.
func list(rows []map[string]any, hidden ...string) listed {
	l := listed{Count: len(rows), Records: make([]map[string]any, 0, min(len(rows), maxListed))}
	if len(rows) > maxListed {
		l.Note = "Only the first " + strconv.Itoa(maxListed) + " are shown."
		rows = rows[:maxListed]
	}
	for _, row := range rows {
		shown := maps.Clone(row)
		for _, field := range hidden {
			delete(shown, field)
		}
		l.Records = append(l.Records, shown)
	}
	return l
}

// keep are the rows that match, in their order.
func keep(rows []map[string]any, match func(map[string]any) bool) []map[string]any {
	var kept []map[string]any
	for _, row := range rows {
		if match(row) {
			kept = append(kept, row)
		}
	}
	return kept
}

// is reports whether a field has this value; an empty value matches all.
func is[S ~string](row map[string]any, field string, value S) bool {
	return value == "" || word(row, field) == string(value)
}

// word is a text field, empty if it is missing or something else.
func word(row map[string]any, field string) string {
	s, _ := row[field].(string)
	return s
}

// matches reports whether every word of search stands in the title or the description, whatever its case.
func matches(row map[string]any, search string) bool {
	text := strings.ToLower(chat.Title(row) + " " + word(row, "description"))
	for w := range strings.FieldsSeq(strings.ToLower(search)) {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

// moment is a time field in milliseconds since 1970, false if there is none.
func moment(row map[string]any, field string) (int64, bool) {
	switch v := row[field].(type) {
	case float64:
		return int64(v), v > 0
	case int64:
		return v, v > 0
	case int:
		return int64(v), v > 0
	case json.Number:
		n, err := v.Int64()
		return n, err == nil && n > 0
	}
	return 0, false
}

// byMoment sorts by a time field; what has none comes last.
func byMoment(field string) func(a, b map[string]any) int {
	at := func(row map[string]any) int64 {
		if ms, ok := moment(row, field); ok {
			return ms
		}
		return math.MaxInt64
	}
	return func(a, b map[string]any) int { return cmp.Compare(at(a), at(b)) }
}
