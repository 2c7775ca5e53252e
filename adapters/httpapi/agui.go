package httpapi

import (
	"context"
	"net/http"
	"reflect"
	"strings"

	"github.com/adiuva/cloud/adapters/httpapi/contract"
	"github.com/adiuva/cloud/adapters/httpapi/middleware"
	"github.com/adiuva/cloud/application/orchestration"
	"github.com/adiuva/cloud/application/usecase"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
)

const eventStreamType = "text/event-stream"

type withRun struct{ Body contract.RunAgentInput }

// agui is /chat/agui: the chat as a run of AG-UI (docs.ag-ui.com, version 1.0).
func (a *API) agui() {
	op := operation{
		id: "runAGUI", method: http.MethodPost, path: "/chat/agui", tag: "chat", status: http.StatusOK, class: aguiBody,
		summary: "Ask the agents, as a run of AG-UI",
		description: "For front ends that speak AG-UI 1.0. Nothing is kept between two runs: the client sends the whole conversation each time.\n\n" +
			"Actions are calls for the client to run, named by the type of the action (create_record, update_record, delete_record, index_document, ...) " +
			"with the arguments {table, data}. Reads that the context cannot answer are calls of list_tasks, list_tasks_due_today, list_task_comments, " +
			"list_checkpoints, list_projects, list_all_projects, get_project, list_notes and get_note, if the client has these among its tools: " +
			"it sends the results, JSON, as messages of the role tool and runs again.\n\n" +
			"A deletion is never called for without a person's yes: the run calls confirm_delete_record, which nobody runs, and ends with an interrupt of the " +
			"same id. The next run resumes with {approved: true} and calls delete_record, or with {approved: false} and deletes nothing. A front end that knows " +
			"no interrupts may answer the call with the same, as if it were a tool.",
		fails: []fault.Code{fault.RateLimited},
	}
	d := describeStream[withRun](a, &op, streamed{
		mediaType: eventStreamType, description: "Server-sent events. The data of each is one event of AG-UI; the last is RUN_FINISHED or RUN_ERROR.",
		shape: reflect.TypeFor[aguiEvent](),
	})
	entries := contextReader{a.validator, schemaOf(a.doc.Components.Schemas, reflect.TypeFor[contract.ChatContext]())}
	a.handle(op, func(c *fiber.Ctx) error {
		var req withRun
		if err := d.decode(c, a.validator, &req); err != nil {
			return err
		}
		run, err := readRun(req.Body, entries.read)
		if err != nil {
			return err
		}
		a.stream(c, op, run)
		return nil
	})
}

// stream answers with the events of a run.
func (a *API) stream(c *fiber.Ctx, op operation, run *aguiRun) {
	ctx, end := a.running.within(middleware.Trace(c), op.class.work)
	s := newEventStream(a.cfg.Events, c.Context().SetWriteDeadline, end)
	w := &aguiWriter{stream: s, ids: a.ids, run: run}
	user := a.call(c).UserID
	go s.perform(func() error { // Close waits for it
		defer a.observer.Opened(ctx, "agui")()
		return a.perform(ctx, op.id, user, w)
	})
	c.Status(op.status).Set(fiber.HeaderContentType, eventStreamType)
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Set("X-Accel-Buffering", "no")
	c.Context().Response.SetBodyStream(s, -1)
	middleware.Streams(c, s)
}

// perform carries a run out and tells how it ended.
func (a *API) perform(ctx context.Context, name, user string, w *aguiWriter) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = middleware.Panicked(r)
		}
		if err == nil {
			return
		}
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewell)
		defer cancel()
		_ = w.fail(last, err) // to whoever still listens
	}()
	if err := w.start(ctx); err != nil {
		return err
	}
	reply, err := a.carryOn(ctx, w)
	if err != nil {
		return err
	}
	if w.run.asks {
		in := orchestration.OrchestrateStreamInput{UserID: user, Request: w.run.request, Sink: w}
		if len(w.run.offers) > 0 {
			in.Lookup = later(w.run.offers)
		}
		out, err := usecase.Observe(ctx, a.observer, name, a.useCases.Orchestration.OrchestrateStream, in)
		if err != nil {
			return err
		}
		out.Reply.Actions = append(reply.Actions, out.Reply.Actions...)
		reply = out.Reply
	}
	return w.finish(ctx, reply)
}

// carryOn goes on from what a person decided since the last run, and says what there is to say without an agent.
func (a *API) carryOn(ctx context.Context, w *aguiWriter) (chat.Reply, error) {
	reply, err := a.confirm(ctx, w)
	if err != nil {
		return chat.Reply{}, err
	}
	reply.Text = strings.TrimSpace(reply.Text + " " + w.run.say)
	if w.run.asks {
		reply.Text = "" // the answer will do
	}
	if err := w.say(ctx, reply.Text); err != nil {
		return chat.Reply{}, err
	}
	for _, action := range reply.Actions {
		if err := w.act(ctx, action); err != nil {
			return chat.Reply{}, err
		}
	}
	if w.run.asks && len(reply.Actions) > 0 {
		w.message = a.ids.NewID() // what was confirmed is no part of the answer
	}
	return reply, nil
}

// confirm tells what was decided, and asks the use case what comes of it.
func (a *API) confirm(ctx context.Context, w *aguiWriter) (chat.Reply, error) {
	if len(w.run.decisions) == 0 {
		return chat.Reply{}, nil
	}
	var in orchestration.ConfirmDeletionsInput
	for _, d := range w.run.decisions {
		in.Request = d.request
		if d.approved {
			in.Approved = append(in.Approved, d.action)
		} else {
			in.Declined++
		}
		if d.told {
			continue
		}
		if err := w.decided(ctx, d.call, d.approved); err != nil {
			return chat.Reply{}, err
		}
	}
	return usecase.Observe(ctx, a.observer, "confirmDeletions", a.useCases.Orchestration.ConfirmDeletions, in)
}

// later is the lookup of a client that answers in its next run, of the tools that it has.
type later map[string]bool

// Lookup implements chat.Lookup.
func (l later) Lookup(_ context.Context, calls []chat.ToolCall) ([]chat.Finding, error) {
	found := make([]chat.Finding, 0, len(calls))
	for _, c := range calls {
		if l[c.Name] {
			return nil, chat.ErrLater
		}
		found = append(found, chat.Finding{CallID: c.ID, Failed: "the app has no way to look this up"})
	}
	return found, nil
}

// contextReader reads the entries of a context that stand for a key of ChatContext: those whose value is JSON of that kind.
type contextReader struct {
	validator validator
	schema    *huma.Schema
}

func (r contextReader) read(c contract.RunContext) (contract.ChatContext, bool) {
	var into contract.ChatContext
	value, err := parseJSON(c.Value, aguiBody.maxValues)
	if err != nil {
		return into, false
	}
	switch _, list := value.([]any); c.Description {
	case "user_profile", "relevant_documents", "recent_tasks", "conversation_history":
	case chat.Tasks, chat.TaskComments, chat.Checkpoints, chat.Projects, chat.Notes, chat.Clients:
		if !list {
			return into, false
		}
	default:
		return into, false
	}
	v := r.validator // a copy: what it finds is no failure of the request
	entry := map[string]any{c.Description: value}
	if v.check("context", r.schema, entry); v.err() != nil {
		return into, false
	}
	bind(reflect.ValueOf(&into).Elem(), entry)
	return into, true
}

// aguiEvent is any event that a run answers with.
type aguiEvent struct{}

// Schema implements huma.SchemaProvider.
func (aguiEvent) Schema(r huma.Registry) *huma.Schema {
	s := &huma.Schema{Description: "One event of a run.", Discriminator: &huma.Discriminator{PropertyName: "type", Mapping: map[string]string{}}}
	for _, t := range []reflect.Type{
		reflect.TypeFor[contract.RunStartedEvent](), reflect.TypeFor[contract.RunFinishedEvent](), reflect.TypeFor[contract.RunErrorEvent](),
		reflect.TypeFor[contract.RunStepEvent](), reflect.TypeFor[contract.TextMessageStartEvent](), reflect.TypeFor[contract.TextMessageContentEvent](),
		reflect.TypeFor[contract.TextMessageEndEvent](), reflect.TypeFor[contract.ToolCallStartEvent](), reflect.TypeFor[contract.ToolCallArgsEvent](),
		reflect.TypeFor[contract.ToolCallEndEvent](), reflect.TypeFor[contract.ToolCallResultEvent](),
	} {
		ref := schemaOf(r, t)
		s.OneOf = append(s.OneOf, ref)
		for _, name := range r.SchemaFromRef(ref.Ref).Properties["type"].Enum {
			if name, ok := name.(string); ok {
				s.Discriminator.Mapping[name] = ref.Ref
			}
		}
	}
	return s
}
