package storage

import (
	"bytes"
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/quota"
	"github.com/adiuva/cloud/domain/record"
	"github.com/adiuva/cloud/ports"
)

// transfers is how many objects of one batch are put at once: enough to hide the time that a store takes to answer, and
// few enough to leave room for others.
const transfers = 8

// batch is a call of BatchRecords under way.
type batch struct {
	write
	userID string
	now    time.Time
	limit  quota.Limit
	again  bool
	parts  []*part
}

// part is one operation of a batch under way.
type part struct {
	op      Op
	meta    record.Meta // as the record will be
	keyPart string      // the last of its key
	blob    []byte
	ifMatch string
	create  StoreBlobInput // of a new record, for what an earlier attempt may have done
	done    bool           // an earlier attempt has done it
	err     error          // why it goes no further
}

func operationAt(i int) string { return "body.operations[" + strconv.Itoa(i) + "]" }

// part checks one operation.
func (b *batch) part(at string, op Operation, newID string, ids ports.IDs) (p *part, err error) {
	p = &part{op: op.Op, blob: op.Blob, ifMatch: op.IfMatch, keyPart: ids.NewID(), meta: record.Meta{UserID: b.userID, UpdatedAt: b.now}}
	if err := op.complete(at); err != nil {
		return p, err
	}
	if op.ID != "" {
		if p.meta.ID, err = record.ParseID(at+".id", op.ID); err != nil {
			return p, err
		}
	}
	switch op.Op {
	case Create:
		p.create = StoreBlobInput{UserID: b.userID, Table: op.Table, ID: p.meta.ID, Blob: op.Blob, Checksum: op.Checksum, NewID: newID, Again: b.again}
		m, err := newMeta(at, p.create, b.now, ids)
		if err == nil {
			p.meta = m
		}
		return p, err
	case Update:
		p.meta.SizeBytes = int64(len(op.Blob))
		p.meta.Checksum, err = receive(at, op.Blob, op.Checksum)
	case Delete: // has nothing else
	}
	return p, err
}

// taking says which fields an operation takes, in the order of complete: ! has to be there, ? may be, - may not.
var taking = map[Op]string{Create: "?!!!-", Update: "!-!!?", Delete: "!---?"}

// complete is ValidationFailed for a field that is missing, or that the operation does not take.
func (o Operation) complete(at string) error {
	takes, known := taking[o.Op]
	if !known {
		return fault.Invalid(at+".op", "must be create, update or delete")
	}
	invalid := fault.Invalid("", "")
	invalid.Fields = nil
	for i, f := range []struct {
		name string
		sent bool
	}{{"id", o.ID != ""}, {"table", o.Table != ""}, {"blob", o.Blob != nil}, {"checksum", o.Checksum != ""}, {"if_match", o.IfMatch != ""}} {
		switch {
		case takes[i] == '!' && !f.sent:
			invalid.Fields = append(invalid.Fields, fault.Field{Location: at + "." + f.name, Message: "is required"})
		case takes[i] == '-' && f.sent:
			invalid.Fields = append(invalid.Fields, fault.Field{Location: at + "." + f.name, Message: "is not taken by this operation"})
		}
	}
	if len(invalid.Fields) == 0 {
		return nil
	}
	return invalid
}

// refuse ends those parts that are still on their way and that match.
func (b *batch) refuse(err error, matches func(*part) bool) {
	for _, p := range b.parts {
		if p.err == nil && !p.done && matches(p) {
			p.err = err
		}
	}
}

// open are the parts that are still on their way.
func (b *batch) open() []*part {
	var open []*part
	for _, p := range b.parts {
		if p.err == nil && !p.done {
			open = append(open, p)
		}
	}
	return open
}

// writes are those of open that have an object.
func (b *batch) writes() []*part {
	var writes []*part
	for _, p := range b.open() {
		if p.op != Delete {
			writes = append(writes, p)
		}
	}
	return writes
}

// announce decides early, which saves transfers, and names the future objects as garbage.
func (b *batch) announce(ctx context.Context) error {
	if len(b.writes()) == 0 {
		return nil
	}
	open := b.open()
	var verdicts []verdict
	err := b.work.Do(ctx, func(ctx context.Context, tx ports.StorageTx) (err error) {
		if verdicts, _, err = b.decide(ctx, tx, open, false); err != nil {
			return err
		}
		for i, v := range verdicts {
			if v.err != nil || v.done || open[i].op == Delete {
				continue
			}
			if err := tx.Garbage.Add(ctx, record.Garbage{Key: v.meta.Key, DueAt: b.now.Add(b.times.intent())}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i, v := range verdicts {
		if open[i].op != Delete { // to ask again about a deletion costs nothing
			open[i].meta, open[i].err, open[i].done = v.meta, v.err, v.done
		}
	}
	return nil
}

// transfer puts the objects. One that cannot be put is its part's failure: its intent stays until it is due, since an
// answer may have been lost and the object still arrive.
func (b *batch) transfer(ctx context.Context) {
	slots := make(chan struct{}, transfers)
	var group sync.WaitGroup
	for _, p := range b.writes() {
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			p.err = b.blobs.Put(ctx, p.meta.Key, bytes.NewReader(p.blob), p.meta.SizeBytes, p.meta.Checksum)
		})
	}
	group.Wait()
}

// commit makes the objects current and deletes what is to be deleted, in one unit. All that was decided before the
// transfer is decided again: other devices may have been here meanwhile.
func (b *batch) commit(ctx context.Context) error {
	open := b.open()
	if len(open) == 0 {
		return nil
	}
	var verdicts []verdict
	err := b.work.Do(ctx, func(ctx context.Context, tx ports.StorageTx) (err error) {
		var delta int64
		verdicts, delta, err = b.decide(ctx, tx, open, true) // kept if the unit fails: it may have been committed all the same
		if err != nil {
			return err
		}
		if delta != 0 {
			if err := tx.Usage.Add(ctx, b.userID, quota.Records, delta, b.limit); err != nil {
				return err
			}
		}
		for i := range verdicts {
			if err := b.carryOut(ctx, tx, open[i], &verdicts[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil && !b.settle(ctx, open, verdicts) {
		return err
	}
	for i, v := range verdicts {
		open[i].meta, open[i].err = v.meta, v.err
	}
	return nil
}

// carryOut is what a verdict has for its consequence.
func (b *batch) carryOut(ctx context.Context, tx ports.StorageTx, p *part, v *verdict) (err error) {
	switch {
	case v.err == nil && !v.done && p.op == Create:
		return insert(ctx, tx, &v.meta)
	case v.err == nil && p.op == Update:
		return b.times.replace(ctx, tx, v.row, &v.meta)
	case v.err == nil && p.op == Delete:
		v.meta.Seq, err = b.times.remove(ctx, tx, v.row, b.now)
		return err
	case p.op != Delete: // it has an object that nobody will need
		return tx.Garbage.Add(ctx, record.Garbage{Key: p.meta.Key, DueAt: b.now})
	}
	return nil
}

// results are the parts as their client sees them.
func (b *batch) results() BatchRecordsOutput {
	out := BatchRecordsOutput{Results: make([]BatchResult, 0, len(b.parts))}
	for _, p := range b.parts {
		r := BatchResult{Op: p.op, Record: p.meta, Err: p.err}
		if p.err != nil || p.op == Delete {
			r.Record = record.Meta{ID: p.meta.ID}
		}
		out.Results = append(out.Results, r)
	}
	return out
}
