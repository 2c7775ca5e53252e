package offlinellm

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// The fillers of the matrix: ordinary things to do, put together from verbs and what they are for, and some whose words
// are dates, numbers, kinds or statuses of ours.
var (
	doings = strings.Split("call,email,visit,order,repair,clean,paint,review,print,book,collect,check,replace,wash,measure,translate,sign,scan,pack,sell", ",")
	things = strings.Split("the dentist,the printer,the balcony door,the annual budget,the guest list,the rental car,the spare keys,the school form", ",")
	odd    = []string{
		"watch Blade Runner 2049", "read chapter 5 of 1984", "write the project report", "send the release notes", "plan the milestone party", "buy 12 eggs and milk",
		"test version 3.12", "prepare the Monday standup", "sort the done pile", "fix the high shelf", "answer the task force", "review PR 118",
		"clean up the open issues", "call May about the rent", "compare the list of offers", "note the meter reading", "rename the old folder", "delete the old photos",
	}
	persons = strings.Split("Dana,Bob,Priya,Omar,Lucía,Jean-Luc", ",")
	homes   = strings.Split("Apollo,Kitchen Remodel,Tax 2026,Q1 Hiring", ",")
)

func ordinary() []string {
	var out []string
	for _, d := range doings {
		for _, t := range things {
			out = append(out, d+" "+t)
		}
	}
	return append(out, odd...)
}

// about is a world with these tasks, and one of every other kind.
func about(titles ...string) *world {
	w := &world{now: noon}
	for i, home := range homes {
		w.items = append(w.items, item{kind: project, id: fmt.Sprint("p", i), title: home, status: "active"}.matchable())
	}
	for i, title := range titles {
		w.items = append(w.items, item{kind: task, id: fmt.Sprint("t", i), title: title, status: "todo"}.matchable())
	}
	w.items = append(w.items, item{kind: note, id: "n0", title: "Door codes"}.matchable(), item{kind: checkpoint, id: "c0", title: "Grand opening", project: "p0"}.matchable())
	return w
}

// cell is a way to say something, T being a title, P a person and H a project, and what it has to come to.
type cell struct {
	template string
	want     intent
	due      string // a day and an hour, as the message says it
}

func (c cell) say(title string, n int) string {
	return strings.NewReplacer("{T}", title, "{P}", persons[n%len(persons)], "{H}", homes[n%len(homes)]).Replace(c.template)
}

const (
	tomorrowEnd = "2026-11-26 17:00"
	fridayThree = "2026-11-27 15:00"
	inTwoWeeks  = "2026-12-09 17:00"
)

// The ways to make a task.
var makings = []cell{
	{"add a task to {T}", intent{}, ""}, {"Please add the task '{T}'", intent{}, ""}, {"could you create a task to {T}?", intent{}, ""}, {"task: {T}", intent{}, ""},
	{"new task: {T}", intent{}, ""}, {"Create a task. Call it {T}.", intent{}, ""}, {"create a task. title: {T}", intent{}, ""}, {"A task should be added: {T}", intent{}, ""},
	{"I need to {T} tomorrow", intent{}, tomorrowEnd}, {"remind me to {T} on friday at 3pm", intent{}, fridayThree}, {"don't forget to {T} in two weeks", intent{}, inTwoWeeks},
	{"add a high priority task to {T}", intent{priority: "high"}, ""}, {"add a task to {T}, it's urgent", intent{priority: "high"}, ""}, {"low priority: {T}", intent{priority: "low"}, ""},
	{"add a task to {T} tomorrow with low priority", intent{priority: "low"}, tomorrowEnd}, {"add a task for {P}: {T}", intent{people: []string{"P"}}, ""},
	{"Create a task to {T} and assign it to {P}", intent{people: []string{"P"}}, ""}, {"in {H}, add a task to {T}", intent{project: &item{}}, ""},
	{"add a task to {T} to project {H}", intent{project: &item{}}, ""}, {"Add a task: {T}. It is due tomorrow. Project: {H}.", intent{project: &item{}}, tomorrowEnd},
	{"new task for {H}: {T}, high priority, due tomorrow", intent{project: &item{}, priority: "high"}, tomorrowEnd}, {"put '{T}' on my list for tomorrow", intent{}, tomorrowEnd},
	{"someone has to {T} by tomorrow", intent{}, tomorrowEnd}, {"I want to be reminded to {T} tomorrow", intent{}, tomorrowEnd},
}

func TestEveryWayToMakeATaskHoldsForEveryTitle(t *testing.T) {
	t.Parallel()
	for _, c := range makings {
		c.want.do = makes
		c.holds(t, func(title string, n int) (string, []intent) {
			c.want.title = title
			return c.say(title, n), parse(c.say(title, n), about())
		}, &c.want)
	}
}

// holds tries a cell with every title, and reports the first few that come to something else.
func (c cell) holds(t *testing.T, try func(title string, n int) (string, []intent), want *intent) {
	t.Helper()
	var wrong []string
	for n, title := range ordinary() {
		if message, ins := try(title, n); len(ins) != 1 {
			wrong = append(wrong, fmt.Sprintf("%s: %d intents: %+v", message, len(ins), ins))
		} else if problem := c.differs(ins[0], *want, n); problem != "" {
			wrong = append(wrong, message+": "+problem)
		}
	}
	assert.Empty(t, wrong[:min(len(wrong), 4)], "%q fails for %d titles", c.template, len(wrong))
}

// differs says how an intent is not what it has to be.
func (c cell) differs(in, want intent, n int) string {
	switch {
	case in.trouble.code != fine:
		return fmt.Sprintf("trouble %+v", in.trouble)
	case in.kind != task || in.do != want.do:
		return fmt.Sprintf("kind %q, deed %d", in.kind, in.do)
	case want.do != makes && (len(in.items) != 1 || in.items[0].id != "t1"):
		return fmt.Sprintf("another target: %+v", in.items)
	case strings.TrimRight(in.title, ".") != want.title:
		return "title " + in.title
	case in.status != want.status || in.priority != want.priority:
		return "status " + in.status + ", priority " + in.priority
	case spelledDue(in) != c.due:
		return "due " + spelledDue(in)
	case (in.project != nil) != (want.project != nil):
		return fmt.Sprintf("project %+v", in.project)
	case want.people != nil && (len(in.people) != 1 || in.people[0] != persons[n%len(persons)]) || want.people == nil && in.people != nil:
		return fmt.Sprintf("people %v", in.people)
	}
	return ""
}

func spelledDue(in intent) string {
	if in.due == nil {
		return ""
	}
	return in.due.at.Format("2006-01-02 15:04")
}

// The ways to change or delete a task that is there.
var changings = []cell{
	{"mark {T} as done", intent{do: changes, status: "done"}, ""}, {"{T} is done", intent{do: changes, status: "done"}, ""}, {"Could you mark '{T}' as done, please?", intent{do: changes, status: "done"}, ""},
	{"the task {T} has been completed", intent{do: changes, status: "done"}, ""}, {"{T} - done", intent{do: changes, status: "done"}, ""}, {"tick off {T}", intent{do: changes, status: "done"}, ""},
	{"set {T} to in progress", intent{do: changes, status: "in_progress"}, ""}, {"I started working on {T}", intent{do: changes, status: "in_progress"}, ""},
	{"make {T} high priority", intent{do: changes, priority: "high"}, ""}, {"set the priority of {T} to low", intent{do: changes, priority: "low"}, ""}, {"{T} can wait", intent{do: changes, priority: "low"}, ""},
	{"move {T} to tomorrow", intent{do: changes}, tomorrowEnd}, {"set the due date of {T} to friday at 3pm", intent{do: changes}, fridayThree}, {"{T} is due tomorrow", intent{do: changes}, tomorrowEnd},
	{"the deadline for {T} is friday at 3pm", intent{do: changes}, fridayThree}, {"get {T} done by tomorrow", intent{do: changes}, tomorrowEnd}, {"{T} has been postponed to friday at 3pm", intent{do: changes}, fridayThree},
	{"assign {T} to {P}", intent{do: changes, people: []string{"P"}}, ""}, {"{P} will take over {T}", intent{do: changes, people: []string{"P"}}, ""}, {"give the task '{T}' to {P}", intent{do: changes, people: []string{"P"}}, ""},
	{"move {T} to {H}", intent{do: changes, project: &item{}}, ""}, {"{T} belongs to {H}", intent{do: changes, project: &item{}}, ""}, {"rename {T} to Something else", intent{do: changes, title: "Something else"}, ""},
	{"the task {T} should be called Something else", intent{do: changes, title: "Something else"}, ""}, {"delete {T}", intent{do: removes}, ""}, {"please remove the task '{T}'", intent{do: removes}, ""},
	{"{T} is no longer needed", intent{do: removes}, ""}, {"we don't need {T} any more", intent{do: removes}, ""}, {"take {T} off my list", intent{do: removes}, ""},
}

func TestEveryWayToChangeATaskHoldsForEveryTitle(t *testing.T) {
	t.Parallel()
	for _, c := range changings {
		c.holds(t, func(title string, n int) (string, []intent) {
			title = capitalized(title)
			return c.say(title, n), parse(c.say(title, n), about("Feed the cat", title, "Water the ferns"))
		}, &c.want)
	}
}

// What asks for nothing, T being a title of a task that is there.
var restraints = []string{
	"don't delete {T}", "please do not mark {T} as done", "never delete {T}", "why is {T} late?", "how do I delete {T}?", "should I delete {T}?", "I don't want to delete {T}",
	"what would happen if I deleted {T}?", "is it possible to delete {T}?", "can you explain {T}?", "who is doing {T}?", "when is {T} due?", "is {T} done yet?", "leave {T} alone",
}

func TestNoTitleMakesAQuestionOrANegationChangeAnything(t *testing.T) {
	t.Parallel()
	for _, template := range restraints {
		for n, title := range ordinary() {
			title = capitalized(title)
			message := cell{template: template}.say(title, n)
			for _, in := range parse(message, about(title)) {
				assert.False(t, in.writes(), "%s: %+v", message, in)
			}
		}
	}
}

func TestTheMatrixIsReadInTime(t *testing.T) {
	t.Parallel()
	started := time.Now()
	for n, title := range ordinary() {
		parse(makings[n%len(makings)].say(title, n), about(ordinary()...))
	}
	assert.Less(t, time.Since(started), 20*time.Second)
}
