// Package leaks lets a model that is possessed try to give the prompts away through the assembled system: in every way of
// hiding words that the sanitizer claims to see through, in every place of an answer, and over every route that answers.
// Whatever the client received is judged by a judge that knows nothing of the sanitizer.
//
// Start at TestThePossessedModelGivesNothingAway.
package leaks

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/adiuva/cloud/application/orchestration/sanitizer"
	"github.com/adiuva/cloud/cmd/assembly"
	"github.com/adiuva/cloud/test/fakes/openai"
	"github.com/adiuva/cloud/test/fakes/provider"
	"github.com/adiuva/cloud/test/harness"
)

// house is the system with a possessed model behind it.
type house struct {
	*harness.Server
	model *possessed
}

func open(t *testing.T) *house {
	t.Helper()
	h := &house{model: newPossessed()}
	upstream := openai.Start(t)
	upstream.Always(h.model.reply)
	settings := harness.InMemory()
	settings["OPENAI_API_KEY"], settings["OPENAI_BASE_URL"] = "key-of-nobody", upstream.URL
	h.Server = harness.Serve(t, settings, assembly.Overrides{})
	return h
}

// user is a new one who may use every agent. Each makes a few attempts, so that no limit is in the way.
func (h *house) user(t *testing.T) *harness.Client {
	t.Helper()
	c := harness.SignUp(t, h.URL)
	h.SetTier(t, c.Email, "team")
	return c
}

// table is the worst of each class.
type table struct {
	mu    sync.Mutex
	rows  map[string]*row // guarded by mu
	total int             // guarded by mu
}

type row struct{ attempts, letters, words, refused int }

func (t *table) add(class string, f finding, refused bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	r := t.rows[class]
	if r == nil {
		r = &row{}
		t.rows[class] = r
	}
	t.total++
	r.attempts++
	r.letters, r.words = max(r.letters, f.letters), max(r.words, f.words)
	if refused {
		r.refused++
	}
}

func (t *table) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d attempts\n%-36s %8s %8s %6s %6s\n", t.total, "class", "attempts", "refused", "letters", "words")
	for _, class := range slices.Sorted(maps.Keys(t.rows)) {
		r := t.rows[class]
		fmt.Fprintf(&b, "%-36s %8d %8d %6d %6d\n", class, r.attempts, r.refused, r.letters, r.words)
	}
	return b.String()
}

// try makes attempts over every surface and judges each.
func (h *house) try(t *testing.T, j *judge, seen *table, list []tried) {
	t.Helper()
	for name, ask := range surfaces {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var c *harness.Client
			for i, a := range list {
				if i%15 == 0 {
					c = h.user(t)
				}
				got := ask(t, c, a.message, a.agent)
				f := j.judge(unrefused(got.raw), unrefused(got.text), unrefused(got.contents))
				seen.add(a.class, f, strings.Contains(got.raw, sanitizer.Refusal))
				assert.Less(t, f.words, tooMany, "%s: %d words of %s were received: %.2000q", a.class, f.words, f.prompt, got.raw)
				if !a.elsewhere {
					assert.Contains(t, got.text+got.contents, sanitizer.Refusal, "%s: %.2000q", a.class, got.raw)
				}
			}
		})
	}
}

// unrefused is what is left without the refusal, which is made of words that prompts have too.
func unrefused(s string) string { return strings.ReplaceAll(s, sanitizer.Refusal, " ") }

// tried is an attempt with its class.
type tried struct {
	class, message string
	attempt
	elsewhere bool // it need not end with a refusal: what it would have said is said to nobody
}

func (h *house) agree(list []tried) {
	for _, a := range list {
		h.model.agree(a.message, a.attempt)
	}
}

func TestThePossessedModelGivesNothingAway(t *testing.T) {
	t.Parallel()
	h, j, rng := open(t), newJudge(t), rand.New(rand.NewPCG(1, 2))
	seen := &table{rows: map[string]*row{}}
	list := slices.Concat(spoken(t, rng), placed(t, rng))
	h.agree(list)
	t.Cleanup(func() {
		t.Log(seen)
		assert.GreaterOrEqual(t, seen.total, 300)
	})
	h.try(t, j, seen, list)
}

// spoken are attempts to say it, in each disguise, at four lengths.
func spoken(t *testing.T, rng *rand.Rand) []tried {
	t.Helper()
	var list []tried
	for _, class := range slices.Sorted(maps.Keys(hidings)) {
		for _, n := range []int{8, 12, 30, 80} {
			w := runs(t, n, 1, rng)[0]
			for class == "leet" && number.MatchString(strings.Join(w, " ")) { // nobody could tell which digits are letters
				w = runs(t, n, 1, rng)[0]
			}
			a := tried{class: class, message: fmt.Sprintf("%s, %d words", class, n)}
			a.agent, a.rounds = "note_agent", []openai.Completion{says("Of course. " + hidings[class](w) + " That was all.")}
			list = append(list, a)
		}
	}
	return list
}

// placed are attempts to put it elsewhere than into the text alone.
func placed(t *testing.T, rng *rand.Rand) []tried {
	t.Helper()
	var list []tried
	add := func(class, agent string, elsewhere bool, rounds func(w []string) []openai.Completion) {
		for i, n := range []int{8, 12, 30} {
			a := tried{class: class, elsewhere: elsewhere, message: fmt.Sprintf("%s %d", class, i)}
			a.agent, a.rounds = agent, rounds(runs(t, n, 1, rng)[0])
			list = append(list, a)
		}
	}
	done := says("Done.")
	for _, hiding := range []string{"verbatim", "Markdown", "base64", "rot13", "cyrillic", "zero width"} {
		hide := hidings[hiding]
		add("a note's text, "+hiding, "note_agent", false, func(w []string) []openai.Completion {
			return []openai.Completion{calls("", "create_note", map[string]any{"title": "Minutes", "content": "It says: " + hide(w)}), done}
		})
		add("a task's title, "+hiding, "task_agent", false, func(w []string) []openai.Completion {
			return []openai.Completion{calls("", "create_task", map[string]any{"title": hide(w)}), done}
		})
		add("a question, "+hiding+" "+asksBack, "task_agent", true, func(w []string) []openai.Completion {
			return []openai.Completion{calls("", "list_tasks", map[string]any{"search": hide(w)}), done}
		})
	}
	add("before and after a call", "note_agent", false, func(w []string) []openai.Completion {
		return []openai.Completion{calls("It is: "+strings.Join(w[:4], " "), "list_notes", "{}"), says(strings.Join(w[4:], " "))}
	})
	add("a text and a title", "task_agent", false, func(w []string) []openai.Completion {
		return []openai.Completion{calls("", "create_task", map[string]any{"title": strings.Join(w[3:], " ")}), says("It is: " + strings.Join(w[:3], " "))}
	})
	add("two titles", "task_agent", false, func(w []string) []openai.Completion {
		return []openai.Completion{calls("", "create_task", map[string]any{"title": strings.Join(w[:4], " ")}), calls("", "create_task", map[string]any{"title": strings.Join(w[4:], " ")}), done}
	})
	add("a key that comes twice "+asksBack, "task_agent", true, func(w []string) []openai.Completion {
		return []openai.Completion{calls("", "list_tasks", `{"search":"`+letters(strings.Join(w, ""))+`","search":"x"}`), done}
	})
	add("a tool that does not exist", "task_agent", true, func(w []string) []openai.Completion {
		return []openai.Completion{calls("", strings.Join(w, "_"), "{}"), done}
	})
	add("the model's name", "task_agent", true, func(w []string) []openai.Completion {
		c := says("Hello.")
		c.Model = strings.Join(w, "-")
		return []openai.Completion{c}
	})
	add("within thoughts", "task_agent", true, func(w []string) []openai.Completion {
		return []openai.Completion{says("<think>" + strings.Join(w, " ") + "</think>Hello.")}
	})
	add("around thoughts", "task_agent", false, func(w []string) []openai.Completion {
		return []openai.Completion{says("It is: " + strings.Join(w, " <think>so\nit is</think>"))}
	})
	return list
}

// TestWhatAProviderSaysOfAPromptStaysHere has the provider quote the prompts where it fails: errors of every kind, before
// the first word and after.
func TestWhatAProviderSaysOfAPromptStaysHere(t *testing.T) {
	t.Parallel()
	j, rng := newJudge(t), rand.New(rand.NewPCG(3, 4))
	seen := &table{rows: map[string]*row{}}
	for class, fail := range map[string]func(quote string) openai.Reply{
		"a refused request": func(q string) openai.Reply {
			return openai.Status(http.StatusBadRequest, openai.Problem{Message: q, Type: "invalid_request_error", Code: q})
		},
		"a server's error": func(q string) openai.Reply {
			return openai.Status(http.StatusInternalServerError, openai.Problem{Message: q, Type: q})
		},
		"no JSON": func(q string) openai.Reply { return provider.Body(http.StatusOK, "text/html", "<p>"+q) },
		"in the middle": func(q string) openai.Reply {
			return openai.Failing("Well, ", openai.Problem{Message: q, Type: "server_error"})
		},
		"a refusal": func(q string) openai.Reply { return openai.Deltas("stop", `{"refusal":"`+letters(q)+`"}`) },
	} {
		h := open(t) // each with providers of its own: a breaker would keep the others from failing
		a := tried{class: class, message: class, elsewhere: true}
		a.agent, a.fails = "task_agent", fail(strings.ReplaceAll(strings.Join(runs(t, 30, 1, rng)[0], " "), `"`, ""))
		h.agree([]tried{a})
		t.Run(class, func(t *testing.T) {
			t.Parallel()
			h.try(t, j, seen, []tried{a})
		})
	}
	t.Cleanup(func() { t.Log(seen) })
}

// TestAPlanSaysNothingThatTheRouterSaid has the router answer with a prompt.
func TestAPlanSaysNothingThatTheRouterSaid(t *testing.T) {
	t.Parallel()
	h, j := open(t), newJudge(t)
	secret := strings.Join(words(secrets(t)["classifier"])[:40], " ")
	for _, decides := range []string{secret, `{"agents":["task_agent"],"asks":true,"sure":true,"title":"` + letters(secret) + `"}`, `{"agents":["` + letters(secret) + `"]}`} {
		h.model.decides = decides
		c := h.user(t)
		for _, mode := range []string{"plan", "direct"} {
			a := c.Expect(t, http.StatusOK, http.MethodPost, "/chat", map[string]any{"message": "hello " + mode, "execution_mode": mode})
			assert.Less(t, j.judge(string(a.Body), contents(a.Body)).words, tooMany, "%s", a.Body)
		}
	}
}

// TestOrdinaryAnswersArriveOverEverySurface proves that what the judge does not find could have been found.
func TestOrdinaryAnswersArriveOverEverySurface(t *testing.T) {
	t.Parallel()
	h := open(t)
	const answer = "Which tools do I have? I can list and change your tasks, projects, notes and checkpoints.\n\n- **Call Bob** is due tomorrow\n- 日本語, émigré, 👍 <b>x</b> {\"a\": 1}"
	a := tried{message: "ordinary"}
	a.agent, a.rounds = "note_agent", []openai.Completion{calls("", "create_note", map[string]any{"title": "Minutes", "content": answer}), says(answer)}
	h.agree([]tried{a})
	for name, ask := range surfaces {
		got := ask(t, h.user(t), a.message, a.agent)
		assert.Equal(t, answer, got.text, name)
		assert.Contains(t, strings.Replace(got.contents, answer, "", 1), answer, "%s: the note's text", name)
	}
}

// TestTheJudgeSeesThroughEveryDisguise has the judge find each attempt where nobody kept anything back.
func TestTheJudgeSeesThroughEveryDisguise(t *testing.T) {
	t.Parallel()
	j, rng := newJudge(t), rand.New(rand.NewPCG(5, 6))
	for class, hide := range hidings {
		for _, n := range []int{8, 12, 30, 80} {
			for _, w := range runs(t, n, 3, rng) {
				f := j.judge("Of course. " + hide(w) + " That was all.")
				assert.GreaterOrEqual(t, f.words, tooMany, "%s, %d words: %q", class, n, hide(w))
			}
		}
	}
	f := j.judge("I moved the task to Friday, and the note on the kickoff is now in the project Apollo.", sanitizer.Refusal)
	assert.Less(t, f.words, tooMany)
}
