package steadyllm_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/llm/steadyllm"
	"github.com/adiuva/cloud/adapters/memory"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/ports"
)

func TestAModelIsAskedOfWhoHasItAndOthersAnswerWithTheirOwn(t *testing.T) {
	t.Parallel()
	type errs map[string]error
	for name, row := range map[string]struct {
		model  string
		light  bool
		fail   errs
		asked  []string // provider, and the model it was asked for
		answer string   // of whom
		code   fault.Code
	}{
		"no model":                          {"", false, nil, []string{"a:"}, "a", ""},
		"no model, and a small one will do": {"", true, nil, []string{"a:light"}, "a", ""},
		"no model, and the first is away":   {"", false, errs{"a": silent}, []string{"a:", "b:"}, "b", ""},
		"a light one falls back to a light": {"", true, errs{"a": silent}, []string{"a:light", "b:light"}, "b", ""},
		"a model of the first":              {"a1", false, nil, []string{"a:a1"}, "a", ""},
		"a model of the second":             {"b1", false, nil, []string{"b:b1"}, "b", ""},
		"a model of two":                    {"both", false, nil, []string{"a:both"}, "a", ""},
		"a model of two, the first is away": {"both", false, errs{"a": silent}, []string{"a:both", "c:both"}, "c", ""},
		"its only provider is away":         {"b1", false, errs{"b": failed}, []string{"b:b1", "a:"}, "a", ""},
		"and the next one too":              {"b1", false, errs{"b": failed, "a": silent}, []string{"b:b1", "a:", "c:"}, "c", ""},
		"all are away":                      {"b1", false, errs{"b": failed, "a": silent, "c": silent}, []string{"b:b1", "a:", "c:"}, "", fault.UpstreamFailed},
		"a model that nobody has":           {"zzz", false, nil, nil, "", fault.ValidationFailed},
		"a model that is there no more":     {"b1", false, errs{"b": unknown}, []string{"b:b1"}, "", fault.ValidationFailed},
		"one of two has it no more":         {"both", false, errs{"a": unknown}, []string{"a:both", "c:both"}, "c", ""},
		"one has it no more, one is away":   {"both", false, errs{"a": unknown, "c": silent}, []string{"a:both", "c:both", "b:"}, "b", ""},
		"a default that is there no more":   {"", false, errs{"a": unknown}, []string{"a:", "b:"}, "b", ""},
		"the last one's default is no more": {"b1", false, errs{"b": failed, "a": silent, "c": unknown}, []string{"b:b1", "a:", "c:"}, "", fault.UpstreamFailed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var asked, fell []string
				provider := func(name string, models ...string) steadyllm.Provider {
					return steadyllm.Provider{Name: name, Models: models, LLM: memory.LLMFunc(func(_ context.Context, req ports.LLMRequest) (memory.Turn, error) {
						model := req.Model
						if model == "" && req.Light {
							model = "light"
						}
						asked = append(asked, name+":"+model)
						if err := row.fail[name]; err != nil {
							return fail(err), nil
						}
						return memory.Turn{Text: name, Model: name + "-model"}, nil
					})}
				}
				llm, err := steadyllm.New([]steadyllm.Provider{provider("a", "a1", "both"), provider("b", "b1"), provider("c", "c1", "both")}, steadyllm.Config{},
					steadyllm.Hooks{FellBack: func(_ context.Context, from, to string) { fell = append(fell, from+">"+to) }})
				require.NoError(t, err)
				reply, err := llm.Complete(t.Context(), ports.LLMRequest{Model: row.model, Light: row.light}, func(string) error { return nil })
				assert.Equal(t, row.asked, asked)
				assert.Len(t, fell, max(len(asked)-1, 0))
				assert.Equal(t, row.code, fault.CodeOf(err), "%v", err)
				assert.Equal(t, row.answer, reply.Text)
				if row.answer != "" {
					assert.Equal(t, row.answer+"-model", reply.Model, "the reply tells who has answered")
				}
			})
		})
	}
}

func TestAModelThatNobodyHasIsNamedAsTheMistake(t *testing.T) {
	t.Parallel()
	llm, err := steadyllm.New([]steadyllm.Provider{{Name: "a", LLM: script(say("no")), Models: []string{"a1"}}}, steadyllm.Config{}, steadyllm.Hooks{})
	require.NoError(t, err)
	_, err = llm.Complete(t.Context(), ports.LLMRequest{Model: "zzz"}, nil)
	assert.Equal(t, []fault.Field{{Location: "body.model", Message: "must be a model that exists"}}, fault.From(err).Fields)
}
