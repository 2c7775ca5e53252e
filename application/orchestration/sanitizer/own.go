package sanitizer

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/adiuva/cloud/domain/chat"
)

// Own is what the user sent. What the user wrote may be said to the user again, whatever else it resembles. It
// belongs to one goroutine.
type Own struct {
	request chat.Request
	folded  *string // made when it is needed for the first time
}

// OwnOf is what stands in r.
func OwnOf(r chat.Request) *Own { return &Own{request: r} }

// Add takes in what the client has looked up meanwhile. Places in what was there before stay what they are.
func (o *Own) Add(document json.RawMessage) {
	text := o.text()
	collectJSON(string(document), func(s string) { text += fold(s) + " " })
	o.folded = &text
}

// at is a place behind part in what the user sent, -1 if it does not stand there.
func (o *Own) at(part string) int {
	if o == nil {
		return -1
	}
	i := strings.Index(o.text(), part)
	if i < 0 {
		return -1
	}
	return i + len(part)
}

func (o *Own) text() string {
	if o.folded == nil {
		var b strings.Builder
		give := func(s string) { b.WriteString(fold(s) + " ") }
		c := o.request.Context
		for _, v := range []any{o.request.Message, c.UserProfile, c.RelevantDocuments, c.RecentTasks, c.ConversationHistory, c.Extra} {
			collect(v, give)
		}
		for _, f := range o.request.Found {
			collectJSON(string(f.Result), give)
		}
		s := b.String()
		o.folded = &s
	}
	return *o.folded
}

// collect gives every text in a value made of maps and lists.
func collect(v any, give func(string)) {
	switch v := v.(type) {
	case string:
		give(v)
	case []string:
		for _, s := range v {
			give(s)
		}
	case []any:
		for _, x := range v {
			collect(x, give)
		}
	case []map[string]any:
		for _, x := range v {
			collect(x, give)
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			collect(v[key], give)
		}
	}
}

// collectJSON gives every text in a JSON document, the keys of objects too. What is no JSON is given as it stands.
func collectJSON(document string, give func(string)) {
	dec := json.NewDecoder(strings.NewReader(document))
	for {
		token, err := dec.Token()
		if err != nil {
			break
		}
		if text, ok := token.(string); ok {
			give(text)
		}
	}
	if !json.Valid([]byte(document)) {
		give(document)
	}
}
