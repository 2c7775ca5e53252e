package storage_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/application/storage"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/record"
	"github.com/adiuva/cloud/ports/porttest"
)

// attempt is a use case that is broken off at each of its calls.
type attempt struct {
	name  string
	calls int // it makes at least so many: otherwise nothing was tested
	run   func(d *desk) error
	after map[string]string // what there is if it succeeded
}

// Each use case is run with a failure at its first call of a port, its second, and so on until it has no more calls, once
// for each way to fail. Before it there is a record with content "before".
func TestAFailureAtAnyCallLosesNothingAndLeavesNothingForGood(t *testing.T) {
	t.Parallel()
	const other = "018f4e6a-7c1d-7b2e-9a55-0c9d3e1f2a4c"
	for _, c := range []attempt{
		{"store", 9, func(d *desk) error {
			_, err := d.store(context.Background(), create(ada, other, "new"))
			return err
		}, map[string]string{mine: "before", other: "new"}},
		{"update", 11, func(d *desk) error {
			_, err := d.update(context.Background(), replace(ada, mine, "longer than before"))
			return err
		}, map[string]string{mine: "longer than before"}},
		{"delete", 6, func(d *desk) error {
			return d.delete(context.Background(), storage.DeleteRecordInput{UserID: ada, ID: mine})
		}, map[string]string{}},
		{"read", 2, func(d *desk) error {
			_, got, err := d.read(context.Background(), ada, mine)
			if err == nil && string(got) != "before" {
				return fault.New(fault.Internal, "read something else")
			}
			return err
		}, map[string]string{mine: "before"}},
	} {
		for _, failure := range porttest.Failures() {
			t.Run(c.name+", "+failure.String(), func(t *testing.T) {
				t.Parallel()
				at := 1
				for c.failsAt(t, at, failure) {
					at++
				}
				assert.Greater(t, at, c.calls)
			})
		}
	}
}

// failsAt runs it with a failure at one of its calls and checks what it leaves. It is false when there is no such call.
func (a attempt) failsAt(t *testing.T, at int, failure porttest.Failure) bool {
	t.Helper()
	d := newDesk(t)
	_, err := d.store(t.Context(), create(ada, mine, "before"))
	require.NoError(t, err)
	faults := porttest.NewFaults(at, failure)
	err = a.run(d.broken(faults))
	where := fmt.Sprintf("call %d", at)
	got := d.contents(t, ada)
	if err == nil {
		require.Equal(t, a.after, got, where+": acknowledged and not there")
	} else {
		assertCode(t, fault.Unavailable, err)
		lost := failure == porttest.LoseAnswer || failure == porttest.CrashAfter
		if before := map[string]string{mine: "before"}; !lost || fmt.Sprint(got) != fmt.Sprint(a.after) {
			require.Equal(t, before, got, where+": neither before nor after")
		}
	}
	d.assertSound(t, ada)
	d.assertClean(t, ada)
	require.Equal(t, got, d.contents(t, ada), where+": the sweeper took what is in use")
	if !faults.Fired() {
		require.NoError(t, err)
		return false
	}
	return true
}

// contents is what the user can read, by id.
func (d *desk) contents(t *testing.T, userID string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, m := range d.look(t, userID).Rows {
		_, got, err := d.read(context.Background(), userID, m.ID)
		require.NoError(t, err)
		all[m.ID] = string(got)
	}
	return all
}

func TestASweepThatFailsAtAnyCallIsMadeGoodByTheNext(t *testing.T) {
	t.Parallel()
	for _, failure := range porttest.Failures() {
		t.Run(failure.String(), func(t *testing.T) {
			t.Parallel()
			for at := 1; ; at++ {
				d := newDesk(t)
				_, err := d.store(t.Context(), create(ada, mine, "first"))
				require.NoError(t, err)
				for _, content := range []string{"second", "third", "fourth"} {
					_, err = d.update(t.Context(), replace(ada, mine, content))
					require.NoError(t, err)
				}
				d.clock.Advance(record.ReaderGrace)
				faults := porttest.NewFaults(at, failure)
				_, err = d.broken(faults).sweep(t.Context())
				d.assertSound(t, ada)
				d.assertClean(t, ada)
				require.Equal(t, map[string]string{mine: "fourth"}, d.contents(t, ada))
				if !faults.Fired() {
					require.NoError(t, err)
					assert.Greater(t, at, 9, "a claim, three deletes, three forgets, their units and the last claim")
					return
				}
				require.Error(t, err)
			}
		})
	}
}
