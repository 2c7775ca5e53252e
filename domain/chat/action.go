package chat

// ActionType is what the client is asked to do.
type ActionType string

// The types of action.
const (
	CreateRecord     ActionType = "create_record"
	UpdateRecord     ActionType = "update_record"
	DeleteRecord     ActionType = "delete_record"
	IndexDocument    ActionType = "index_document"
	SendNotification ActionType = "send_notification"
	CallAgent        ActionType = "call_agent"
)

// Action is something that an agent asks the client to do. The server executes nothing.
type Action struct {
	Type  ActionType
	Table string         // tasks, task_comments, checkpoints, projects or notes; empty where it makes no sense
	Data  map[string]any // the record's fields by their column names; always with the id
	Agent string         // for CallAgent
}

// RequiresConfirmation is true for what cannot be undone: a person has to say yes first.
func (a Action) RequiresConfirmation() bool { return a.Type == DeleteRecord }
