package fault_test

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/domain/fault"
)

func TestAFailureIsFoundThroughEveryWrapping(t *testing.T) {
	t.Parallel()
	e := fault.New(fault.NotFound, "There is none.")
	for _, err := range []error{e, fmt.Errorf("more: %w", e), errors.Join(errors.New("other"), e)} {
		assert.Same(t, e, fault.From(err))
		assert.Equal(t, fault.NotFound, fault.CodeOf(err))
		assert.True(t, fault.Is(err, fault.NotFound))
		assert.False(t, fault.Is(err, fault.Conflict))
	}
}

func TestNoFailureHasNoCode(t *testing.T) {
	t.Parallel()
	assert.Equal(t, fault.Code(""), fault.CodeOf(nil))
	assert.False(t, fault.Is(nil, fault.Internal))
	assert.False(t, fault.Is(nil, ""))
}

func TestWhatIsNotOursIsInternalAndAnEndedContextIsUnavailable(t *testing.T) {
	t.Parallel()
	cause := errors.New("pq: password authentication failed")
	got := fault.From(cause)
	assert.Equal(t, fault.Internal, got.Code)
	assert.NotContains(t, got.Message, "pq")
	require.ErrorIs(t, got, cause)
	for _, cause := range []error{context.Canceled, context.DeadlineExceeded, fmt.Errorf("query: %w", context.Canceled)} {
		got := fault.From(cause)
		assert.Equal(t, fault.Unavailable, got.Code)
		assert.EqualValues(t, 1, got.Details["retry_after"])
		require.ErrorIs(t, got, cause)
	}
	named := fault.Wrap(context.Canceled, fault.UpstreamTimeout, "It was silent.")
	assert.Equal(t, fault.UpstreamTimeout, fault.CodeOf(named), "a code that was given stays")
}

func TestTheCauseIsForTheLogOnly(t *testing.T) {
	t.Parallel()
	cause := errors.New("disk sda1 is full")
	e := fault.Wrap(cause, fault.StorageFull, "There is no room left.")
	require.ErrorIs(t, e, cause)
	assert.Equal(t, "storage_full: There is no room left.: disk sda1 is full", e.Error())
	assert.Equal(t, "There is no room left.", e.Message)
	assert.Equal(t, "storage_full: There is no room left.", fault.New(fault.StorageFull, "There is no room left.").Error())
}

func TestADetailIsAddedToACopy(t *testing.T) {
	t.Parallel()
	cause := errors.New("cause")
	e := fault.Wrap(cause, fault.PreconditionFailed, "Changed.")
	one := e.With("etag", "1")
	two := one.With("etag", "2").With("more", 3)
	assert.Nil(t, e.Details)
	assert.Equal(t, map[string]any{"etag": "1"}, one.Details)
	assert.Equal(t, map[string]any{"etag": "2", "more": 3}, two.Details)
	require.ErrorIs(t, two, cause)
	assert.Equal(t, e.Message, two.Message)
}

func TestRetryAfterIsWholeSecondsAndAtLeastOne(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]int64{
		-time.Hour: 1, 0: 1, time.Millisecond: 1, time.Second: 1, time.Second + 1: 2, 90 * time.Second: 90,
	} {
		got := fault.New(fault.RateLimited, "Wait.").RetryAfter(d)
		assert.Equal(t, want, got.Details["retry_after"], d)
	}
}

func TestAnInvalidValueIsNamedByItsPlace(t *testing.T) {
	t.Parallel()
	e := fault.Invalid("body.email", "must be an e-mail address")
	assert.Equal(t, fault.ValidationFailed, e.Code)
	assert.Equal(t, []fault.Field{{Location: "body.email", Message: "must be an e-mail address"}}, e.Fields)
}

// TestTheListOfCodesIsComplete reads the constants from the source: a new one cannot be left out.
func TestTheListOfCodesIsComplete(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "codes.go", nil, 0)
	require.NoError(t, err)
	var declared []fault.Code
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		for _, v := range spec.Values {
			if lit, ok := v.(*ast.BasicLit); ok {
				s, err := strconv.Unquote(lit.Value)
				require.NoError(t, err)
				declared = append(declared, fault.Code(s))
			}
		}
		return true
	})
	require.NotEmpty(t, declared)
	assert.Equal(t, declared, fault.Codes())
	seen := map[fault.Code]bool{}
	for _, c := range fault.Codes() {
		assert.False(t, seen[c], c)
		assert.Regexp(t, `^[a-z]+(_[a-z]+)*$`, string(c))
		seen[c] = true
	}
}
