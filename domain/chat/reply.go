package chat

// Reply is the answer to a Request in Direct mode.
type Reply struct {
	Text    string
	Actions []Action
	Agents  []string // in the order in which they ran
	Usage   Usage
	Model   string // what answered, as the provider names it
	Notice  *Notice

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
