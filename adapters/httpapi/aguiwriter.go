package httpapi

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/adiuva/cloud/adapters/httpapi/contract"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/ports"
)

// aguiVersion is the version of the protocol that is spoken here.
const aguiVersion = "1.0"

// confirmDelete is the call that proposes a deletion. No client runs it: a person decides on its interrupt.
const confirmDelete = "confirm_delete_record"

// aguiWriter turns what happens in a run into the events of AG-UI. All that a run says is one message, which also carries
// its calls.
type aguiWriter struct {
	stream     *eventStream
	ids        ports.IDs
	run        *aguiRun
	message    string // its id
	agent      string // that worked last
	step       string // that is open
	open       bool   // the message is
	pending    []string
	interrupts []contract.Interrupt
}

var _ chat.Sink = (*aguiWriter)(nil)

// start is the first event.
func (w *aguiWriter) start(ctx context.Context) error {
	w.message = w.ids.NewID()
	return w.stream.send(ctx, contract.RunStartedEvent{Type: "RUN_STARTED", ThreadID: w.run.thread, RunID: w.run.id, ProtocolVersion: aguiVersion})
}

// Send implements chat.Sink.
func (w *aguiWriter) Send(ctx context.Context, e chat.Event) error {
	switch e := e.(type) {
	case chat.StepStarted:
		w.agent, w.step = e.Agent, e.Agent
		return w.stream.send(ctx, contract.RunStepEvent{Type: "STEP_STARTED", StepName: e.Agent})
	case chat.StepFinished:
		return w.endStep(ctx)
	case chat.Token:
		return w.say(ctx, e.Text)
	case chat.Proposed:
		if e.Action.RequiresConfirmation() {
			return w.propose(ctx, e.Action)
		}
		return w.act(ctx, e.Action)
	}
	return nil
}

func (w *aguiWriter) endStep(ctx context.Context) error {
	if w.step == "" {
		return nil
	}
	event := contract.RunStepEvent{Type: "STEP_FINISHED", StepName: w.step}
	w.step = ""
	return w.stream.send(ctx, event)
}

func (w *aguiWriter) say(ctx context.Context, text string) error {
	if text == "" {
		return nil
	}
	if !w.open {
		w.open = true
		start := contract.TextMessageStartEvent{Type: "TEXT_MESSAGE_START", MessageID: w.message, Role: string(chat.Assistant), Name: w.agent}
		if err := w.stream.send(ctx, start); err != nil {
			return err
		}
	}
	return w.stream.send(ctx, contract.TextMessageContentEvent{Type: "TEXT_MESSAGE_CONTENT", MessageID: w.message, Delta: text})
}

func (w *aguiWriter) endMessage(ctx context.Context) error {
	if !w.open {
		return nil
	}
	w.open = false
	return w.stream.send(ctx, contract.TextMessageEndEvent{Type: "TEXT_MESSAGE_END", MessageID: w.message})
}

// call is one whole tool call.
func (w *aguiWriter) call(ctx context.Context, id, name, arguments string) error {
	if err := w.endMessage(ctx); err != nil {
		return err
	}
	for _, event := range []any{
		contract.ToolCallStartEvent{Type: "TOOL_CALL_START", ToolCallID: id, ToolCallName: name, ParentMessageID: w.message},
		contract.ToolCallArgsEvent{Type: "TOOL_CALL_ARGS", ToolCallID: id, Delta: arguments},
		contract.ToolCallEndEvent{Type: "TOOL_CALL_END", ToolCallID: id},
	} {
		if err := w.stream.send(ctx, event); err != nil {
			return err
		}
	}
	return nil
}

// act calls for an action that the client carries out.
func (w *aguiWriter) act(ctx context.Context, a chat.Action) error {
	arguments, err := actionArguments(a)
	if err != nil {
		return err
	}
	id := w.ids.NewID()
	w.pending = append(w.pending, id)
	return w.call(ctx, id, string(a.Type), arguments)
}

// propose asks a person about a deletion.
func (w *aguiWriter) propose(ctx context.Context, a chat.Action) error {
	arguments, err := actionArguments(a)
	if err != nil {
		return err
	}
	id := w.ids.NewID()
	w.interrupts = append(w.interrupts, interrupt(id, a, w.run.request))
	return w.call(ctx, id, confirmDelete, arguments)
}

func actionArguments(a chat.Action) (string, error) {
	text, err := json.Marshal(contract.RunActionArguments{Table: a.Table, Data: a.Data, Agent: a.Agent})
	return string(text), err
}

// lookUp calls for what the client can look up.
func (w *aguiWriter) lookUp(ctx context.Context, calls []chat.ToolCall) error {
	for _, c := range calls {
		if !w.run.offers[c.Name] {
			continue // it is asked again in the next run, and then without an answer
		}
		w.pending = append(w.pending, c.ID)
		if err := w.call(ctx, c.ID, c.Name, c.Arguments); err != nil {
			return err
		}
	}
	return nil
}

// decided says what became of a proposal of an earlier run.
func (w *aguiWriter) decided(ctx context.Context, call string, approved bool) error {
	content := `{"approved":false}`
	if approved {
		content = `{"approved":true}`
	}
	return w.stream.send(ctx, contract.ToolCallResultEvent{Type: "TOOL_CALL_RESULT", MessageID: w.ids.NewID(), ToolCallID: call, Content: content, Role: string(chat.ToolRole)})
}

// finish ends the run in order: whatever is open is closed first.
func (w *aguiWriter) finish(ctx context.Context, reply chat.Reply) error {
	if err := w.endMessage(ctx); err != nil {
		return err
	}
	if err := w.lookUp(ctx, reply.Pending); err != nil {
		return err
	}
	if err := w.endStep(ctx); err != nil {
		return err
	}
	for _, p := range w.run.waiting {
		w.interrupts = append(w.interrupts, interrupt(p.call, p.action, p.request))
	}
	outcome := contract.RunOutcome{Type: "success"}
	switch {
	case len(w.interrupts) > 0:
		outcome = contract.RunOutcome{Type: "interrupt", Interrupts: w.interrupts}
	case w.run.names:
		outcome.PendingToolCallIDs = w.pending
	}
	event := contract.RunFinishedEvent{Type: "RUN_FINISHED", ThreadID: w.run.thread, RunID: w.run.id, Result: chatResponse(reply), Outcome: outcome}
	if u := reply.Usage; u != (chat.Usage{}) {
		event.Usage = []contract.RunTokenUsage{{InputTokens: u.PromptTokens, OutputTokens: u.CompletionTokens, TotalTokens: u.PromptTokens + u.CompletionTokens}}
	}
	return w.stream.send(ctx, event)
}

// fail ends the run that broke off, and nothing follows.
func (w *aguiWriter) fail(ctx context.Context, err error) error {
	f := fault.From(err)
	return w.stream.send(ctx, contract.RunErrorEvent{Type: "RUN_ERROR", Message: f.Message, Code: string(f.Code)})
}

// nouns are what people call a record of a table.
var nouns = map[string]string{
	chat.Tasks: "task", chat.TaskComments: "comment", chat.Checkpoints: "checkpoint", chat.Projects: "project", chat.Notes: "note",
}

// interrupt asks a person about a deletion. Its id is that of the call: the next run finds in the conversation what was
// proposed.
func interrupt(call string, a chat.Action, r chat.Request) contract.Interrupt {
	noun, ok := nouns[a.Table]
	if !ok {
		noun = "record"
	}
	question := "Delete this " + noun + "?"
	if title := titleOf(r, a.Table, chat.ID(a.Data)); title != "" {
		question = "Delete the " + noun + " “" + title + "”?"
	}
	return contract.Interrupt{
		ID: call, Reason: "tool_call", Message: question, ToolCallID: call,
		ResponseSchema: map[string]any{
			"type": "object", "properties": map[string]any{"approved": map[string]any{"type": "boolean"}}, "required": []string{"approved"},
		},
		Metadata: contract.RunProposal{Action: chatResponse(chat.Reply{Actions: []chat.Action{a}}).Actions[0]},
	}
}

// maxTitle is how much of a title is shown, in bytes.
const maxTitle = 200

// titleOf is what the client itself calls a record, on one line, empty if it did not say.
func titleOf(r chat.Request, table, id string) string {
	return chat.Cut(strings.Join(strings.Fields(sentTitle(r, table, id)), " "), maxTitle)
}

func sentTitle(r chat.Request, table, id string) string {
	rows, _ := r.Context.Rows(table)
	if i := slices.IndexFunc(rows, func(row map[string]any) bool { return chat.ID(row) == id }); i >= 0 {
		return chat.Title(rows[i])
	}
	for _, f := range r.Found {
		var found any
		if json.Unmarshal(f.Result, &found) != nil {
			continue
		}
		if title := titleWithin(found, id); title != "" {
			return title
		}
	}
	return ""
}

func titleWithin(v any, id string) string {
	switch v := v.(type) {
	case map[string]any:
		if chat.ID(v) == id {
			return chat.Title(v)
		}
		for _, child := range v {
			if title := titleWithin(child, id); title != "" {
				return title
			}
		}
	case []any:
		for _, child := range v {
			if title := titleWithin(child, id); title != "" {
				return title
			}
		}
	}
	return ""
}
