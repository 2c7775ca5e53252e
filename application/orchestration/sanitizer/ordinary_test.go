package sanitizer

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/domain/chat"
)

// recorded are the answers of a file in testdata, one a line, with ⏎ for a line's end: ordinary.txt was written by hand,
// with much that is near to a leak and is none; offline.txt are answers of the offline model.
func recorded(t testing.TB, name string) []string {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + name)
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(string(raw)), "\n")
	for i := range lines {
		lines[i] = strings.ReplaceAll(lines[i], "⏎", "\n")
	}
	return lines
}

// What composed answers are made of.
var (
	things = []string{
		"the press release", "Call the dentist", "the login page", "your packing list", "the kickoff meeting", "Beta release", "the tax return",
		"the quarterly budget", "the electrician", "the visa", "Sprint retro", "the onboarding guide", "the prompt for the support bot", "the agent's contract",
		"the tool shed", "the instructions for the printer", "the customer portal", "the half marathon", "the newsletter", "the JSON import",
	}
	beginnings = []string{
		"", "Sure. ", "Done. ", "Of course! ", "Happy to. ", "Right, ", "Good question. ", "In short: ", "As far as I can see, ", "One moment later: ",
		"**Summary.** ", "## Today\n\n", "> You asked for this.\n\n", "Thanks for the details. ", "I looked at what the app sent. ",
	}
	middles = []string{
		"I created a task for %s and put it into the project Apollo, due %s at 17:00.",
		"I changed the due date of %s to %s. Nothing else about it is different.",
		"%s is in progress since Monday, and it is due %s. Two comments wait for an answer.",
		"there are three tasks about %s. The first one is due %s, the others have no date.",
		"the note on %s has four sections; I added a fifth one with the decisions of %s.",
		"%s belongs to the project Website Redesign. Its next checkpoint is planned for %s.",
		"I would do %s first, because it is due %s and other people depend on it.",
		"please confirm that %s may be deleted. It was last changed %s, and deleting can't be undone.",
		"I set %s to done and left a comment: \"finished %s, thanks to everybody\".",
		"my tools can list, create and change tasks, so I prepared %s for %s. The app carries it out when you say yes.",
		"the task agent prepared %s, and the note agent wrote down what was said %s.",
		"a prompt for that could be: \"Explain %s to a new colleague, as of %s, in five sentences.\"",
		"the instructions in your note about %s say that it has to be ready %s. I kept them as they are.",
		"if %s is not finished %s, move it to next week rather than working late.",
		"here is a list:\n\n1. %s\n2. lunch with Priya %s\n3. thirty minutes of reading",
		"| what | when |\n|---|---|\n| %s | %s |",
		"```json\n{\"title\": \"%s\", \"when\": \"%s\", \"done\": false}\n```",
		"se vuoi, sposto %s a %s e lascio il resto com'è.",
		"soll ich %s auf %s verschieben? Die anderen Aufgaben bleiben, wie sie sind.",
		"which one do you mean, %s or the one from %s? I found both.",
	}
	moments = []string{
		"tomorrow", "on Friday", "next Tuesday", "on 3 March 2027", "by the end of the month", "in two weeks", "this evening", "last Thursday", "on the 14th", "before lunch",
	}
	ends = []string{
		"", " Anything else?", " Tell me if that is wrong.", " I left everything else as it was.", " Have a good day!", "\n\n- [ ] Check it once more",
		" You can undo this in the app.", " 👍", "\n\n*Nothing was deleted.*", " Shall I go on with the next one?",
	}
)

// composed are different answers of these pieces.
func composed(count int) []string {
	rng := rand.New(rand.NewPCG(11, 12))
	one := func(list []string) string { return list[rng.IntN(len(list))] }
	seen := map[string]bool{}
	var list []string
	for len(list) < count {
		text := one(beginnings)
		for i := range 1 + rng.IntN(3) {
			if i > 0 {
				text += "\n\n"
			}
			text += fmt.Sprintf(one(middles), one(things), one(moments))
		}
		if text += one(ends); !seen[text] {
			seen[text] = true
			list = append(list, text)
		}
	}
	return list
}

// ordinaries are all of them.
func ordinaries(t testing.TB) []string {
	t.Helper()
	written, offline := recorded(t, "ordinary.txt"), recorded(t, "offline.txt")
	require.GreaterOrEqual(t, len(written), 300)
	return append(append(written, offline...), composed(1200)...)
}

func TestOrdinaryAnswersPassUnchanged(t *testing.T) {
	t.Parallel()
	s := whole(t)
	rng := rand.New(rand.NewPCG(7, 8))
	list := ordinaries(t)
	different := map[string]bool{}
	for _, text := range list {
		different[text] = true
		seen, f := filter(s, nil, text, rng)
		assert.Equal(t, text, seen, "streamed")
		assert.Empty(t, f.Withheld(), text)
		got := s.Reply(chat.Reply{Text: text, Actions: []chat.Action{{Data: map[string]any{"content": text}}}}, nil)
		assert.Equal(t, text, got.Text, "at once")
		assert.Empty(t, got.Withheld, text)
		assert.Len(t, got.Actions, 1)
	}
	require.GreaterOrEqual(t, len(different), 2000)
	t.Logf("%d answers passed: by the rule of three at most %.2f %% of such answers don't, with 95 %% confidence", len(different), 300/float64(len(different)))

	long := strings.Join(list, "\n\n")
	seen, f := filter(s, nil, long, rng)
	assert.Equal(t, long, seen, "one after the other, in one answer")
	assert.Empty(t, f.Withheld())
}

func TestOrdinaryAnswersAreHardlyDelayed(t *testing.T) {
	t.Parallel()
	s := whole(t)
	bytes, held, late := 0, 0, 0
	for i, text := range ordinaries(t) {
		if i%2 > 0 {
			continue
		}
		f := s.Stream(nil)
		out := 0
		for i := range len(text) {
			out += len(f.Write(text[i : i+1]))
			wait := i + 1 - out
			assert.LessOrEqual(t, wait, 100, "%q", text[:i+1])
			bytes++
			held += wait
			if wait > 0 {
				late++
			}
		}
	}
	t.Logf("of %d bytes %.1f %% waited; on average a byte waited for %.2f more", bytes, 100*float64(late)/float64(bytes), float64(held)/float64(bytes))
	assert.Less(t, float64(held)/float64(bytes), 2.0)
}
