package chat

import "errors"

// ErrLater is a Lookup's answer that the client can look things up only when the run is over.
var ErrLater = errors.New("the client looks things up between two runs")

// Reply is the answer to a Request in Direct mode.
type Reply struct {
	Text    string
	Actions []Action
	Agents  []string // in the order in which they ran
	Usage   Usage
	Model   string // what answered, as the provider names it
	Notice  *Notice

	// Pending are reads that the client has to answer before there can be an answer. Then Text is what was said so far,
	// and there are no actions: the next run prepares them.
	Pending []ToolCall

	Withheld []Withheld // what was kept back from the client, for logs and metrics
}

// Withheld tells of something that must not leave: what kind it was and which prompt it was from, never the text.
type Withheld struct {
	Kind   string
	Prompt string // its id, empty where there is none
}

// Notice tells the client something about the answer that is not part of it.
type Notice struct {
	Code    string // a stable word: tier_required
	Message string
}
