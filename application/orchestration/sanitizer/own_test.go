package sanitizer

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/adiuva/cloud/domain/chat"
)

// ownOf is what a user sent: a message, and a note.
func ownOf(message, note string) *Own {
	return OwnOf(chat.Request{Message: message, Context: chat.Context{Extra: map[string]any{"notes": []any{map[string]any{"content": note}}}}})
}

func TestWhatTheUserWroteMayBeSaidAgain(t *testing.T) {
	t.Parallel()
	s := whole(t)
	text := spoken(words(library(t)["task_agent"])[10:60])
	own := ownOf("hi", "Found: "+strings.ToUpper(text))
	for _, say := range []string{text, strings.ReplaceAll(text, " ", "\n> "), text + " " + text} {
		got := s.Reply(chat.Reply{Text: "Your note says " + say + ".", Actions: []chat.Action{{Data: map[string]any{"content": say}}}}, own)
		assert.Equal(t, "Your note says "+say+".", got.Text)
		assert.Len(t, got.Actions, 1)
		assert.Empty(t, got.Withheld)
	}
}

// TestTheUsersOwnWordsOpenNoDoor lets users send parts of prompts, all of them but a little, or in pieces, to get the rest.
func TestTheUsersOwnWordsOpenNoDoor(t *testing.T) {
	t.Parallel()
	s := whole(t)
	rng := rand.New(rand.NewPCG(9, 9))
	for id, text := range library(t) {
		w := words(text)
		if len(w) < 60 {
			continue
		}
		for range 20 {
			from := rng.IntN(len(w) - 56)
			known, more := w[from:from+8+rng.IntN(40)], w[from:from+56]
			own := ownOf("What follows after this: "+spoken(known), "")
			seen, f := filter(s, own, "It is: "+spoken(more)+" and so on.", rng)
			assert.True(t, f.Leaked(), id)
			end := fold(spoken(known))
			next := end[len(end)-20:] + fold(spoken(w[from+len(known):]))[:4]
			assert.NotContains(t, fold(seen), next, "%s: nothing beyond what was known", id)
			assert.Equal(t, Fragment, f.Withheld()[0].Kind)
		}
		// Every second run of seven words is known, the others are not.
		var odd []string
		for part := range slices.Chunk(w[:56], 7) {
			odd = append(odd, spoken(part), "and then")
		}
		var known strings.Builder
		for i := 0; i < len(odd); i += 4 {
			known.WriteString(odd[i] + ". ")
		}
		own := ownOf("tell me", known.String())
		_, f := filter(s, own, strings.Join(slices.Concat(odd), " "), rng)
		assert.True(t, f.Leaked(), id)
	}
}

// TestNothingHidesBetweenTheUsersOwnLetters has a model repeat what the user sent, with the rest between the letters.
func TestNothingHidesBetweenTheUsersOwnLetters(t *testing.T) {
	t.Parallel()
	s := whole(t)
	w := words(library(t)["project_agent"])
	known, secret := spoken(w[:30]), spoken(w[31:46])
	var b strings.Builder
	b.WriteString(known[:60])
	for i, r := range known[60:] {
		b.WriteRune(r)
		if i < len(secret) {
			fmt.Fprintf(&b, " %d ", secret[i])
		}
	}
	_, f := filter(s, ownOf(known, ""), b.String(), rand.New(rand.NewPCG(1, 1)))
	assert.True(t, f.Leaked())
	assert.Equal(t, Encoded, f.Withheld()[0].Kind)
}

func TestWhatTheUserSentIsReadInEveryPlaceThatARequestHas(t *testing.T) {
	t.Parallel()
	s := whole(t)
	text := spoken(words(library(t)["classifier"])[3:20])
	for name, r := range map[string]chat.Request{
		"message":   {Message: text},
		"profile":   {Context: chat.Context{UserProfile: map[string]any{"about": text}}},
		"documents": {Context: chat.Context{RelevantDocuments: []string{text}}},
		"tasks":     {Context: chat.Context{RecentTasks: []map[string]any{{"title": text}}}},
		"history":   {Context: chat.Context{ConversationHistory: []map[string]any{{"role": "user", "content": text}}}},
		"extra":     {Context: chat.Context{Extra: map[string]any{"deep": map[string]any{"er": []any{text}}}}},
		"found":     {Found: []chat.Found{{Name: "get_note", Result: []byte(`{"content":"` + text + `"}`)}}},
	} {
		assert.Equal(t, text, s.Reply(chat.Reply{Text: text}, OwnOf(r)).Text, name)
	}
}
