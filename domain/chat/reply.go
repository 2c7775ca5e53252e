package chat

// Reply is the answer to a Request in Direct mode.
type Reply struct {
	Text    string
	Actions []Action
	Agents  []string // in the order in which they ran
	Usage   Usage
	Model   string // what answered, as the provider names it
	Notice  *Notice
}

// Notice tells the client something about the answer that is not part of it.
type Notice struct {
	Code    string // a stable word: tier_required
	Message string
}
