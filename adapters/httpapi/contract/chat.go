package contract

// ChatRequest is what a client asks. The server keeps none of it.
type ChatRequest struct {
	Message       string      `json:"message" doc:"What the user says, at most 32 KiB." example:"Add a task to call Ada tomorrow at 3pm"`
	Context       ChatContext `json:"context,omitzero" doc:"What the agents may know."`
	ExecutionMode string      `json:"execution_mode,omitempty" enum:"direct,plan" default:"direct" doc:"Answer now, or with a plan that the client executes."`
	Model         string      `json:"model,omitempty" maxLength:"200" doc:"Which model answers; for tiers that may choose."`
}

// ChatContext is what the client sends along. Other keys are allowed (projects, notes, checkpoints, task_comments):
// agents read what is there.
type ChatContext struct {
	_                   struct{}         `additionalProperties:"true"`
	UserProfile         map[string]any   `json:"user_profile,omitempty" doc:"timezone is an IANA name; UTC without it."`
	RelevantDocuments   []string         `json:"relevant_documents,omitempty"`
	RecentTasks         []map[string]any `json:"recent_tasks,omitempty"`
	ConversationHistory []map[string]any `json:"conversation_history,omitempty" doc:"{role, content} each, the oldest first."`
	Extra               map[string]any   `json:"-" extra:"true"`
}

// ChatResponse is the answer in direct mode.
type ChatResponse struct {
	Response string       `json:"response" doc:"For the user, in Markdown."`
	Actions  []PlanAction `json:"actions" doc:"What the client is asked to do, in order; the server executes nothing."`
	Agents   []string     `json:"agents" doc:"Who answered, in the order they ran."`
	Usage    ChatUsage    `json:"usage"`
	Model    string       `json:"model" doc:"What answered, as the provider names it."`
	Notice   *ChatNotice  `json:"notice,omitempty"`
}

// PlanAction is something that the client is asked to do.
type PlanAction struct {
	Type                 string         `json:"type" enum:"create_record,update_record,delete_record,index_document,send_notification,call_agent"`
	Table                string         `json:"table,omitempty" doc:"tasks, task_comments, checkpoints, projects or notes."`
	Data                 map[string]any `json:"data,omitempty" doc:"The record's fields, always with its id."`
	Agent                string         `json:"agent,omitempty"`
	RequiresConfirmation bool           `json:"requires_confirmation" doc:"A person has to say yes first: always so for a deletion."`
}

// ChatUsage counts tokens.
type ChatUsage struct {
	PromptTokens     int `json:"prompt_tokens"`
	CompletionTokens int `json:"completion_tokens"`
}

// ChatNotice says something about the answer that is not part of it.
type ChatNotice struct {
	Code    string `json:"code" example:"tier_required"`
	Message string `json:"message"`
}

// Agent is a specialist that the user's tier can reach.
type Agent struct {
	Name        string `json:"name" example:"task_agent"`
	Description string `json:"description"`
}
