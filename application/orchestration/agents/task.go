package agents

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/adiuva/cloud/domain/chat"
)

// task is the agent for tasks and their comments.
func task() Agent {
	return Agent{
		Name:        "task_agent",
		Description: "Manages tasks and to-dos: lists, creates, updates, completes, assigns, schedules and deletes them, and handles comments on tasks.",
		Tools: []Tool{
			read("list_tasks", "Lists the user's tasks, filtered by project, status or words. Use it to find the id of a task.", listTasks),
			write("create_task", "Creates a task.", createTask),
			write("update_task", "Changes a task. Give only what changes.", updateTask),
			erase("delete_task", "Deletes a task for good. Only when the user asks for exactly that; a finished task gets the status done instead.", deleteTask),
			read("list_tasks_due_today", "Lists open and finished tasks whose due date is today, by the clock of the user.", listTasksDueToday),
			read("list_task_comments", "Lists the comments on a task.", listTaskComments),
			write("add_task_comment", "Adds a comment to a task.", addTaskComment),
			erase("delete_task_comment", "Deletes a comment on a task.", deleteTaskComment),
		},
	}
}

type listTasksArgs struct {
	ProjectID recordID   `json:"project_id,omitempty" jsonschema:"only tasks of this project"`
	Status    taskStatus `json:"status,omitempty" jsonschema:"only tasks with this status"`
	Search    plainText  `json:"search,omitempty" jsonschema:"only tasks whose title or description has all these words"`
	OrderBy   taskOrder  `json:"order_by,omitempty" jsonschema:"the order; the app's own if left out"`
}

func listTasks(t *Turn, a listTasksArgs) (any, error) {
	if err := t.refer(chat.Projects, a.ProjectID); err != nil {
		return nil, err
	}
	rows, err := t.rows(chat.Tasks)
	if err != nil {
		return nil, err
	}
	found := keep(rows, func(row map[string]any) bool {
		return is(row, "project_id", a.ProjectID) && is(row, "status", a.Status) && matches(row, string(a.Search))
	})
	orderTasks(found, a.OrderBy)
	return list(found), nil
}

var (
	priorityRank = map[string]int{"high": 0, "medium": 1, "low": 2}
	statusRank   = map[string]int{"in_progress": 0, "todo": 1, "done": 2}
)

// orderTasks sorts by one field; what has none of it comes last, and equals keep their order.
func orderTasks(rows []map[string]any, by taskOrder) {
	ranked := func(row map[string]any, field string, ranks map[string]int) int {
		if r, ok := ranks[word(row, field)]; ok {
			return r
		}
		return len(ranks)
	}
	slices.SortStableFunc(rows, func(a, b map[string]any) int {
		switch by {
		case "due_date":
			return byMoment("due_date")(a, b)
		case "priority":
			return cmp.Compare(ranked(a, "priority", priorityRank), ranked(b, "priority", priorityRank))
		case "status":
			return cmp.Compare(ranked(a, "status", statusRank), ranked(b, "status", statusRank))
		case "title":
			return cmp.Compare(strings.ToLower(chat.Title(a)), strings.ToLower(chat.Title(b)))
		}
		return 0
	})
}

type createTaskArgs struct {
	Title         title        `json:"title" jsonschema:"what is to be done, short, without the date or the priority"`
	Description   plainText    `json:"description,omitempty" jsonschema:"details"`
	Status        taskStatus   `json:"status,omitempty" jsonschema:"todo if left out"`
	Priority      taskPriority `json:"priority,omitempty" jsonschema:"medium if left out"`
	Assignees     assignees    `json:"assignees,omitempty" jsonschema:"a JSON list of names in a string"`
	DueDate       *millis      `json:"due_date,omitempty" jsonschema:"when it is due, in milliseconds since 1970; left out or -1 for none"`
	ProjectID     recordID     `json:"project_id,omitempty" jsonschema:"the project that it belongs to"`
	IsAISuggested *flag        `json:"is_ai_suggested,omitempty" jsonschema:"1 if this is your own idea and the user did not ask for it"`
	IsApproved    *flag        `json:"is_approved,omitempty" jsonschema:"0 if the user still has to approve it"`
}

func createTask(t *Turn, a createTaskArgs) (any, error) {
	f := fields{"title": string(a.Title), "status": "todo", "priority": "medium"}
	if err := taskFields(t, f, taskChange(a)); err != nil {
		return nil, err
	}
	f.suggestion(a.IsAISuggested, a.IsApproved)
	return t.create(chat.Tasks, f)
}

type updateTaskArgs struct {
	TaskID        recordID     `json:"task_id" jsonschema:"the task"`
	Title         title        `json:"title,omitempty" jsonschema:"the new title"`
	Description   plainText    `json:"description,omitempty" jsonschema:"the new description"`
	Status        taskStatus   `json:"status,omitempty" jsonschema:"the new status"`
	Priority      taskPriority `json:"priority,omitempty" jsonschema:"the new priority"`
	Assignees     assignees    `json:"assignees,omitempty" jsonschema:"a JSON list of names in a string; it replaces the old list"`
	DueDate       *millis      `json:"due_date,omitempty" jsonschema:"when it is due, in milliseconds since 1970; -1 leaves it unchanged, 0 takes it away"`
	ProjectID     recordID     `json:"project_id,omitempty" jsonschema:"the project to move it to; none takes it out of its project"`
	IsAISuggested *flag        `json:"is_ai_suggested,omitempty" jsonschema:"-1 leaves it unchanged"`
	IsApproved    *flag        `json:"is_approved,omitempty" jsonschema:"1 when the user approves a suggestion; -1 leaves it unchanged"`
}

func updateTask(t *Turn, a updateTaskArgs) (any, error) {
	if err := t.refer(chat.Tasks, a.TaskID); err != nil {
		return nil, err
	}
	f := fields{}
	change := taskChange{a.Title, a.Description, a.Status, a.Priority, a.Assignees, a.DueDate, a.ProjectID, a.IsAISuggested, a.IsApproved}
	if err := taskFields(t, f, change); err != nil {
		return nil, err
	}
	return t.update(chat.Tasks, a.TaskID, f)
}

// taskChange is what creating and updating a task have in common.
type taskChange struct {
	Title         title
	Description   plainText
	Status        taskStatus
	Priority      taskPriority
	Assignees     assignees
	DueDate       *millis
	ProjectID     recordID
	IsAISuggested *flag
	IsApproved    *flag
}

func taskFields(t *Turn, f fields, c taskChange) error {
	if err := c.Assignees.check(); err != nil {
		return err
	}
	if err := t.referOrNone(chat.Projects, c.ProjectID); err != nil {
		return err
	}
	text(f, "title", c.Title)
	text(f, "description", c.Description)
	text(f, "status", c.Status)
	text(f, "priority", c.Priority)
	text(f, "assignees", c.Assignees)
	reference(f, "project_id", c.ProjectID)
	f.flag("is_ai_suggested", c.IsAISuggested)
	f.flag("is_approved", c.IsApproved)
	return f.moment("due_date", c.DueDate)
}

type deleteTaskArgs struct {
	TaskID recordID `json:"task_id" jsonschema:"the task"`
}

func deleteTask(t *Turn, a deleteTaskArgs) (any, error) { return t.remove(chat.Tasks, a.TaskID) }

type noArgs struct{}

func listTasksDueToday(t *Turn, _ noArgs) (any, error) {
	rows, err := t.rows(chat.Tasks)
	if err != nil {
		return nil, err
	}
	start := time.Date(t.Now.Year(), t.Now.Month(), t.Now.Day(), 0, 0, 0, 0, t.Now.Location())
	end := start.AddDate(0, 0, 1)
	today := keep(rows, func(row map[string]any) bool {
		due, ok := moment(row, "due_date")
		return ok && due >= start.UnixMilli() && due < end.UnixMilli()
	})
	orderTasks(today, "due_date")
	return list(today), nil
}

type listTaskCommentsArgs struct {
	TaskID recordID `json:"task_id" jsonschema:"the task"`
}

func listTaskComments(t *Turn, a listTaskCommentsArgs) (any, error) {
	if err := t.refer(chat.Tasks, a.TaskID); err != nil {
		return nil, err
	}
	rows, err := t.rows(chat.TaskComments)
	if err != nil {
		return nil, err
	}
	return list(keep(rows, func(row map[string]any) bool { return is(row, "task_id", a.TaskID) })), nil
}

type addTaskCommentArgs struct {
	TaskID  recordID  `json:"task_id" jsonschema:"the task"`
	Author  title     `json:"author,omitempty" jsonschema:"who says it; the user's name if left out"`
	Content plainText `json:"content" jsonschema:"the comment"`
}

func addTaskComment(t *Turn, a addTaskCommentArgs) (any, error) {
	if err := t.refer(chat.Tasks, a.TaskID); err != nil {
		return nil, err
	}
	author := cmp.Or(string(a.Author), word(t.Request.Context.UserProfile, "name"), "user")
	return t.create(chat.TaskComments, fields{"task_id": string(a.TaskID), "author": author, "content": string(a.Content)})
}

type deleteTaskCommentArgs struct {
	CommentID recordID `json:"comment_id" jsonschema:"the comment"`
}

func deleteTaskComment(t *Turn, a deleteTaskCommentArgs) (any, error) {
	return t.remove(chat.TaskComments, a.CommentID)
}
