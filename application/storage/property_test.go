package storage_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/adiuva/cloud/application/storage"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/ports/porttest"
)

// Any sequence of stores, updates, deletes, sweeps and passing time, with failures at any call, is what a map from id to
// content would do: what was acknowledged is there, what failed is there whole or not at all, and in the end the objects
// are those of the rows.
func TestAnyHistoryIsThatOfAMap(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := newDesk(t)
		h := history{d: d, model: map[string]string{}}
		t.Repeat(map[string]func(*rapid.T){
			"store":  h.store,
			"update": h.update,
			"delete": h.delete,
			"batch":  h.batch,
			"sweep": func(t *rapid.T) {
				_, _ = h.desk(t).sweep(context.Background())
			},
			"wait": func(t *rapid.T) {
				d.clock.Advance(time.Duration(rapid.IntRange(0, 90*60_000).Draw(t, "ms")) * time.Millisecond)
			},
			"": func(t *rapid.T) { h.check(t) },
		})
		d.assertClean(t, ada)
		h.check(t)
	})
}

type history struct {
	d     *desk
	model map[string]string
}

// desk is the desk for one action, which may fail at one of its calls.
func (h *history) desk(t *rapid.T) *desk {
	failure := rapid.SampledFrom(porttest.Failures()).Draw(t, "failure")
	return h.d.broken(porttest.NewFaults(rapid.IntRange(0, 16).Draw(t, "at"), failure))
}

func (h *history) id(t *rapid.T) string {
	return fmt.Sprintf("018f4e6a-7c1d-7b2e-9a55-%012d", rapid.IntRange(0, 4).Draw(t, "record"))
}

func (h *history) store(t *rapid.T) {
	id, content := h.id(t), rapid.StringN(0, 8, -1).Draw(t, "content")
	_, err := h.desk(t).store(context.Background(), create(ada, id, content))
	_, taken := h.model[id]
	if taken && err != nil && !fault.Is(err, fault.Unavailable) {
		assertCode(t, fault.IDExists, err)
	}
	require.False(t, taken && err == nil, "an id was given twice")
	h.settle(t, id, content, err)
}

func (h *history) update(t *rapid.T) {
	id, content := h.id(t), rapid.StringN(0, 8, -1).Draw(t, "content")
	_, err := h.desk(t).update(context.Background(), replace(ada, id, content))
	if _, there := h.model[id]; !there {
		require.Error(t, err)
	}
	h.settle(t, id, content, err)
}

func (h *history) delete(t *rapid.T) {
	id := h.id(t)
	err := h.desk(t).delete(context.Background(), storage.DeleteRecordInput{UserID: ada, ID: id})
	_, there := h.model[id]
	if !there {
		require.Error(t, err)
		return
	}
	if _, _, missing := h.d.read(context.Background(), ada, id); err == nil || fault.Is(missing, fault.NotFound) {
		delete(h.model, id)
	}
}

func (h *history) batch(t *rapid.T) {
	var ops []storage.Operation
	for _, n := range rapid.SliceOfNDistinct(rapid.IntRange(0, 4), 1, 5, rapid.ID).Draw(t, "records") {
		id, content := fmt.Sprintf("018f4e6a-7c1d-7b2e-9a55-%012d", n), rapid.StringN(0, 8, -1).Draw(t, "content")
		ops = append(ops, rapid.SampledFrom([]storage.Operation{creation(id, content), revision(id, content, ""), deletion(id, "")}).Draw(t, "operation"))
	}
	results, err := h.desk(t).batch(context.Background(), ada, ops...)
	for i, op := range ops {
		_, there := h.model[op.ID]
		switch {
		case err == nil && results[i].Err == nil:
			require.Equal(t, op.Op == storage.Create, !there, "it was allowed")
		case err == nil:
			continue // it was not done
		}
		_, got, readErr := h.d.read(context.Background(), ada, op.ID)
		switch {
		case op.Op != storage.Delete && there != (op.Op == storage.Create) && readErr == nil && string(got) == string(op.Blob):
			h.model[op.ID] = string(got)
		case op.Op == storage.Delete && there && fault.Is(readErr, fault.NotFound):
			delete(h.model, op.ID)
		default:
			require.Error(t, err, "acknowledged and not done")
		}
	}
}

// settle brings the model up to date: an acknowledged write has happened; of one that failed without an answer only the
// store knows, and it must be whole.
func (h *history) settle(t *rapid.T, id, content string, err error) {
	if err == nil {
		h.model[id] = content
		return
	}
	if _, got, readErr := h.d.read(context.Background(), ada, id); readErr == nil && fault.Is(err, fault.Unavailable) && string(got) == content {
		h.model[id] = content
	}
}

func (h *history) check(t *rapid.T) {
	p := h.d.assertSound(t, ada)
	got := map[string]string{}
	for _, m := range p.Rows {
		_, content, err := h.d.read(context.Background(), ada, m.ID)
		require.NoError(t, err)
		got[m.ID] = string(content)
	}
	assert.Equal(t, h.model, got)
}
