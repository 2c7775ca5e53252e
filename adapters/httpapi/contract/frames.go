package contract

import "encoding/json"

// The frames of /chat/stream. Every frame is one text message. Without a subprotocol a client sends ChatRequest, and gets
// pieces of the answer as they are, then one StreamEnd or StreamFailure. With adiuva.v1 all frames are JSON with a type.

// StreamEnd is the last frame of an answer: what POST /chat would have answered. response is all pieces put together.
type StreamEnd struct {
	Done bool `json:"done" doc:"Always true."`
	ChatResponse
	Plan *ExecutionPlan `json:"plan,omitempty" doc:"In plan mode; response is empty then."`
}

// StreamFailure is the last frame of a request that failed. Pieces that came before it are no answer.
type StreamFailure struct {
	Done  bool    `json:"done" doc:"Always true."`
	Error Problem `json:"error"`
}

// ChatFrame asks. One answer is made at a time.
type ChatFrame struct {
	Type string `json:"type" enum:"chat"`
	ChatRequest
}

// CancelFrame breaks off the answer under way, which ends with an error frame whose code is request_timeout.
type CancelFrame struct {
	Type string `json:"type" enum:"cancel"`
}

// ToolResultFrame answers a ToolRequestFrame, once, within 30 s.
type ToolResultFrame struct {
	Type   string          `json:"type" enum:"tool_result"`
	ID     string          `json:"id" minLength:"1" maxLength:"64" doc:"Of the tool request."`
	Result json.RawMessage `json:"result,omitempty" doc:"What was found, any JSON of at most 256 KiB: usually a record or an array of records."`
	Error  string          `json:"error,omitempty" minLength:"1" maxLength:"500" doc:"In place of result: why there is none."`
}

// RunStarted says that an answer is being made. Every further frame of it carries the same run_id.
type RunStarted struct {
	Type  string `json:"type" enum:"run.started"`
	RunID string `json:"run_id"`
}

// StepFrame says that an agent begins or is done.
type StepFrame struct {
	Type  string `json:"type" enum:"step.started,step.finished"`
	RunID string `json:"run_id"`
	Agent string `json:"agent" example:"task_agent"`
}

// TokenFrame is a piece of the answer.
type TokenFrame struct {
	Type  string `json:"type" enum:"token"`
	RunID string `json:"run_id"`
	Seq   int    `json:"seq" doc:"1 for the first piece of the run, then 2, and so on."`
	Delta string `json:"delta"`
}

// ToolRequestFrame asks the client for what the context does not say. The agent waits for up to 30 s.
type ToolRequestFrame struct {
	Type      string         `json:"type" enum:"tool_request"`
	RunID     string         `json:"run_id"`
	ID        string         `json:"id" doc:"For the tool_result."`
	Name      string         `json:"name" doc:"Of a tool that reads." example:"get_note"`
	Arguments map[string]any `json:"arguments"`
}

// ActionFrame is an action of the answer. All of them are in the done frame again.
type ActionFrame struct {
	Type   string     `json:"type" enum:"action"`
	RunID  string     `json:"run_id"`
	Action PlanAction `json:"action"`
}

// UsageFrame counts what the answer cost. It comes before the done frame.
type UsageFrame struct {
	Type  string `json:"type" enum:"usage"`
	RunID string `json:"run_id"`
	ChatUsage
	Model string `json:"model"`
}

// DoneFrame is the last frame of an answer.
type DoneFrame struct {
	Type  string `json:"type" enum:"done"`
	RunID string `json:"run_id"`
	StreamEnd
}

// ErrorFrame is the last frame of a run that failed or was cancelled, if it has a run_id; without one it answers a frame
// that was not taken, and a run under way goes on.
type ErrorFrame struct {
	Type    string  `json:"type" enum:"error"`
	RunID   string  `json:"run_id,omitempty"`
	Done    bool    `json:"done" doc:"True with a run_id: that run is over."`
	Refused string  `json:"refused,omitempty" enum:"chat,cancel,tool_result" doc:"Without a run_id: the type of the frame that was not taken, if it named one. For chat, no run begins."`
	Error   Problem `json:"error"`
}
