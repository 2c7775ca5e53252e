package contract

// ExecutionPlan is the answer in plan mode, and what a playbook is: steps that the client carries out in their order.
type ExecutionPlan struct {
	ID          string     `json:"id" example:"plan_my_day"`
	Title       string     `json:"title" example:"Plan my day"`
	Description string     `json:"description" doc:"What it does, and what the client has to give."`
	Agent       string     `json:"agent" doc:"Who answers for it." example:"task_agent"`
	Steps       []PlanStep `json:"steps"`
}

// PlanStep is one thing to do. A call_agent step is run by POST /plans/steps/run. Any other is the client's: it carries out
// the actions of that type in the result of the step that it takes data from, or for send_notification shows its output.
type PlanStep struct {
	Action         string         `json:"action" enum:"create_record,update_record,delete_record,index_document,send_notification,call_agent"`
	PromptTemplate string         `json:"prompt_template,omitempty" doc:"Of a call_agent step: which prompt the server runs." example:"plan_day"`
	Variables      map[string]any `json:"variables,omitempty" doc:"Null stands for what the client fills in. context is shaped as in a chat."`
	DataFromStep   *int           `json:"data_from_step,omitempty" minimum:"0" doc:"The index of an earlier step. For call_agent its result goes into the variable data."`
}

// StepRequest runs one step of a plan. The server keeps none of it.
type StepRequest struct {
	PromptTemplate string         `json:"prompt_template" minLength:"1" maxLength:"100" example:"email_to_tasks"`
	Variables      map[string]any `json:"variables,omitempty" doc:"Those of the plan's step, filled in; null stands for none. data is the result {output, actions} of the step named by data_from_step."`
	Model          string         `json:"model,omitempty" maxLength:"200" doc:"Which model answers; for tiers that may choose."`
}

// StepResult is what a step came to.
type StepResult struct {
	Output  string       `json:"output" doc:"For the user, in Markdown."`
	Actions []PlanAction `json:"actions" doc:"What the client is asked to do, in order; the server executes nothing."`
	Usage   ChatUsage    `json:"usage"`
	Model   string       `json:"model" doc:"What answered, as the provider names it."`
	Notice  *ChatNotice  `json:"notice,omitempty"`
}
