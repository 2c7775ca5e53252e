package storage

import (
	"context"

	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/quota"
	"github.com/adiuva/cloud/domain/record"
	"github.com/adiuva/cloud/ports"
)

// verdict is what a unit decided about a part. A unit may run more than once: the last run counts.
type verdict struct {
	row  record.Meta // the record as it was; the zero value where there is none
	meta record.Meta // the record as it will be
	err  error
	done bool // meta is there, from an earlier attempt
}

// decide judges each part in its turn, by what is there and by what the parts before it leave. delta is the change of the
// bytes that the user keeps, if all is carried out that was allowed. With take it ends the intents of what it allows. An
// error is one that ends the unit.
func (b *batch) decide(ctx context.Context, tx ports.StorageTx, open []*part, take bool) (verdicts []verdict, delta int64, err error) {
	usage, err := tx.Usage.Find(ctx, b.userID)
	if err != nil {
		return nil, 0, err
	}
	used := usage.Bytes(quota.Records)
	for _, p := range open {
		v := b.judge(ctx, tx, p)
		if v.done {
			verdicts = append(verdicts, v)
			continue
		}
		change := p.meta.SizeBytes - v.row.SizeBytes
		if v.err == nil && p.op != Delete && !b.limit.Fits(used+delta+change) {
			v.err = quota.Exceeded(quota.Records, b.limit, used+delta)
		}
		if v.err != nil && !isRefusal(v.err) {
			return nil, 0, v.err
		}
		if v.err == nil && p.op != Delete && take {
			if v.err = tx.Garbage.Remove(ctx, p.meta.Key); v.err != nil && !fault.Is(v.err, fault.NotFound) {
				return nil, 0, v.err
			}
			if v.err != nil {
				v.err = givenUp(v.err)
			}
		}
		if v.err == nil {
			delta += change
		}
		verdicts = append(verdicts, v)
	}
	return verdicts, delta, nil
}

// judge looks at what is there.
func (b *batch) judge(ctx context.Context, tx ports.StorageTx, p *part) verdict {
	v := verdict{meta: p.meta}
	if p.op == Create {
		before, err := free(ctx, tx, p.meta)
		if v.err = err; fault.Is(err, fault.IDExists) && p.create.stored(p.meta, before) {
			return verdict{meta: before, done: true}
		}
		return v
	}
	v.row, v.err = current(ctx, tx, p.meta, p.ifMatch)
	if v.err == nil && v.meta.Key == "" && p.op == Update {
		v.meta.Key = record.Key(b.userID, v.row.Table, p.meta.ID, p.keyPart)
	}
	return v
}

// isRefusal tells what ends one part, by the rules, from what ends the unit.
func isRefusal(err error) bool {
	switch fault.CodeOf(err) {
	case fault.NotFound, fault.IDExists, fault.PreconditionFailed, fault.QuotaExceeded:
		return true
	default:
		return false
	}
}

// settle finds out what became of a unit that failed (see write.settle). If nothing was done the objects are garbage at
// once.
func (b *batch) settle(ctx context.Context, open []*part, verdicts []verdict) (committed bool) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
	defer cancel()
	err := b.work.Do(ctx, func(ctx context.Context, tx ports.StorageTx) (err error) {
		if committed, err = b.done(ctx, tx, open, verdicts); err != nil || committed {
			return err
		}
		for _, p := range open {
			if p.op == Delete {
				continue
			}
			if err := tx.Garbage.Add(ctx, record.Garbage{Key: p.meta.Key, DueAt: b.now}); err != nil {
				return err
			}
		}
		return nil
	})
	return err == nil && committed
}

// done reports whether a unit was committed. It was done whole or not at all, so one row that names its object says it
// of all; where nothing was written, all tombstones do.
func (b *batch) done(ctx context.Context, tx ports.StorageTx, open []*part, verdicts []verdict) (bool, error) {
	written, erased := false, 0
	for i, v := range verdicts {
		switch {
		case v.err != nil || v.done:
		case open[i].op == Delete:
			erased++
		default:
			written = true
			row, err := tx.Records.Find(ctx, b.userID, v.meta.ID)
			if err == nil && row.Key == v.meta.Key {
				return true, nil
			}
			if err != nil && !fault.Is(err, fault.NotFound) {
				return false, err
			}
		}
	}
	if written || erased == 0 {
		return false, nil
	}
	return b.erased(ctx, tx, verdicts)
}

// erased reports whether each record that was to be deleted is, under the number that the unit gave it.
func (b *batch) erased(ctx context.Context, tx ports.StorageTx, verdicts []verdict) (bool, error) {
	for _, v := range verdicts {
		if v.err != nil {
			continue
		}
		feed, err := tx.Changes.Since(ctx, b.userID, record.FeedQuery{After: v.meta.Seq - 1, Limit: 1})
		if err != nil {
			return false, err
		}
		if len(feed.Changes) == 0 || feed.Changes[0].RecordID != v.meta.ID || feed.Changes[0].Seq != v.meta.Seq || !feed.Changes[0].Deleted {
			return false, nil
		}
	}
	return true, nil
}
