package storage_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/application/storage"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/ports/porttest"
)

// As for records: each use case with a failure at its first call of a port, its second, and so on, in every way. Before it
// there is one backup, and a record that nothing of this may touch.
func TestAFailureAtAnyCallAboutBackupsLosesNothingAndLeavesNothingForGood(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		calls int // it makes at least so many: otherwise nothing was tested
		run   func(d *desk, id string) error
		after []string // what there is if it succeeded
	}{
		"store": {9, func(d *desk, _ string) error {
			_, err := d.save(context.Background(), saving(ada, "new"))
			return err
		}, []string{"new", "before"}},
		"delete": {5, func(d *desk, id string) error { return d.drop(context.Background(), ada, id) }, []string{}},
		"read": {2, func(d *desk, _ string) error {
			_, got, err := d.restore(context.Background(), storage.ReadBackupInput{UserID: ada})
			if err == nil && string(got) != "before" {
				return fault.New(fault.Internal, "read something else")
			}
			return err
		}, []string{"before"}},
	} {
		for _, failure := range porttest.Failures() {
			t.Run(name+", "+failure.String(), func(t *testing.T) {
				t.Parallel()
				for at, fired := 1, true; fired; at++ {
					fired = failsAt(t, at, failure, c.run, c.after)
					if !fired {
						assert.Greater(t, at, c.calls)
					}
				}
			})
		}
	}
}

// failsAt runs it with a failure at one of its calls and checks what it leaves. It is false when there is no such call.
func failsAt(t *testing.T, at int, failure porttest.Failure, run func(d *desk, id string) error, after []string) bool {
	t.Helper()
	d := newDesk(t)
	_, err := d.store(t.Context(), create(ada, mine, "a record"))
	require.NoError(t, err)
	m, err := d.save(t.Context(), saving(ada, "before"))
	require.NoError(t, err)
	faults := porttest.NewFaults(at, failure)
	err = run(d.broken(faults), m.ID)
	where := fmt.Sprintf("call %d", at)
	got := d.restored(t, ada)
	if err == nil {
		require.Equal(t, after, got, where+": acknowledged and not there")
	} else {
		assertCode(t, fault.Unavailable, err)
		lost := failure == porttest.LoseAnswer || failure == porttest.CrashAfter
		if !lost || fmt.Sprint(got) != fmt.Sprint(after) {
			require.Equal(t, []string{"before"}, got, where+": neither before nor after")
		}
		if len(after) > 1 && failure == porttest.LoseAnswer {
			require.Equal(t, []string{"before"}, got, where+": what is stored although an answer got lost is found, and acknowledged")
		}
	}
	d.assertSound(t, ada)
	d.assertClean(t, ada)
	require.Equal(t, got, d.restored(t, ada), where+": the sweeper took what is in use")
	require.Equal(t, map[string]string{mine: "a record"}, d.contents(t, ada))
	if !faults.Fired() {
		require.NoError(t, err)
		return false
	}
	return true
}
