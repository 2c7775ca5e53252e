package httpapi

import (
	"strconv"
	"strings"

	"github.com/adiuva/cloud/adapters/httpapi/contract"
	"github.com/adiuva/cloud/application/orchestration/agents"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/fault"
)

// aguiRun is what a run has to do, read from its input.
type aguiRun struct {
	thread, id string
	request    chat.Request
	asks       bool            // the request has not been answered yet
	offers     map[string]bool // the tools that the client has and the server knows
	decisions  []decision      // that a person took
	waiting    []proposal      // that nobody has decided on
	say        string          // instead of an answer, or after the decisions; empty for nothing
	names      bool            // the client wants to be told which calls are its own to run
}

// What a run says when there is nothing to ask an agent.
const (
	noText      = "I can only read text. Tell me in words what you need."
	nothingToDo = "There is nothing to confirm any more. Nothing was deleted."
)

// The bounds of what a client looks up.
const (
	maxLookUpRuns = 5   // for one message: a model that is never satisfied must end all the same
	maxFound      = 100 // results: no model asks for nearly as many in these runs
)

// readRun reads the input of a run. It is ValidationFailed where the input means nothing here.
func readRun(in contract.RunAgentInput, read func(contract.RunContext) (contract.ChatContext, bool)) (*aguiRun, error) {
	t := newTalk(in, read)
	last := t.lastUser(len(t.messages))
	if last < 0 {
		return nil, fault.Invalid("body.messages", "must hold a message of the user")
	}
	run := &aguiRun{thread: in.ThreadID, id: in.RunID, request: t.request(last, len(t.messages)), offers: offered(in.Tools), names: in.Protocol != ""}
	at := "body.messages[" + strconv.Itoa(last) + "].content"
	_, parts := in.Messages[last].Content.([]any)
	empty := strings.TrimSpace(run.request.Message) == ""
	switch {
	case len(run.request.Message) > chat.MaxMessageBytes:
		return nil, fault.Invalid(at, "must be at most 32768 bytes")
	case empty && !parts:
		return nil, fault.Invalid(at, "must not be empty")
	}
	unknown, err := run.decide(t, last, in.Resume)
	if err != nil {
		return nil, err
	}
	since := t.messages[last+1:]
	switch acted, failed := t.acted(since); {
	case acted: // what was asked is answered: the client tells how it went, and is not given the same again
		run.say = failures(failed)
	case empty: // pictures and the like, which must not fail a run
		run.say = noText
	default:
		run.asks = true
	}
	if unknown && !run.asks && len(run.decisions) == 0 && len(run.waiting) == 0 {
		run.say = nothingToDo
	}
	if rounds(since) >= maxLookUpRuns {
		run.offers = nil
	}
	return run, nil
}

// offered are the tools that the client has and the server knows.
func offered(tools []contract.RunTool) map[string]bool {
	known := map[string]bool{}
	for _, t := range tools {
		if agents.LooksUp(t.Name) {
			known[t.Name] = true
		}
	}
	return known
}

// failures says how many changes the client could not make.
func failures(n int) string {
	switch n {
	case 0:
		return ""
	case 1:
		return "The app says that it could not make 1 change."
	}
	return "The app says that it could not make " + strconv.Itoa(n) + " changes."
}
