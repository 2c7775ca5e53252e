package plans

import (
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/plan"
)

// row is one line of the table of templates. The text of a template is the prompt of its id.
type row struct {
	id        plan.TemplateID
	agent     string            // whose step it is
	tools     []string          // all that the step may use, also of other agents; nil for all of its agent's
	variables []Variable        // besides context and data, which every step may be given
	yields    []chat.ActionType // what its result may ask of the client, in the order of a plan
}

// The bounds of texts, in bytes.
const (
	maxLine     = 200
	maxGoal     = 4 << 10
	maxDocument = 64 << 10
)

// answer is the template of a message that asks for no change, or for none that is clear.
const answer plan.TemplateID = "answer"

// request is how an agent does its part of a message.
type request struct {
	template plan.TemplateID
	part     string // what people call it
}

// requests are those of each agent.
var requests = map[string]request{
	"task_agent":       {"task_request", "tasks"},
	"project_agent":    {"project_request", "projects"},
	"note_agent":       {"note_request", "notes"},
	"checkpoint_agent": {"checkpoint_request", "checkpoints"},
}

var (
	said    = Variable{Name: Message, Kind: Text, Required: true, MaxBytes: chat.MaxMessageBytes}
	asked   = []Variable{said, {Name: Deletions, Kind: Flag}}
	goal    = Variable{Name: "goal", Kind: Text, MaxBytes: maxGoal}
	create  = []chat.ActionType{chat.CreateRecord}
	changes = []chat.ActionType{chat.CreateRecord, chat.UpdateRecord, chat.DeleteRecord}
	indexed = []chat.ActionType{chat.CreateRecord, chat.UpdateRecord, chat.DeleteRecord, chat.IndexDocument}
)

// templates are all prompts that a step may run. The tools of a step are the few that it needs: a text that it reads can
// talk the model into nothing else.
var templates = []row{
	{id: "task_request", agent: "task_agent", variables: asked, yields: changes},
	{id: "project_request", agent: "project_agent", variables: asked, yields: changes},
	{id: "note_request", agent: "note_agent", variables: asked, yields: indexed},
	{id: "checkpoint_request", agent: "checkpoint_agent", variables: asked, yields: changes},
	{id: answer, agent: "task_agent", variables: []Variable{said}, tools: []string{
		"list_tasks", "list_tasks_due_today", "list_task_comments", "list_projects", "list_all_projects", "get_project", "list_notes", "get_note",
	}},
	{id: "email_to_tasks", agent: "task_agent", tools: []string{"create_task"}, yields: create,
		variables: []Variable{{Name: "email", Kind: Text, Required: true, MaxBytes: maxDocument}}},
	{id: "meeting_to_tasks", agent: "task_agent", tools: []string{"create_task"}, yields: create,
		variables: []Variable{{Name: "notes", Kind: Text, Required: true, MaxBytes: maxDocument}}},
	{id: "plan_day", agent: "task_agent", tools: []string{"list_tasks", "list_tasks_due_today"}},
	{id: "weekly_report", agent: "note_agent", tools: []string{"create_note"}, yields: []chat.ActionType{chat.CreateRecord, chat.IndexDocument}},
	{id: "kickoff_project", agent: "project_agent", tools: []string{"create_project"}, yields: create,
		variables: []Variable{{Name: "name", Kind: Text, Required: true, MaxBytes: maxLine}, goal}},
	{id: "kickoff_checkpoints", agent: "checkpoint_agent", tools: []string{"create_checkpoint", "list_projects", "get_project"}, yields: create,
		variables: []Variable{goal, {Name: "deadline", Kind: Moment}}},
	{id: "kickoff_tasks", agent: "task_agent", tools: []string{"create_task", "list_projects", "get_project"}, yields: create,
		variables: []Variable{goal}},
}
