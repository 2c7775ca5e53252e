package gormstore

import (
	"cmp"
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/record"
)

// feedRow is an entry of a feed beside the feed's counter and the record that the entry is about. Without an entry, as
// in a feed of which nothing is left to read, it is the counter alone.
type feedRow struct {
	LastSeq   int64
	PrunedSeq int64
	RecordID  *string
	Table     string `gorm:"column:table_name"`
	Seq       int64
	Deleted   bool
	At        int64 `gorm:"column:changed_at"`

	Key       *string `gorm:"column:s3_key"` // of the record, like all below
	UserID    string
	Checksum  string
	SizeBytes int64
	Created   int64 `gorm:"column:created_at"`
	Updated   int64 `gorm:"column:updated_at"`
}

// Since implements ports.Changes. It is one statement, so that counter, entries and records are of one moment without
// a transaction, which would stand in the way of those who write. The entries are cut to the limit before anything is
// joined to them: PostgreSQL would sort all that is left of the feed otherwise, for each page of it.
func (c *Changes) Since(ctx context.Context, userID string, q record.FeedQuery) (feed record.Feed, err error) {
	err = c.rows.read(ctx, func(db *gorm.DB) error {
		feed = record.Feed{}
		var rows []feedRow
		entries := db.Model(&changeRow{}).Where(ownedBy(userID)).Where("seq > ?", q.After).Order("seq").Limit(q.Limit)
		if q.Table != nil {
			entries = entries.Where("table_name = ?", q.Table.String())
		}
		err := db.Model(&counterRow{}).Where(ownedBy(userID)).Joins("LEFT JOIN (?) c ON c.user_id = change_counters.user_id", entries).
			Joins("LEFT JOIN storage_records r ON r.user_id = c.user_id AND r.id = c.record_id AND NOT c.deleted").
			Select(`change_counters.last_seq, change_counters.pruned_seq, change_counters.user_id, c.record_id, c.table_name, c.seq, c.deleted,
				c.changed_at, r.s3_key, r.checksum, r.size_bytes, r.created_at, r.updated_at`).
			Find(&rows).Error
		if err != nil {
			return err
		}
		for _, r := range rows {
			feed.LastSeq, feed.PrunedSeq = r.LastSeq, r.PrunedSeq
			if r.RecordID == nil {
				continue
			}
			change, err := r.toDomain()
			if err != nil {
				return err
			}
			feed.Changes = append(feed.Changes, change)
		}
		slices.SortFunc(feed.Changes, func(a, b record.Change) int { return cmp.Compare(a.Seq, b.Seq) })
		return nil
	})
	if err != nil {
		return record.Feed{}, err
	}
	return feed, nil
}

func (r feedRow) toDomain() (record.Change, error) {
	change, err := changeRow{RecordID: *r.RecordID, Table: r.Table, Seq: r.Seq, Deleted: r.Deleted, At: r.At}.toDomain()
	if err != nil || r.Key == nil {
		return change, err
	}
	m, err := recordRow{
		ID: *r.RecordID, UserID: r.UserID, Table: r.Table, Key: *r.Key, Checksum: r.Checksum, SizeBytes: r.SizeBytes, Seq: r.Seq,
		Created: r.Created, Updated: r.Updated,
	}.toDomain()
	change.Record = &m
	return change, err
}

// Prune implements ports.Changes. Each user's tombstones go in one unit with the number that tells of them: a reader sees
// both or neither.
func (c *Changes) Prune(ctx context.Context, before time.Time, limit int) (pruned int, err error) {
	err = c.rows.together(ctx, func(db *gorm.DB) error {
		pruned = 0
		var old []changeRow
		err := acrossTenants(db, "tombstones of any user grow old").Where("deleted").Where("changed_at < ?", before.UnixMilli()).
			Order("changed_at").Limit(limit).Find(&old).Error
		if err != nil {
			return err
		}
		seqs := map[string][]int64{}
		for _, r := range old {
			seqs[r.UserID] = append(seqs[r.UserID], r.Seq)
		}
		for userID, gone := range seqs {
			if err := prune(db, userID, gone); err != nil {
				return err
			}
			pruned += len(gone)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return pruned, nil
}

// prune removes the entries with these numbers. The counter comes first, as it does for who appends: so neither waits
// for the other in a circle.
func prune(db *gorm.DB, userID string, gone []int64) error {
	var greatest int64
	for _, seq := range gone {
		greatest = max(greatest, seq)
	}
	done := db.Model(&counterRow{}).Where(ownedBy(userID)).
		Updates(map[string]any{"pruned_seq": gorm.Expr("CASE WHEN pruned_seq < ? THEN ? ELSE pruned_seq END", greatest, greatest)})
	if done.Error == nil && done.RowsAffected == 0 {
		return fault.New(fault.Internal, "A feed has entries and no counter.")
	}
	if done.Error != nil {
		return done.Error
	}
	return db.Where(ownedBy(userID)).Where("deleted").Where("seq IN ?", gone).Delete(&changeRow{}).Error
}
