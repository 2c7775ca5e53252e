package agents

import (
	"fmt"
	"strings"

	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/fault"
)

// voice is one agent's answer as it is said: the texts of all rounds, an empty line between them.
type voice struct {
	say    Say
	text   strings.Builder
	paused bool
}

// hear says a piece. White space that nothing came before is left out.
func (v *voice) hear(piece string) error {
	if v.paused || v.text.Len() == 0 {
		if piece = strings.TrimLeft(piece, " \t\r\n"); piece == "" {
			return nil
		}
	}
	if v.paused {
		v.paused = false
		piece = "\n\n" + piece
	}
	v.text.WriteString(piece)
	if v.say == nil {
		return nil
	}
	return v.say(piece)
}

// pause parts what was said from what will be.
func (v *voice) pause() { v.paused = v.text.Len() > 0 }

// end is called after the last round. A model that prepared something and then says nothing is spoken for.
func (v *voice) end(last string, actions []chat.Action) error {
	switch {
	case strings.TrimSpace(last) != "":
		return nil
	case len(actions) > 0:
		v.pause()
		return v.hear("Prepared for you: " + changes(actions) + ".")
	case strings.TrimSpace(v.text.String()) != "":
		return nil
	}
	return fault.New(fault.UpstreamFailed, "The language model gave no answer. Try again.")
}

// unfinished is the honest answer when the rounds are over.
func unfinished(actions []chat.Action) string {
	if len(actions) == 0 {
		return "I could not finish this in the steps that I have, and nothing was changed. Please ask for less at once."
	}
	return "I could not finish this in the steps that I have. Prepared so far: " + changes(actions) + ". Please ask again for the rest."
}

// changes counts what a person would call changes.
func changes(actions []chat.Action) string {
	n := 0
	for _, a := range actions {
		if a.Type != chat.IndexDocument {
			n++
		}
	}
	if n == 1 {
		return "1 change"
	}
	return fmt.Sprintf("%d changes", n)
}
