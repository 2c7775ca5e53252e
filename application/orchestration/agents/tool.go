package agents

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/adiuva/cloud/domain/chat"
)

// maxArguments bounds what a model may write into one call, in bytes.
const maxArguments = 256 << 10

// Tool is something that an agent can do for the user.
type Tool struct {
	Spec  chat.ToolSpec
	Needs Power

	schema *jsonschema.Resolved
	run    func(t *Turn, arguments []byte) (any, error)
}

// read makes a tool that looks things up, write one that asks for changes, erase one that asks for a deletion. A is the struct of its arguments: a field is
// required unless its tag says omitempty. run's result is given to the model as JSON; an error of run is a sentence that
// tells the model what to do better. They panic, at start-up, on a type that has no JSON Schema.
func read[A any](name, description string, run func(*Turn, A) (any, error)) Tool {
	return newTool(name, description, Reads, run)
}

func write[A any](name, description string, run func(*Turn, A) (any, error)) Tool {
	return newTool(name, description, Changes, run)
}

func erase[A any](name, description string, run func(*Turn, A) (any, error)) Tool {
	return newTool(name, description, Deletes, run)
}

func newTool[A any](name, description string, needs Power, run func(*Turn, A) (any, error)) Tool {
	schema := must(jsonschema.For[A](&jsonschema.ForOptions{TypeSchemas: argumentTypes()}))
	return Tool{
		Spec:   chat.ToolSpec{Name: name, Description: description, Schema: must(json.Marshal(schema))},
		Needs:  needs,
		schema: must(schema.Resolve(nil)),
		run: func(t *Turn, arguments []byte) (any, error) {
			var a A
			if err := json.Unmarshal(arguments, &a); err != nil {
				return nil, errors.New("the arguments do not have the types that the schema asks for")
			}
			return run(t, a)
		},
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// Call runs the tool with what a model wrote as its arguments. The error is for the model, which may try again.
func (t Tool) Call(turn *Turn, arguments string) (any, error) {
	values, err := parseArguments(arguments)
	if err != nil {
		return nil, err
	}
	dropEmpty(values, t.schema.Schema())
	if err := t.schema.Validate(values); err != nil {
		return nil, fmt.Errorf("the arguments do not fit the schema of %s: %s", t.Spec.Name, explain(err))
	}
	// Writing the checked values again turns numbers such as 1.8e12 into the integers that they are.
	checked, err := json.Marshal(values)
	if err != nil {
		return nil, errors.New("the arguments cannot be read")
	}
	return t.run(turn, checked)
}

// parseArguments reads one JSON object and nothing after it. Models send nothing at all to tools without arguments.
func parseArguments(s string) (map[string]any, error) {
	if len(s) > maxArguments {
		return nil, fmt.Errorf("the arguments are longer than %d bytes", maxArguments)
	}
	if strings.TrimSpace(s) == "" {
		return map[string]any{}, nil
	}
	var values map[string]any
	dec := json.NewDecoder(bytes.NewReader([]byte(s)))
	if err := dec.Decode(&values); err != nil || values == nil {
		return nil, errors.New("the arguments must be one JSON object")
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("the arguments must be one JSON object and nothing after it")
	}
	return values, nil
}

// dropEmpty removes null and empty text where a value is optional: models fill in what they have no value for, and mean
// that it is to be left alone.
func dropEmpty(values map[string]any, schema *jsonschema.Schema) {
	for key, v := range values {
		if (v == nil || v == "") && schema.Properties[key] != nil && !slices.Contains(schema.Required, key) {
			delete(values, key)
		}
	}
}

// explain drops the path of schemas that the validator went through and keeps what is wrong.
func explain(err error) string {
	return strings.TrimPrefix(err.Error(), "validating root: ")
}

// argumentTypes are the schemas of the types in values.go.
func argumentTypes() map[reflect.Type]*jsonschema.Schema {
	text := func(most int) *jsonschema.Schema {
		return &jsonschema.Schema{Type: "string", MinLength: new(1), MaxLength: &most}
	}
	oneOf := func(values ...any) *jsonschema.Schema { return &jsonschema.Schema{Type: "string", Enum: values} }
	return map[reflect.Type]*jsonschema.Schema{
		reflect.TypeFor[recordID]():      text(128),
		reflect.TypeFor[title]():         text(500),
		reflect.TypeFor[plainText]():     text(20_000),
		reflect.TypeFor[markdown]():      text(100_000),
		reflect.TypeFor[taskStatus]():    oneOf("todo", "in_progress", "done"),
		reflect.TypeFor[taskPriority]():  oneOf("high", "medium", "low"),
		reflect.TypeFor[taskOrder]():     oneOf("due_date", "priority", "status", "title"),
		reflect.TypeFor[projectStatus](): oneOf("active", "archived"),
		reflect.TypeFor[millis]():        {Type: "integer", Minimum: new(-1.0), Maximum: new(float64(latest))},
		reflect.TypeFor[flag]():          {Types: []string{"integer", "boolean"}, Enum: []any{1, 0, -1, true, false}},
	}
}
