package offlinellm

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// fragments are what strange messages are put together from.
var fragments = strings.Fields(`add create a the task tasks note notes project projects milestone to and then , ; : . ? ! "Fix the printer"
	Fix printer Email bank landlord Office Holiday Door codes Move in mark as done delete remove rename move tomorrow next friday in two weeks
	at 3pm 2027-02-30 31/02/2027 high priority low urgent asap it them that this second one yes no don't not never mind remind me I need
	comment on saying called titled with 'quoted for assign Dana @bob due by from until by 1. 2) - * !! … “ ” é 日本 🎉 half an hour list show what
	no longer needed give same too well as one ones the other name call names it's its -> ✔ => | = ( ) what's did we decide about notes responsible PR pr 118 's track
	save this file put over new date called instead from now off back can go need needs be reviewed cleaned should become suggestion approve accept my comment Bob's Dana unassign
	clear deadline more hours later earlier by a client project: title: Title: call yes I mean in a is my archive reactivate all every append content text say end of the month today p1 99999999999999999999 0 -1 &`)

func anyMessage(rt *rapid.T) string {
	if rapid.IntRange(0, 9).Draw(rt, "raw") == 0 {
		return rapid.String().Draw(rt, "text")
	}
	words := rapid.SliceOfN(rapid.SampledFrom(append(slices.Clone(fragments), "\n")), 1, 25).Draw(rt, "words")
	return strings.Join(words, " ")
}

// known are all ids that a call may name.
var known = map[string]string{
	"t1": "task_id", "t2": "task_id", "t3": "task_id", "p1": "project_id", "p2": "project_id", "n1": "note_id", "c1": "checkpoint_id",
}

func TestNoMessageBreaksItOrMakesItInventIDs(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		m := anyMessage(rt)
		k := rapid.SampledFrom([]kind{task, checkpoint, project, note}).Draw(rt, "agent")
		var verdict struct{ Agents []string }
		require.NoError(t, json.Unmarshal([]byte(complete(t, classifierRequest(t, m, "")).text), &verdict))
		require.NotEmpty(t, verdict.Agents)

		body := agentRequest(t, k, nil, m)
		a := complete(t, body)
		require.Equal(t, a, complete(t, body), "the same again")
		require.True(t, len(a.calls) > 0 || a.text != "", m)
		require.True(t, utf8.ValidString(a.text))
		require.LessOrEqual(t, len(a.calls), perRound)
		for _, c := range a.calls {
			require.Contains(t, tools[k], c.Function.Name)
			var args map[string]any
			require.NoError(t, json.Unmarshal([]byte(c.Function.Arguments), &args))
			for name, v := range args {
				if !strings.HasSuffix(name, "_id") {
					continue
				}
				id, _ := v.(string)
				assert.Equal(t, known[id], name, "%s in %s for %q", id, c.Function.Arguments, m)
			}
		}
	})
}

func TestDatesAreNeverNonsense(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		now := time.Unix(rapid.Int64Range(1_500_000_000, 4_000_000_000).Draw(rt, "now"), 0).UTC()
		words := rapid.SliceOfN(rapid.SampledFrom(strings.Fields(`in two 2 weeks days next friday monday this the end of month week at 3pm 15:00 noon tomorrow
			on 1 31 March June 2027 2028-02-29 15/06/2027 half past a an by tonight morning hour from now today 29 February year`)), 1, 6).Draw(rt, "words")
		ts := tokenize(strings.Join(words, " "))
		for i := range ts {
			w, n := calendar{now}.read(ts, i)
			require.LessOrEqual(t, i+n, len(ts))
			if n > 0 {
				require.False(t, w.at.IsZero())
				require.Equal(t, time.UTC, w.at.Location())
			}
		}
	})
}

func TestNoTextInAStepBreaksItOrReachesAnotherTool(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		text := anyMessage(rt)
		template := rapid.SampledFrom([]string{"email_to_tasks", "meeting_to_tasks", "kickoff_project", "kickoff_checkpoints", "kickoff_tasks"}).Draw(rt, "template")
		calls, _ := runStep(t, template, map[string]any{"email": text, "notes": "- [ ] " + text, "name": text, "goal": text, "deadline": text}, week,
			[]string{"create_task", "create_project", "create_checkpoint", "delete_task"}, done)
		for _, c := range calls {
			require.True(t, strings.HasPrefix(c.Function.Name, "create_"), c.Function.Name)
			require.True(t, json.Valid([]byte(c.Function.Arguments)))
		}
	})
}

func TestWhatIsAskedForNothingDoesNothing(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	nouns := []string{"Fix the printer", "the project Office", "my notes", "Door codes", "anything", "Move in"}
	for _, start := range []string{"don't delete", "do not archive", "please don't rename", "how do I delete", "should I archive", "why did you delete", "I don't want to delete", "what happens if I delete", "is it possible to delete"} {
		m := start + " " + nouns[random.IntN(len(nouns))]
		for k := range tools {
			for _, c := range complete(t, agentRequest(t, k, nil, m)).calls {
				assert.False(t, strings.HasPrefix(c.Function.Name, "delete") || strings.HasPrefix(c.Function.Name, "update") || strings.HasPrefix(c.Function.Name, "create"), "%s: %s", m, c.Function.Name)
			}
		}
	}
}

func BenchmarkMessage(b *testing.B) {
	raw := json.RawMessage(block(b, "x", home)[len("<data name=\"x\">\n"):])
	raw, _, _ = bytes.Cut(raw, []byte("</data>"))
	for b.Loop() {
		w := readWorld(raw, fixed)
		parse("create a project Zephyr with a milestone Launch on 2027-06-01 and add a high priority task to write the charter tomorrow at 3pm", w)
	}
}
