package eval

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/domain/chat"
)

// file is a set of cases that share a context.
type file struct {
	name    string
	context map[string]any
	cases   []evalCase
}

type evalCase struct {
	Message  string           `json:"message"`
	Agents   []string         `json:"agents"`
	Actions  []wanted         `json:"actions"`
	Due      *due             `json:"due"`
	Mentions []string         `json:"reply_mentions"`
	History  []map[string]any `json:"history"` // of the conversation before, where the case needs one
}

type wanted struct {
	Type  string         `json:"type"`
	Table string         `json:"table"`
	Data  map[string]any `json:"data"`
}

type due struct {
	Days        *int   `json:"days"`
	NextWeekday string `json:"next_weekday"`
	Date        string `json:"date"`
	Time        string `json:"time"`
}

func load(t *testing.T, path string) file {
	t.Helper()
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	f := file{name: path}
	lines := bufio.NewScanner(bytes.NewReader(raw))
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		if f.context == nil {
			var first struct {
				Context map[string]any `json:"context"`
			}
			require.NoError(t, json.Unmarshal(lines.Bytes(), &first), "line %d", n)
			require.NotNil(t, first.Context, "the first line holds the context")
			f.context = first.Context
			continue
		}
		var c evalCase
		require.NoError(t, json.Unmarshal(lines.Bytes(), &c), "line %d", n)
		f.cases = append(f.cases, c)
	}
	require.NoError(t, lines.Err())
	require.NotEmpty(t, f.cases)
	return f
}

// request is the case as a client would send it.
func (f file) request(c evalCase) chat.Request {
	r := chat.Request{Message: c.Message, Mode: chat.Direct, Context: chat.Context{Extra: map[string]any{}}}
	for k, v := range f.context {
		switch k {
		case "recent_tasks":
			r.Context.RecentTasks = rows(v)
		case "user_profile":
			r.Context.UserProfile, _ = v.(map[string]any)
		default:
			r.Context.Extra[k] = v
		}
	}
	r.Context.ConversationHistory = c.History
	return r
}

func rows(v any) []map[string]any {
	list, _ := v.([]any)
	var out []map[string]any
	for _, e := range list {
		if m, ok := e.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}

// misses are what is wrong with a reply besides its agents, in words.
func (c evalCase) misses(r chat.Reply, now time.Time) []string {
	var out []string
	if len(c.Actions) == 0 && len(r.Actions) > 0 {
		out = append(out, fmt.Sprintf("no action may come, got %v", r.Actions))
	}
	next := 0
	for _, a := range r.Actions {
		if next < len(c.Actions) && c.Actions[next].matches(a) {
			next++
		}
	}
	if next < len(c.Actions) {
		out = append(out, fmt.Sprintf("action %d (%v) is not among %v", next+1, c.Actions[next], r.Actions))
	}
	if c.Due != nil {
		if problem := c.Due.check(r.Actions, now); problem != "" {
			out = append(out, problem)
		}
	}
	for _, w := range c.Mentions {
		if !strings.Contains(strings.ToLower(r.Text), strings.ToLower(w)) {
			out = append(out, fmt.Sprintf("the answer doesn't mention %q", w))
		}
	}
	return out
}

func (w wanted) matches(a chat.Action) bool {
	if string(a.Type) != w.Type || a.Table != w.Table {
		return false
	}
	for k, want := range w.Data {
		got, ok := a.Data[k]
		if s, isText := want.(string); isText {
			if !ok || plain(fmt.Sprint(got)) != plain(s) {
				return false
			}
		} else if want == nil && ok && got != nil || want != nil && fmt.Sprint(got) != fmt.Sprint(want) {
			return false
		}
	}
	return true
}

// plain is a text without case and surrounding punctuation.
func plain(s string) string { return strings.Trim(strings.ToLower(s), " \t\n.,;:!?\"'()[]-") }

func (d due) check(actions []chat.Action, now time.Time) string {
	for _, a := range actions {
		for _, field := range []string{"due_date", "date"} {
			ms, ok := a.Data[field].(int64)
			if !ok {
				continue
			}
			got := time.UnixMilli(ms).In(now.Location())
			if want := d.day(now); got.Format(time.DateOnly) != want {
				return fmt.Sprintf("due %s instead of %s", got, want)
			}
			if d.Time != "" && got.Format("15:04") != d.Time {
				return fmt.Sprintf("due %s instead of %s", got, d.Time)
			}
			return ""
		}
	}
	return "no action has a date"
}

func (d due) day(now time.Time) string {
	switch {
	case d.Days != nil:
		return now.AddDate(0, 0, *d.Days).Format(time.DateOnly)
	case d.NextWeekday != "":
		for i := 1; i <= 7; i++ {
			if t := now.AddDate(0, 0, i); strings.EqualFold(t.Weekday().String(), d.NextWeekday) {
				return t.Format(time.DateOnly)
			}
		}
	case d.Date != "":
		return d.Date
	}
	return now.Format(time.DateOnly)
}
