package storage

import (
	"context"
	"fmt"
	"time"

	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/quota"
	"github.com/adiuva/cloud/domain/vector"
	"github.com/adiuva/cloud/ports"
)

// vectorWrite is one write of items, from its intent to the rows that name their points.
type vectorWrite struct {
	use    *UpsertVectors
	userID string
	items  []vector.Item
	points map[vector.Place][]vector.Point
	first  map[vector.Space]int // the first item of each space
}

// intend names the points that will be, unless the write would be refused later for certain: it saves the transfer.
func (w *vectorWrite) intend(ctx context.Context, limit quota.Limit) error {
	return w.use.Work.Do(ctx, func(ctx context.Context, tx ports.StorageTx) error {
		replaced, err := w.replaced(ctx, tx)
		if err != nil {
			return err
		}
		if err := fits(ctx, tx, w.userID, bytesOf(w.items)-bytesOf(replaced), limit); err != nil {
			return err
		}
		return tx.VectorGarbage.Add(ctx, unused(w.items, w.use.Clock.Now().Add(w.use.Lifetimes.intent())))
	})
}

// commit makes the items current: in one unit it takes the intent back, counts the bytes, makes the rows name the new
// points and lets the old ones go.
func (w *vectorWrite) commit(ctx context.Context, limit quota.Limit) error {
	return w.use.Work.Do(ctx, func(ctx context.Context, tx ports.StorageTx) error {
		err := tx.VectorGarbage.Remove(ctx, w.userID, pointsOf(w.items))
		if fault.Is(err, fault.NotFound) {
			return givenUp(err)
		}
		if err != nil {
			return err
		}
		// All that was decided before the transfer is decided again: another device may have been here meanwhile.
		replaced, err := w.replaced(ctx, tx)
		if err != nil {
			return err
		}
		if err := charge(ctx, tx, w.userID, bytesOf(w.items)-bytesOf(replaced), limit); err != nil {
			return err
		}
		if err := tx.VectorItems.Put(ctx, w.userID, w.items); err != nil {
			return err
		}
		return tx.VectorGarbage.Add(ctx, unused(replaced, w.use.Clock.Now()))
	})
}

// replaced are the user's items that this write takes the place of, if it may be written at all.
func (w *vectorWrite) replaced(ctx context.Context, tx ports.StorageTx) ([]vector.Item, error) {
	for space, i := range w.first {
		dimension, err := tx.VectorItems.Dimension(ctx, w.userID, space)
		if err != nil {
			return nil, err
		}
		if dimension != 0 && dimension != w.items[i].Place.Dimension {
			return nil, vector.OtherDimension(fmt.Sprintf("body.vectors[%d].embedding", i))
		}
	}
	return tx.VectorItems.Find(ctx, w.userID, idsOf(w.items))
}

// settle finds out what became of a commit that failed, as write.settle does for records: if a row names one of the new
// points all were stored; if none does they are garbage at once.
func (w *vectorWrite) settle(ctx context.Context) (committed bool) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
	defer cancel()
	err := w.use.Work.Do(ctx, func(ctx context.Context, tx ports.StorageTx) error {
		rows, err := tx.VectorItems.OfPoints(ctx, w.userID, pointsOf(w.items))
		if committed = err == nil && len(rows) > 0; err != nil || committed {
			return err
		}
		return tx.VectorGarbage.Add(ctx, unused(w.items, w.use.Clock.Now()))
	})
	return err == nil && committed
}

// unused names the points of items as garbage.
func unused(items []vector.Item, due time.Time) []vector.Garbage {
	entries := make([]vector.Garbage, 0, len(items))
	for _, item := range items {
		entries = append(entries, vector.Garbage{Place: item.Place, PointID: item.Point, DueAt: due})
	}
	return entries
}

func bytesOf(items []vector.Item) (sum int64) {
	for _, item := range items {
		sum += item.SizeBytes
	}
	return sum
}

func idsOf(items []vector.Item) []string {
	ids := make([]string, 0, len(items))
	for _, item := range items {
		ids = append(ids, item.ID)
	}
	return ids
}

func pointsOf(items []vector.Item) []string {
	ids := make([]string, 0, len(items))
	for _, item := range items {
		ids = append(ids, item.Point)
	}
	return ids
}
