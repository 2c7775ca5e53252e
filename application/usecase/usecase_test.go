package usecase_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/application/usecase"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/fault"
)

type traceKey struct{}

// notes is an observer that writes down what it is told.
type notes struct {
	told []string
	err  error
}

func (n *notes) Start(ctx context.Context, useCase string) context.Context {
	n.told = append(n.told, "start "+useCase)
	return context.WithValue(ctx, traceKey{}, "trace of "+useCase)
}

func (n *notes) End(ctx context.Context, useCase string, took time.Duration, code fault.Code, err error) {
	n.told = append(n.told, fmt.Sprintf("end %s %s %q in %s", useCase, took, code, ctx.Value(traceKey{})))
	n.err = err
}

func (n *notes) Withheld(context.Context, chat.Withheld) {}

func (n *notes) Opened(context.Context, string) func() { return func() {} }

// slow takes a second and sees whether it runs within the trace.
type slow struct{ err error }

func (s slow) Execute(ctx context.Context, in string) (string, error) {
	time.Sleep(time.Second)
	return fmt.Sprint(in, " in ", ctx.Value(traceKey{})), s.err
}

func TestAUseCaseIsObservedByNameTimeAndOutcomeOnly(t *testing.T) {
	t.Parallel()
	plain := errors.New("plain")
	for _, c := range []struct {
		err  error
		code fault.Code
	}{
		{nil, ""}, {fault.New(fault.Conflict, "Second."), fault.Conflict}, {plain, fault.Internal}, {context.Canceled, fault.Unavailable},
	} {
		synctest.Test(t, func(t *testing.T) {
			o := &notes{}
			out, err := usecase.Observe(t.Context(), o, "Sleep", slow{c.err}, "private words")
			require.Equal(t, c.err, err)
			assert.Equal(t, "private words in trace of Sleep", out, "the outcome is handed on, also beside an error")
			assert.Equal(t, []string{"start Sleep", fmt.Sprintf("end Sleep 1s %q in trace of Sleep", c.code)}, o.told)
			assert.Equal(t, c.err, o.err)
		})
	}
}

// broken panics.
type broken struct{}

func (broken) Execute(context.Context, string) (string, error) { panic("private words") }

func TestAUseCaseThatPanicsIsObservedAsInternalAndThePanicGoesOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := &notes{}
		assert.PanicsWithValue(t, "private words", func() { _, _ = usecase.Observe(t.Context(), o, "Break", broken{}, "") })
		assert.Equal(t, []string{"start Break", `end Break 0s "internal" in trace of Break`}, o.told)
		assert.NoError(t, o.err)
	})
}
