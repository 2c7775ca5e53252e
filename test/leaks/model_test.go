package leaks

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/adiuva/cloud/test/fakes/openai"
)

// asksBack is in messages that go without tasks in their context.
const asksBack = "without tasks"

// attempt is what the model does with one message.
type attempt struct {
	agent  string
	rounds []openai.Completion // its answers, one for each call; the last is repeated
	fails  openai.Reply        // in their place
}

// possessed is a model that does with each message what was agreed on. Whatever it is told about it, it has forgotten.
type possessed struct {
	mu       sync.Mutex
	attempts map[string]attempt // guarded by mu: by the message
	decides  string             // what the router answers, in place of the agent's name
}

func newPossessed() *possessed { return &possessed{attempts: map[string]attempt{}} }

func (p *possessed) agree(message string, a attempt) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.attempts[message] = a
}

// reply answers one call.
func (p *possessed) reply(x *openai.Exchange) {
	var asked struct {
		Model    string
		Messages []struct{ Role, Content string }
	}
	if err := json.Unmarshal(x.Body, &asked); err != nil {
		panic(err)
	}
	message, round := "", 0
	for _, m := range asked.Messages {
		switch m.Role {
		case "user":
			message, round = m.Content, 0
		case "assistant":
			round++
		}
	}
	p.mu.Lock()
	a, ok := p.attempts[message]
	p.mu.Unlock()
	switch {
	case strings.Contains(asked.Model, "mini") && p.decides != "":
		openai.Completion{Pieces: split(p.decides)}.Reply()(x)
	case strings.Contains(asked.Model, "mini"):
		openai.Completion{Pieces: []string{`{"agents":["` + a.agent + `"],"asks":true,"sure":true,"deletes":false}`}}.Reply()(x)
	case !ok:
		openai.Completion{Pieces: []string{"I was asked nothing that I know."}}.Reply()(x)
	case a.fails != nil:
		a.fails(x)
	default:
		a.rounds[min(round, len(a.rounds)-1)].Reply()(x)
	}
}

// split cuts a text into pieces of one to seven bytes, but no character in two: JSON could not carry the halves.
func split(s string) []string {
	rng := rand.New(rand.NewPCG(uint64(len(s)), 1))
	var all []string
	for s != "" {
		n := 0
		for size := 1 + rng.IntN(7); n < len(s) && (n < size || s[n]&0xc0 == 0x80); {
			n++
		}
		all = append(all, s[:n])
		s = s[n:]
	}
	return all
}

// says is an answer of text alone.
func says(s string) openai.Completion { return openai.Completion{Pieces: split(s)} }

// calls is an answer with a call of a tool.
func calls(before, tool string, arguments any) openai.Completion {
	raw, ok := arguments.(string)
	if !ok {
		b, err := json.Marshal(arguments)
		if err != nil {
			panic(err)
		}
		raw = string(b)
	}
	return openai.Completion{Pieces: split(before), Calls: []openai.Call{{ID: "call", Name: tool, Arguments: ascii(raw)}}}
}

// ascii is a JSON document with everything beyond ASCII in escapes: arguments are sent in halves, which may be cut anywhere.
func ascii(document string) string {
	var b strings.Builder
	for _, r := range document {
		if r < utf8.RuneSelf {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&b, `\u%04x`, unit)
		}
	}
	return b.String()
}
