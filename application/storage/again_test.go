package storage_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/application/storage"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/record"
)

// seed is an id that a request has for what it makes, whichever attempt it is.
const seed = "018f4e6a-7c1d-7b2e-9a55-5eed00000000"

func TestWhatAnEarlierAttemptStoredIsFoundAndNotStoredTwice(t *testing.T) {
	t.Parallel()
	for name, in := range map[string]storage.StoreBlobInput{"an id of ours": create(ada, "", "x"), "the client's id": create(ada, mine, "x")} {
		d := newDesk(t)
		in.NewID = seed
		first, err := d.store(t.Context(), in)
		require.NoError(t, err, name)
		assert.Equal(t, in.ID == "", first.ID == seed)
		before := d.look(t, ada)
		_, err = d.store(t.Context(), in)
		assertCode(t, fault.IDExists, err)
		in.Again = true
		again, err := d.store(t.Context(), in)
		require.NoError(t, err, name)
		assert.Equal(t, first, again)
		assert.Equal(t, before, d.look(t, ada))
	}
}

func TestAnotherRecordWithTheClientsIDIsNoEarlierAttempt(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	_, err := d.store(t.Context(), create(ada, mine, "x"))
	require.NoError(t, err)
	other := create(ada, mine, "y")
	other.Again = true
	_, err = d.store(t.Context(), other)
	assertCode(t, fault.IDExists, err)
	other = create(ada, mine, "x")
	other.Table, other.Again = "notes", true
	_, err = d.store(t.Context(), other)
	assertCode(t, fault.IDExists, err)
}

func TestABatchThatIsDoneAgainStoresWhatIsMissing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	u := storage.BatchRecords{Gate: d.gate(), Work: d.work, Blobs: d.blobs, Clock: d.clock, IDs: d.ids}
	in := storage.BatchRecordsInput{UserID: ada, NewIDs: seed, Operations: []storage.Operation{
		creation("", "one"), creation(numbered(1), "two"), creation("", "three"), creation(numbered(2), "four"),
	}}
	first, err := u.Execute(t.Context(), in)
	require.NoError(t, err)
	assert.Equal(t, record.DeriveID(seed, 0), first.Results[0].Record.ID)
	in.Again = true
	before := d.look(t, ada)
	again, err := u.Execute(t.Context(), in)
	require.NoError(t, err)
	assert.Equal(t, first, again)
	assert.Equal(t, before, d.look(t, ada))
	require.NoError(t, d.delete(t.Context(), storage.DeleteRecordInput{UserID: ada, ID: first.Results[2].Record.ID}))
	some, err := u.Execute(t.Context(), in)
	require.NoError(t, err)
	assert.Equal(t, make([]fault.Code, 4), codes(some.Results))
	assert.Equal(t, first.Results[1], some.Results[1])
	assert.Len(t, d.contents(t, ada), 4)
	d.assertClean(t, ada)
	in.Again = false
	taken, err := u.Execute(t.Context(), in)
	require.NoError(t, err)
	assert.Equal(t, []fault.Code{fault.IDExists, fault.IDExists, fault.IDExists, fault.IDExists}, codes(taken.Results))
}
