package jobs_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/jobs"
)

func TestAJobRunsAtOnceThenAtItsIntervalAndGoesOnAfterAFailureAndAPanic(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		var runs atomic.Int32
		r := jobs.New(slog.New(slog.NewTextHandler(&log, nil)), jobs.Job{Name: "sweep", Every: time.Minute, Timeout: time.Second,
			Run: func(context.Context) error {
				switch runs.Add(1) {
				case 1:
					return errors.New("the store is down")
				case 2:
					panic("a fault of ours")
				default:
					return nil
				}
			}})
		r.Start(t.Context())
		synctest.Wait()
		assert.EqualValues(t, 1, runs.Load(), "at once")
		time.Sleep(10 * time.Minute) // of the bubble's clock
		assert.InDelta(t, 10, runs.Load(), 2)
		require.NoError(t, r.Stop(t.Context()))
		stopped := runs.Load()
		time.Sleep(time.Hour)
		assert.Equal(t, stopped, runs.Load(), "nothing runs after Stop")
		assert.Contains(t, log.String(), "the store is down")
		assert.Contains(t, log.String(), "panic of type string")
		assert.NotContains(t, log.String(), "a fault of ours", "what a panic carries may be anything")
	})
}

func TestStopCancelsARunningJobAndWaitsForIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ended := false
		r := jobs.New(slog.New(slog.DiscardHandler), jobs.Job{Name: "long", Every: time.Minute, Timeout: time.Hour,
			Run: func(ctx context.Context) error {
				<-ctx.Done()
				time.Sleep(3 * time.Second) // cleaning up
				ended = true
				return ctx.Err()
			}})
		r.Start(t.Context())
		synctest.Wait()
		require.NoError(t, r.Stop(t.Context()))
		assert.True(t, ended)
	})
}

func TestStopGivesUpWhenItsContextEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		r := jobs.New(slog.New(slog.DiscardHandler), jobs.Job{Name: "deaf", Every: time.Minute, Timeout: time.Hour,
			Run: func(context.Context) error { <-release; return nil }})
		r.Start(t.Context())
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		require.ErrorIs(t, r.Stop(ctx), context.DeadlineExceeded)
		close(release)
		require.NoError(t, r.Stop(t.Context()))
	})
}
