package gormstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/domain/fault"
)

func state(code string) error { return &pgconn.PgError{Code: code, Message: "text of the server"} }

func TestErrorsOfDriversGetTheProductsCodes(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		err  error
		want fault.Code
	}{
		{state("40001"), fault.Unavailable},
		{state("40P01"), fault.Unavailable},
		{state("08006"), fault.Unavailable},
		{state("25006"), fault.Unavailable},
		{state("53300"), fault.Unavailable},
		{state("53100"), fault.StorageFull},
		{state("55P03"), fault.Unavailable},
		{state("57014"), fault.Unavailable},
		{state("57P01"), fault.Unavailable},
		{state("22021"), fault.MalformedRequest},
		{state("22003"), fault.Internal},
		{state("23505"), fault.Internal},
		{state("23514"), fault.Internal},
		{state("42601"), fault.Internal},
		{state(""), fault.Internal},
		{fmt.Errorf("wrapped: %w", state("53100")), fault.StorageFull},
		{&net.OpError{Op: "read", Err: errors.New("reset")}, fault.Unavailable},
		{driver.ErrBadConn, fault.Unavailable},
		{sql.ErrConnDone, fault.Unavailable},
		{io.ErrUnexpectedEOF, fault.Unavailable},
		{errors.New("anything else"), fault.Internal},
	} {
		got := translate(t.Context(), row.err)
		assert.Equal(t, row.want, fault.CodeOf(got), "%v", row.err)
		require.ErrorIs(t, got, row.err, "the cause is kept")
		assert.NotContains(t, fault.From(got).Message, "text of the server")
		_, hint := fault.From(got).Details["retry_after"]
		assert.Equal(t, row.want == fault.Unavailable, hint, "%v", row.err)
	}
}

func TestWhatIsTheProductsAlreadyPasses(t *testing.T) {
	t.Parallel()
	require.NoError(t, translate(t.Context(), nil))
	known := fault.New(fault.EmailTaken, "Taken.")
	assert.Same(t, known, translate(t.Context(), known))
}

func TestAContextThatEndsSaysWhy(t *testing.T) {
	t.Parallel()
	mine := errors.New("mine")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(mine)
	assert.Equal(t, mine, translate(ctx, context.Canceled))
	assert.Equal(t, fault.Unavailable, fault.CodeOf(translate(ctx, state("40001"))), "contention is contention to its end")

	ctx, stop := within(t.Context(), time.Nanosecond)
	defer stop()
	<-ctx.Done()
	slow := translate(ctx, ctx.Err())
	assert.Equal(t, fault.Unavailable, fault.CodeOf(slow))
	assert.Equal(t, int64(1), fault.From(slow).Details["retry_after"])
}

func TestConstraintsMeanWhatThePortSays(t *testing.T) {
	t.Parallel()
	instead := fault.New(fault.Conflict, "Not now.")
	for code, reads := range map[string]func(error, *fault.Error) error{"23503": dangling, "23001": dangling, "23505": duplicate} {
		err := state(code)
		got := reads(err, instead)
		assert.Equal(t, fault.Conflict, fault.CodeOf(got))
		assert.Equal(t, "Not now.", fault.From(got).Message)
		require.ErrorIs(t, got, err)
	}
	require.NoError(t, dangling(nil, instead))
	other := state("23514")
	assert.Equal(t, other, dangling(other, instead))
	assert.Equal(t, other, duplicate(other, instead))
}
