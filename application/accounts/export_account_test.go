package accounts

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/memory"
	"github.com/adiuva/cloud/domain/account"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/quota"
	"github.com/adiuva/cloud/domain/record"
	"github.com/adiuva/cloud/domain/tier"
	"github.com/adiuva/cloud/ports"
	"github.com/adiuva/cloud/ports/porttest"
)

// watchedRecords says how much is asked for at a time, and lets something happen in between.
type watchedRecords struct {
	ports.Records
	pages, largest int
	between        func(page int)
	fail           error
}

func (r *watchedRecords) List(ctx context.Context, userID string, q record.Query) ([]record.Meta, error) {
	r.pages++
	if r.between != nil {
		r.between(r.pages)
	}
	if r.fail != nil {
		return nil, r.fail
	}
	page, err := r.Records.List(ctx, userID, q)
	r.largest = max(r.largest, len(page))
	return page, err
}

func (h *house) exporter() (*ExportAccount, *watchedRecords) {
	r := &watchedRecords{Records: memory.NewRecords(h.store)}
	return &ExportAccount{
		Users: h.users, Sessions: memory.NewSessions(h.store), Usage: memory.NewUsage(h.store), Meter: h.meter,
		Records: r, Backups: memory.NewBackups(h.store), Vectors: memory.NewVectorItems(h.store), Clock: h.clock,
	}, r
}

// keysOf reads an export to its end.
func keysOf(t *testing.T, e Export) (keys []string) {
	t.Helper()
	for m, err := range e.Records {
		require.NoError(t, err)
		require.Equal(t, e.ID, m.UserID)
		keys = append(keys, m.Key)
	}
	return keys
}

// forget deletes records by their place in the order of creation.
func (h *house) forget(userID string, keys []string) {
	h.t.Helper()
	gone := map[string]bool{}
	for _, k := range keys {
		gone[k] = true
	}
	records := memory.NewRecords(h.store)
	query := record.Query{Limit: record.MaxLimit}
	var ids []string
	for {
		page, err := records.List(h.t.Context(), userID, query)
		require.NoError(h.t, err)
		if len(page) == 0 {
			break
		}
		for _, m := range page {
			if gone[m.Key] {
				ids = append(ids, m.ID)
			}
		}
		query.After = page[len(page)-1].ID
	}
	for _, id := range ids {
		require.NoError(h.t, records.Delete(h.t.Context(), userID, id))
	}
}

func TestAnExportHasEverythingThatIsHeldAboutTheUserAndNothingElse(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who, _ := h.register(email)
	other, _ := h.register("other@example.com")
	keys := h.keep(who.UserID, 3)
	h.keep(other.UserID, 2)
	saved := h.backUp(who.UserID, 2)
	h.backUp(other.UserID, 1)
	found := h.index(who.UserID, 2)
	h.index(other.UserID, 1)
	spent := chat.Spend{Day: "2026-03-01", Model: "m", Calls: 4, Prompt: 3, Written: 2, Estimated: 1}
	require.NoError(t, h.meter.Add(t.Context(), who.UserID, spent))
	require.NoError(t, h.meter.Add(t.Context(), other.UserID, spent, spent))
	u, _ := h.exporter()
	e, err := u.Execute(t.Context(), ExportAccountInput{UserID: who.UserID})
	require.NoError(t, err)
	assert.Equal(t, keys, keysOf(t, e))
	assert.Equal(t, keys, keysOf(t, e), "it can be read again")
	var backups []string
	for m, err := range e.Backups {
		require.NoError(t, err)
		backups = append(backups, m.Key)
	}
	assert.Equal(t, []string{saved[1], saved[0]}, backups, "the newest first")
	var vectors []string
	for item, err := range e.Vectors {
		require.NoError(t, err)
		vectors = append(vectors, item.ID)
	}
	assert.Equal(t, found, vectors)
	e.Records, e.Backups, e.Vectors = nil, nil, nil
	assert.Equal(t, Export{
		ID: who.UserID, Email: email, Tier: tier.Free, Role: account.Member, CreatedAt: h.clock.Now(), UpdatedAt: h.clock.Now(),
		Sessions: h.sessions(who.UserID), Usage: quota.Usage{RecordBytes: 40, BackupBytes: 14}, Spent: []chat.Spend{spent},
	}, e)
}

func TestAnExportHoldsOnePageAtATimeAndStopsWhenItsReaderDoes(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who, _ := h.register(email)
	keys := h.keep(who.UserID, 2*record.MaxLimit+1)
	u, records := h.exporter()
	e, err := u.Execute(t.Context(), ExportAccountInput{UserID: who.UserID})
	require.NoError(t, err)
	assert.Zero(t, records.pages, "nothing is read before it is asked for")
	for m, err := range e.Records {
		require.NoError(t, err)
		assert.Equal(t, keys[0], m.Key)
		break
	}
	assert.Equal(t, 1, records.pages)
	assert.Equal(t, keys, keysOf(t, e))
	assert.Equal(t, record.MaxLimit, records.largest)
}

func TestAnExportGoesOnWhereRecordsAreDeletedMeanwhile(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who, _ := h.register(email)
	keys := h.keep(who.UserID, record.MaxLimit+10)
	u, records := h.exporter()
	records.between = func(page int) {
		if page == 2 { // the end of the first page, where the second would go on, and a bit of the second
			h.forget(who.UserID, keys[record.MaxLimit-3:record.MaxLimit+2])
		}
	}
	e, err := u.Execute(t.Context(), ExportAccountInput{UserID: who.UserID})
	require.NoError(t, err)
	want := append(append([]string(nil), keys[:record.MaxLimit]...), keys[record.MaxLimit+2:]...)
	assert.Equal(t, want, keysOf(t, e))
}

func TestAnExportWhoseWholePageWasDeletedSaysSo(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who, _ := h.register(email)
	keys := h.keep(who.UserID, 3)
	u, records := h.exporter()
	records.between = func(page int) {
		if page == 2 {
			h.forget(who.UserID, keys)
		}
	}
	e, err := u.Execute(t.Context(), ExportAccountInput{UserID: who.UserID})
	require.NoError(t, err)
	var last error
	for _, err := range e.Records {
		last = err
	}
	requireCode(t, fault.Conflict, last)
}

func TestAFaultInMidExportEndsItWithTheFault(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who, _ := h.register(email)
	h.keep(who.UserID, 3)
	u, records := h.exporter()
	records.between = func(page int) {
		if page == 2 {
			records.fail = fault.New(fault.Unavailable, "Down.")
		}
	}
	e, err := u.Execute(t.Context(), ExportAccountInput{UserID: who.UserID})
	require.NoError(t, err)
	var got []fault.Code
	for _, err := range e.Records {
		got = append(got, fault.CodeOf(err))
	}
	assert.Equal(t, []fault.Code{"", "", "", fault.Unavailable}, got)
}

func TestWhoIsNotThereOrLeavesHasNoExport(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who, _ := h.register(email)
	u, _ := h.exporter()
	_, err := u.Execute(t.Context(), ExportAccountInput{UserID: h.ids.NewID()})
	requireCode(t, fault.NotFound, err)
	h.storage = failingStorage{}
	_, err = h.deleter().Execute(t.Context(), DeleteAccountInput{UserID: who.UserID, Password: password})
	require.NoError(t, err)
	_, err = u.Execute(t.Context(), ExportAccountInput{UserID: who.UserID})
	requireCode(t, fault.NotFound, err)
}

func TestAnExportWithoutAllOfItsPartsIsNone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who, _ := h.register(email)
	h.meter = porttest.FaultyMeter(h.meter, porttest.NewFaults(1, porttest.Refuse))
	u, _ := h.exporter()
	e, err := u.Execute(t.Context(), ExportAccountInput{UserID: who.UserID})
	requireCode(t, fault.Unavailable, err)
	assert.Equal(t, Export{}, e)
}
