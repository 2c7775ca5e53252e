package plans

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/adiuva/cloud/application/orchestration/agents"
	"github.com/adiuva/cloud/domain/chat"
)

// maxActions is how many actions of an earlier step can be handed on.
const maxActions = 100

// Input is what a step is given, checked and sorted.
type Input struct {
	Message   string          // what the user said, empty for a template that has no such variable
	Context   chat.Context    // with the records that the earlier step created
	May       agents.Power    // what the step may prepare
	Before    []agents.Result // what the earlier step came to, if there is one
	Variables map[string]any  // the others
	All       map[string]any  // as the client sent them
}

// Read checks the variables of a step. ValidationFailed names each that is unknown, missing, of another type or too long by
// its place, and never what it held.
func (s Step) Read(variables map[string]any) (Input, error) {
	f := check(s.Variables, variables)
	in := Input{Variables: map[string]any{}, All: variables}
	if c, ok := variables[Context].(map[string]any); ok {
		in.Context = readContext(f, where+"."+Context, c)
	}
	var before agents.Result
	if d, ok := variables[Data].(map[string]any); ok {
		before = readData(f, where+"."+Data, d)
	}
	if err := f.err(); err != nil {
		return Input{}, err
	}
	in.Context = withCreated(in.Context, before.Actions)
	if before.Response != "" || len(before.Actions) > 0 {
		in.Before = []agents.Result{before}
	}
	for name, value := range variables {
		if value != nil && !blank(value) && !slices.Contains(ours, name) {
			in.Variables[name] = value
		}
	}
	in.Message, _ = variables[Message].(string)
	in.May = agents.Changes
	if asked, _ := variables[Deletions].(bool); asked {
		in.May = agents.Deletes
	}
	return in, nil
}

// ours are the variables that the server uses itself; the others are for the model.
var ours = []string{Message, Deletions, Context, Data}

// readContext reads what has the shape of ChatContext. Its keys are as free as there.
func readContext(f *findings, at string, from map[string]any) chat.Context {
	c := chat.Context{Extra: map[string]any{}}
	for key, value := range from {
		place := at + "." + printable(key)
		switch {
		case value == nil: // left out
		case key == "user_profile":
			c.UserProfile = readObject(f, place, value)
		case key == "relevant_documents":
			c.RelevantDocuments = readList(f, place, value, readText)
		case key == "recent_tasks":
			c.RecentTasks = readList(f, place, value, readObject)
		case key == "conversation_history":
			c.ConversationHistory = readList(f, place, value, readObject)
		default:
			c.Extra[key] = value
		}
	}
	return c
}

// earlier is what the results of an earlier step are called: a client does not say whose they were.
const earlier = "earlier_step"

// readData reads the answer to an earlier step. Fields that it does not know are those that answers may grow.
func readData(f *findings, at string, from map[string]any) agents.Result {
	r := agents.Result{Agent: earlier}
	if v := from["output"]; v != nil {
		r.Response = readText(f, at+".output", v)
	}
	if v := from["actions"]; v != nil {
		r.Actions = readList(f, at+".actions", v, readAction)
	}
	if len(r.Actions) > maxActions {
		f.add(at+".actions", fmt.Sprintf("must have at most %d items", maxActions))
	}
	return r
}

var (
	actionTypes = []string{
		string(chat.CreateRecord), string(chat.UpdateRecord), string(chat.DeleteRecord), string(chat.IndexDocument),
		string(chat.SendNotification), string(chat.CallAgent),
	}
	tables = []string{chat.Tasks, chat.TaskComments, chat.Checkpoints, chat.Projects, chat.Notes}
)

func readAction(f *findings, at string, value any) chat.Action {
	from := readObject(f, at, value)
	a := chat.Action{Type: chat.ActionType(readOneOf(f, at+".type", from["type"], actionTypes))}
	if v := from["table"]; v != nil && v != "" {
		a.Table = readOneOf(f, at+".table", v, tables)
	}
	if v := from["data"]; v != nil {
		a.Data = readObject(f, at+".data", v)
	}
	return a
}

func readOneOf(f *findings, at string, value any, allowed []string) string {
	text, _ := value.(string)
	if !slices.Contains(allowed, text) {
		f.add(at, "must be one of "+strings.Join(allowed, ", "))
		return ""
	}
	return text
}

func readText(f *findings, at string, value any) string {
	text, ok := value.(string)
	if !ok {
		f.add(at, "must be a string")
	}
	return text
}

func readObject(f *findings, at string, value any) map[string]any {
	object, ok := value.(map[string]any)
	if !ok {
		f.add(at, "must be an object")
	}
	return object
}

func readList[T any](f *findings, at string, value any, item func(*findings, string, any) T) []T {
	list, ok := value.([]any)
	if !ok {
		f.add(at, "must be an array")
		return nil
	}
	out := make([]T, 0, len(list))
	for i, v := range list {
		out = append(out, item(f, at+"["+strconv.Itoa(i)+"]", v))
	}
	return out
}

// withCreated is c with the records that were created meanwhile, as far as the client did not send them itself. Nothing
// else that an action says changes anything: the client has carried it out, or has not.
func withCreated(c chat.Context, actions []chat.Action) chat.Context {
	c.Extra = maps.Clone(c.Extra)
	for _, a := range actions {
		if a.Type != chat.CreateRecord || a.Table == "" || chat.ID(a.Data) == "" {
			continue
		}
		rows, _ := c.Rows(a.Table)
		if slices.ContainsFunc(rows, func(row map[string]any) bool { return chat.ID(row) == chat.ID(a.Data) }) {
			continue
		}
		list, _ := c.Extra[a.Table].([]any)
		if c.Extra == nil {
			c.Extra = map[string]any{}
		}
		c.Extra[a.Table] = append(slices.Clone(list), any(a.Data))
	}
	return c
}
