package plans

import (
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/plan"
	"github.com/adiuva/cloud/domain/tier"
)

// draft is one line of the table of playbooks.
type draft struct {
	minimum tier.Tier
	build   func() *plan.Builder
}

// playbooks are all plans that are made beforehand. Their ids are part of the API and stay.
var playbooks = []draft{
	{tier.Free, emailToTasks},
	{tier.Free, planMyDay},
	{tier.Pro, meetingNotesToTasks},
	{tier.Pro, weeklyReport},
	{tier.Pro, projectKickoff},
}

// toFill are variables that the client fills in: those of the names, and the context.
func toFill(names ...string) map[string]any {
	m := map[string]any{Context: nil}
	for _, name := range names {
		m[name] = nil
	}
	return m
}

// of says which table a step of the client's is about.
func of(table string) map[string]any { return map[string]any{"table": table} }

func emailToTasks() *plan.Builder {
	b := plan.New(plan.Plan{
		ID: "email_to_tasks", Title: "Create tasks from an e-mail", Agent: "task_agent",
		Description: "Reads an e-mail and creates a task for each thing to do in it. Give the e-mail as text; with the projects in the context, tasks find theirs.",
	})
	found := b.Run("email_to_tasks", toFill("email"))
	b.Apply(chat.CreateRecord, found, of(chat.Tasks))
	return b
}

func planMyDay() *plan.Builder {
	b := plan.New(plan.Plan{
		ID: "plan_my_day", Title: "Plan my day", Agent: "task_agent",
		Description: "Puts the open tasks into a good order for today and shows it. Give recent_tasks and user_profile.timezone in the context. Changes nothing.",
	})
	day := b.Run("plan_day", toFill())
	b.Apply(chat.SendNotification, day, map[string]any{"title": "Your day"})
	return b
}

func meetingNotesToTasks() *plan.Builder {
	b := plan.New(plan.Plan{
		ID: "meeting_notes_to_tasks", Title: "Turn meeting notes into tasks", Agent: "task_agent",
		Description: "Reads the notes of a meeting and creates the tasks that were agreed, with assignees and dates. Give the notes as text.",
	})
	agreed := b.Run("meeting_to_tasks", toFill("notes"))
	b.Apply(chat.CreateRecord, agreed, of(chat.Tasks))
	return b
}

func weeklyReport() *plan.Builder {
	b := plan.New(plan.Plan{
		ID: "weekly_report", Title: "Weekly report", Agent: "note_agent",
		Description: "Writes a note about the week: done, under way, late, next. Give recent_tasks, projects and checkpoints in the context.",
	})
	report := b.Run("weekly_report", toFill())
	b.Apply(chat.CreateRecord, report, of(chat.Notes))
	b.Apply(chat.IndexDocument, report, of(chat.Notes))
	return b
}

func projectKickoff() *plan.Builder {
	b := plan.New(plan.Plan{
		ID: "project_kickoff", Title: "Kick off a project", Agent: "project_agent",
		Description: "Creates a project, proposes its checkpoints and its first tasks. Give its name; a goal and a deadline " +
			"(milliseconds since 1970) make it better. Proposals wait for approval.",
	})
	project := b.Run("kickoff_project", toFill("name", "goal"))
	b.Apply(chat.CreateRecord, project, of(chat.Projects))
	checkpoints := b.RunWith("kickoff_checkpoints", project, toFill("goal", "deadline"))
	b.Apply(chat.CreateRecord, checkpoints, of(chat.Checkpoints))
	tasks := b.RunWith("kickoff_tasks", project, toFill("goal"))
	b.Apply(chat.CreateRecord, tasks, of(chat.Tasks))
	return b
}
