package contract

// RunAgentInput is what an AG-UI client sends to start a run. Fields that it has and we do not know are passed over, as the
// protocol asks.
type RunAgentInput struct {
	_              struct{}      `additionalProperties:"true"`
	ThreadID       string        `json:"threadId" minLength:"1" maxLength:"256" doc:"The conversation, as the client names it. The server keeps none."`
	RunID          string        `json:"runId" minLength:"1" maxLength:"256" doc:"This run, as the client names it."`
	Protocol       string        `json:"protocolVersion,omitempty" maxLength:"32" example:"1.0" doc:"What the client speaks; nothing for a client from before 1.0."`
	Messages       []RunMessage  `json:"messages" minItems:"1" doc:"The whole conversation, the oldest first. The last message of the user, at most 32 KiB, is what the run answers."`
	Tools          []RunTool     `json:"tools,omitempty" doc:"What the client can run. Reads that the context cannot answer go to it if they are among them; tools that the server does not know are passed over."`
	Context        []RunContext  `json:"context,omitempty" doc:"One whose description is a key of ChatContext, and whose value is JSON of that kind, stands for that key; any other is a document."`
	State          ChatContext   `json:"state,omitzero" doc:"The app's data: an object with the keys of ChatContext."`
	ForwardedProps any           `json:"forwardedProps,omitempty" doc:"model: which model answers; for tiers that may choose. All else is passed over."`
	Resume         []ResumeEntry `json:"resume,omitempty" doc:"What a person decided on the interrupts of the run before."`
}

// RunMessage is one message of the conversation. Those of other roles than user, assistant and tool are passed over.
type RunMessage struct {
	_          struct{}      `additionalProperties:"true"`
	ID         string        `json:"id,omitempty"`
	Role       string        `json:"role" example:"user"`
	Name       string        `json:"name,omitempty" doc:"Of an assistant's message: the agent that answered, so that a follow-up stays with it."`
	Content    any           `json:"content,omitempty" doc:"A text, or a list of parts, of which those of type text are read."`
	ToolCalls  []RunToolCall `json:"toolCalls,omitempty"`
	ToolCallID string        `json:"toolCallId,omitempty" doc:"Of a tool's message: the call that it answers."`
	Error      string        `json:"error,omitempty" doc:"Of a tool's message: why there is no result."`
}

// RunToolCall is a call in an assistant's message.
type RunToolCall struct {
	_        struct{}        `additionalProperties:"true"`
	ID       string          `json:"id"`
	Function RunToolFunction `json:"function"`
}

// RunToolFunction is what is called.
type RunToolFunction struct {
	_         struct{} `additionalProperties:"true"`
	Name      string   `json:"name"`
	Arguments string   `json:"arguments,omitempty" doc:"JSON, as a text."`
}

// RunTool is something that the client can run.
type RunTool struct {
	_    struct{} `additionalProperties:"true"`
	Name string   `json:"name" example:"list_tasks"`
}

// RunContext is something that the client wants the agents to know.
type RunContext struct {
	_           struct{} `additionalProperties:"true"`
	Description string   `json:"description" example:"recent_tasks"`
	Value       string   `json:"value" example:"[]"`
}

// ResumeEntry is what a person decided on an interrupt.
type ResumeEntry struct {
	_           struct{} `additionalProperties:"true"`
	InterruptID string   `json:"interruptId"`
	Status      string   `json:"status" enum:"resolved,cancelled"`
	Payload     any      `json:"payload,omitempty" doc:"{\"approved\": true} or {\"approved\": false}, if resolved."`
}

// RunStartedEvent begins a run.
type RunStartedEvent struct {
	Type            string `json:"type" enum:"RUN_STARTED"`
	ThreadID        string `json:"threadId"`
	RunID           string `json:"runId"`
	ProtocolVersion string `json:"protocolVersion" example:"1.0"`
}

// RunFinishedEvent ends a run in order.
type RunFinishedEvent struct {
	Type     string          `json:"type" enum:"RUN_FINISHED"`
	ThreadID string          `json:"threadId"`
	RunID    string          `json:"runId"`
	Result   ChatResponse    `json:"result" doc:"What POST /chat would have answered."`
	Outcome  RunOutcome      `json:"outcome"`
	Usage    []RunTokenUsage `json:"usage,omitempty"`
}

// RunOutcome is why a run ended.
type RunOutcome struct {
	Type               string      `json:"type" enum:"success,interrupt"`
	PendingToolCallIDs []string    `json:"pendingToolCallIds,omitempty" doc:"Of success: the calls that are the client's to run. Clients from before 1.0 do not take it, and are not sent it."`
	Interrupts         []Interrupt `json:"interrupts,omitempty" doc:"Of interrupt: what a person has to decide before the next run."`
}

// Interrupt asks a person whether to delete something.
type Interrupt struct {
	ID             string         `json:"id" doc:"The id of the call, so that the conversation tells what was proposed."`
	Reason         string         `json:"reason" enum:"tool_call"`
	Message        string         `json:"message" doc:"For the person."`
	ToolCallID     string         `json:"toolCallId" doc:"The call of confirm_delete_record."`
	ResponseSchema map[string]any `json:"responseSchema" doc:"The JSON Schema of the payload of the ResumeEntry."`
	Metadata       RunProposal    `json:"metadata"`
}

// RunProposal is the action that an interrupt is about.
type RunProposal struct {
	Action PlanAction `json:"action"`
}

// RunTokenUsage counts the tokens of a run, of all models together.
type RunTokenUsage struct {
	InputTokens  int `json:"inputTokens"`
	OutputTokens int `json:"outputTokens"`
	TotalTokens  int `json:"totalTokens"`
}

// RunErrorEvent ends a run that failed.
type RunErrorEvent struct {
	Type    string `json:"type" enum:"RUN_ERROR"`
	Message string `json:"message"`
	Code    string `json:"code" doc:"As in a Problem." example:"upstream_failed"`
}

// RunStepEvent says that an agent begins to work, or is done.
type RunStepEvent struct {
	Type     string `json:"type" enum:"STEP_STARTED,STEP_FINISHED"`
	StepName string `json:"stepName" example:"task_agent"`
}

// TextMessageStartEvent begins the answer.
type TextMessageStartEvent struct {
	Type      string `json:"type" enum:"TEXT_MESSAGE_START"`
	MessageID string `json:"messageId"`
	Role      string `json:"role" enum:"assistant"`
	Name      string `json:"name,omitempty" doc:"The agent that answers." example:"task_agent"`
}

// TextMessageContentEvent is a piece of the answer.
type TextMessageContentEvent struct {
	Type      string `json:"type" enum:"TEXT_MESSAGE_CONTENT"`
	MessageID string `json:"messageId"`
	Delta     string `json:"delta" minLength:"1"`
}

// TextMessageEndEvent ends the answer.
type TextMessageEndEvent struct {
	Type      string `json:"type" enum:"TEXT_MESSAGE_END"`
	MessageID string `json:"messageId"`
}

// ToolCallStartEvent begins a call that is the client's to run, or a proposal that a person has to decide on.
type ToolCallStartEvent struct {
	Type            string `json:"type" enum:"TOOL_CALL_START"`
	ToolCallID      string `json:"toolCallId"`
	ToolCallName    string `json:"toolCallName" example:"create_record"`
	ParentMessageID string `json:"parentMessageId"`
}

// ToolCallArgsEvent are the arguments of a call: JSON, as a text.
type ToolCallArgsEvent struct {
	Type       string `json:"type" enum:"TOOL_CALL_ARGS"`
	ToolCallID string `json:"toolCallId"`
	Delta      string `json:"delta"`
}

// ToolCallEndEvent says that the arguments of a call are complete.
type ToolCallEndEvent struct {
	Type       string `json:"type" enum:"TOOL_CALL_END"`
	ToolCallID string `json:"toolCallId"`
}

// ToolCallResultEvent says what became of a proposal.
type ToolCallResultEvent struct {
	Type       string `json:"type" enum:"TOOL_CALL_RESULT"`
	MessageID  string `json:"messageId"`
	ToolCallID string `json:"toolCallId"`
	Content    string `json:"content" doc:"{\"approved\": true} or {\"approved\": false}."`
	Role       string `json:"role" enum:"tool"`
}

// RunActionArguments are the arguments of a call that stands for a PlanAction; its type is the name of the call.
type RunActionArguments struct {
	Table string         `json:"table,omitempty"`
	Data  map[string]any `json:"data,omitempty"`
	Agent string         `json:"agent,omitempty"`
}
