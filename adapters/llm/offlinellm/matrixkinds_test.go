package offlinellm

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// What the other kinds are called in the matrix, everyday names and such as look like something else.
var (
	projectNames = strings.Split("Home Office,Spring Sale,Taxes 2027,New York Trip,Done Deal,Project X,May Fair,Moonshot,Archive Rescue,Open Day,Café Luna,R&D,Note Taking App,Task Force Alpha,Q3", ",")
	stations     = strings.Split("Public beta,Contract signed,Roof done,Code freeze,First harvest,100 customers,Budget approved,Move-in day,Note of thanks sent,Open house,Half time,Go live", ",")
	noteTitles   = strings.Split("Packing list,Wifi passwords,Meeting with Bruno,Ideas,Done and dusted,Recipe for bread,May plans,Task force minutes,Books to read,Project glossary", ",")
	remarks      = strings.Split("waiting for the client,call back after 5,the door sticks,delete the old one first,done by Friday they said,costs 840 euros,salt it well,it is urgent", ",")
)

// kindCell is a way to say something about the other kinds: N is a name of the kind, R a new name, X a text, T a task's title.
type kindCell struct {
	template string
	kind     kind
	do       deed
	check    func(in intent, name, remark string) string
}

func named(in intent, name, _ string) string { return unless(in.title == name, "title "+in.title) }

func unless(ok bool, problem string) string {
	if ok {
		return ""
	}
	return problem
}

func first0(in intent) string {
	if len(in.items) != 1 {
		return fmt.Sprintf("%d targets", len(in.items))
	}
	return in.items[0].title
}

func targets(in intent, name, _ string) string {
	return unless(first0(in) == name, "target "+first0(in))
}

func says(in intent, _, remark string) string { return unless(in.body == remark, "text "+in.body) }

func both(checks ...func(intent, string, string) string) func(intent, string, string) string {
	return func(in intent, name, remark string) string {
		for _, c := range checks {
			if problem := c(in, name, remark); problem != "" {
				return problem
			}
		}
		return ""
	}
}

func status(want string) func(intent, string, string) string {
	return func(in intent, name, remark string) string {
		return targets(in, name, remark) + unless(in.status == want, "status "+in.status)
	}
}

func dueAt(want string) func(intent, string, string) string {
	return func(in intent, _, _ string) string { return unless(spelledDue(in) == want, "due "+spelledDue(in)) }
}

func at(home string) func(intent, string, string) string {
	return func(in intent, _, _ string) string {
		return unless(in.project != nil && in.project.title == home, fmt.Sprintf("project %+v", in.project))
	}
}

func called(fresh string) func(intent, string, string) string {
	return func(in intent, name, remark string) string {
		return targets(in, name, remark) + unless(in.title == fresh, "new title "+in.title)
	}
}

var kindCells = []kindCell{
	{"create a project called {N}", project, makes, named}, {"new project: {N}", project, makes, named}, {"Create a project. Call it {N}.", project, makes, named},
	{"could you set up a project named '{N}' please?", project, makes, named}, {"A project called {N} should be created", project, makes, named}, {"I need a new project named {N}", project, makes, named},
	{"archive the project {N}", project, changes, status("archived")}, {"{N} should be archived", project, changes, status("archived")}, {"put the {N} project in the archive", project, changes, status("archived")},
	{"reactivate the project {N}", project, changes, status("active")}, {"rename the project {N} to Something else", project, changes, called("Something else")},
	{"the project {N} should be called Something else", project, changes, called("Something else")}, {"delete the project {N}", project, removes, targets}, {"the {N} project can be deleted", project, removes, targets},
	{"show me the project {N}", project, reads, targets}, {"what's the status of the {N} project?", project, reads, targets},

	{"add a milestone {N} to Apollo tomorrow", checkpoint, makes, both(named, at("Apollo"), dueAt(tomorrowEnd))}, {"create a checkpoint called '{N}' for Apollo in two weeks", checkpoint, makes, both(named, at("Apollo"), dueAt(inTwoWeeks))},
	{"Apollo needs a milestone called {N} on 2026-11-26", checkpoint, makes, both(named, at("Apollo"), dueAt(tomorrowEnd))}, {"Add a milestone to Apollo. Name it {N}. Date: 2026-11-26", checkpoint, makes, both(named, at("Apollo"), dueAt(tomorrowEnd))},
	{"move the {N} milestone to tomorrow", checkpoint, changes, both(targets, dueAt(tomorrowEnd))}, {"the milestone {N} has been postponed to 2026-11-26", checkpoint, changes, both(targets, dueAt(tomorrowEnd))},
	{"rename the checkpoint {N} to Something else", checkpoint, changes, called("Something else")}, {"delete the milestone {N}", checkpoint, removes, targets}, {"we no longer need the {N} milestone", checkpoint, removes, targets},
	{"when is the milestone {N}?", checkpoint, reads, targets},

	{"make a note: {X}", note, makes, says}, {"note that {X}", note, makes, says}, {"create a note called {N} with the text {X}", note, makes, both(named, says)}, {"write down that {X}", note, makes, says},
	{"Create a note. Title: {N}. Content: {X}", note, makes, both(named, says)}, {"new note '{N}': {X}", note, makes, both(named, says)}, {"note for Apollo: {X}", note, makes, both(says, at("Apollo"))},
	{"add '{X}' to the note {N}", note, extends, both(targets, says)}, {"append {X} to the {N} note", note, extends, both(targets, says)}, {"update the note {N}: {X}", note, extends, both(targets, says)},
	{"rename the note {N} to Something else", note, changes, called("Something else")}, {"delete the note {N}", note, removes, targets}, {"the {N} note can be deleted", note, removes, targets},
	{"open the note {N}", note, reads, targets}, {"what does the {N} note say?", note, reads, targets}, {"what's in my {N} note?", note, reads, targets},

	{"comment on Water the ferns: {X}", comment, makes, says}, {"add a comment to Water the ferns saying {X}", comment, makes, says}, {"Add to Water the ferns the comment: {X}", comment, makes, says},
	{"comment '{X}' on Water the ferns", comment, makes, says}, {"leave the comment \"{X}\" on the ferns task", comment, makes, says},
}

func TestEveryWayToSpeakOfTheOtherKindsHoldsForEveryName(t *testing.T) {
	t.Parallel()
	fillers := map[kind][]string{project: projectNames, checkpoint: stations, note: noteTitles, comment: {"-"}}
	for _, c := range kindCells {
		var wrong []string
		tried := 0
		for n, name := range fillers[c.kind] {
			for k, remark := range remarks {
				if k > 0 && !strings.Contains(c.template, "{X}") {
					continue
				}
				w := about("Water the ferns")
				if c.do != makes {
					w.items = append(w.items, item{kind: c.kind, id: fmt.Sprint("x", n), title: name, status: "active", project: "p0"}.matchable())
				}
				message := strings.NewReplacer("{N}", name, "{X}", remark).Replace(c.template)
				tried++
				ins := parse(message, w)
				if len(ins) != 1 || ins[0].trouble.code != fine || ins[0].kind != c.kind || ins[0].do != c.do {
					wrong = append(wrong, fmt.Sprintf("%s: %+v", message, ins))
				} else if problem := c.check(ins[0], name, remark); problem != "" {
					wrong = append(wrong, message+": "+problem)
				}
			}
		}
		assert.Empty(t, wrong[:min(len(wrong), 3)], "%q fails for %d of %d", c.template, len(wrong), tried)
	}
}
