package gormstore

import (
	"context"
	"crypto/sha256"
	"errors"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/adiuva/cloud/domain/backup"
	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/ports"
)

var _ ports.Backups = (*Backups)(nil)

// Backups are the rows about backups.
type Backups struct{ rows access }

// NewBackups are the backups of s.
func NewBackups(s *Store) *Backups { return &Backups{access{store: s}} }

// backupRow is a row of backup_metadata.
type backupRow struct {
	UserID     string `gorm:"primaryKey"`
	ID         string `gorm:"primaryKey"`
	Version    string
	Made       int64  `gorm:"column:made_at"`
	Key        string `gorm:"column:s3_key"`
	Checksum   string
	SizeBytes  int64
	ChunkBytes int64
	ChunkSums  []byte
	Created    int64 `gorm:"column:created_at"`
}

// TableName implements GORM's Tabler.
func (backupRow) TableName() string { return "backup_metadata" }

func backupFromDomain(m backup.Meta) backupRow {
	sums := make([]byte, 0, len(m.Sums)*sha256.Size)
	for _, sum := range m.Sums {
		sums = append(sums, sum.Bytes()...)
	}
	return backupRow{
		UserID: m.UserID, ID: m.ID, Version: m.Version, Made: m.Timestamp.UnixMilli(), Key: m.Key, Checksum: m.Checksum.String(),
		SizeBytes: m.SizeBytes, ChunkBytes: m.ChunkBytes, ChunkSums: sums, Created: m.CreatedAt.UnixMilli(),
	}
}

// listed is the row without its sums, as a listing reads it.
func (r backupRow) listed() (backup.Meta, error) {
	sum, err := checksum.Parse(r.Checksum)
	return backup.Meta{
		ID: r.ID, UserID: r.UserID, Version: r.Version, Timestamp: instant(r.Made), Key: r.Key, Checksum: sum, SizeBytes: r.SizeBytes,
		ChunkBytes: r.ChunkBytes, CreatedAt: instant(r.Created),
	}, unreadable(err)
}

func (r backupRow) toDomain() (backup.Meta, error) {
	m, err := r.listed()
	if err != nil {
		return backup.Meta{}, err
	}
	if int64(len(r.ChunkSums)) != m.ChunkCount()*sha256.Size {
		return backup.Meta{}, unreadable(errors.New("a backup has another number of sums than of chunks"))
	}
	for rest := r.ChunkSums; len(rest) > 0; rest = rest[sha256.Size:] {
		m.Sums = append(m.Sums, checksum.FromBytes([sha256.Size]byte(rest[:sha256.Size])))
	}
	return m, nil
}

// Insert implements ports.Backups.
func (b *Backups) Insert(ctx context.Context, m backup.Meta) error {
	return b.rows.write(ctx, func(db *gorm.DB) error {
		row := backupFromDomain(m)
		done := db.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: owner}, {Name: "id"}}, DoNothing: true}).Create(&row)
		if done.Error == nil && done.RowsAffected == 0 {
			return fault.New(fault.IDExists, "A backup with this id exists already.")
		}
		return dangling(done.Error, noAccount())
	})
}

// Find implements ports.Backups.
func (b *Backups) Find(ctx context.Context, userID, id string) (backup.Meta, error) {
	return b.one(ctx, func(db *gorm.DB) *gorm.DB { return db.Where(ownedBy(userID)).Where("id = ?", id) })
}

// Newest implements ports.Backups.
func (b *Backups) Newest(ctx context.Context, userID string) (backup.Meta, error) {
	return b.one(ctx, func(db *gorm.DB) *gorm.DB { return db.Where(ownedBy(userID)).Order("created_at DESC, id DESC") })
}

func (b *Backups) one(ctx context.Context, wanted func(*gorm.DB) *gorm.DB) (m backup.Meta, err error) {
	err = b.rows.read(ctx, func(db *gorm.DB) (err error) {
		var row backupRow
		if err := wanted(db).Take(&row).Error; err != nil {
			return missing(err, noBackup())
		}
		m, err = row.toDomain()
		return err
	})
	return m, err
}

// List implements ports.Backups.
func (b *Backups) List(ctx context.Context, userID string, q backup.Query) (list []backup.Meta, err error) {
	err = b.rows.read(ctx, func(db *gorm.DB) (err error) {
		wanted := db.Where(ownedBy(userID)).Omit("chunk_sums")
		if q.After != "" {
			var last backupRow
			if err := db.Where(ownedBy(userID)).Where("id = ?", q.After).Omit("chunk_sums").Take(&last).Error; err != nil {
				return missing(err, noBackup())
			}
			wanted = wanted.Where("(created_at, id) < (?, ?)", last.Created, last.ID)
		}
		var rows []backupRow
		if err := wanted.Order("created_at DESC, id DESC").Offset(q.Skip).Limit(q.Limit).Find(&rows).Error; err != nil {
			return err
		}
		list, err = domainRows(rows, backupRow.listed)
		return err
	})
	return list, err
}

// Delete implements ports.Backups.
func (b *Backups) Delete(ctx context.Context, userID, id string) error {
	return b.rows.write(ctx, func(db *gorm.DB) error {
		done := db.Where(ownedBy(userID)).Where("id = ?", id).Delete(&backupRow{})
		if done.Error == nil && done.RowsAffected == 0 {
			return noBackup()
		}
		return done.Error
	})
}

func noBackup() *fault.Error { return fault.New(fault.NotFound, "There is no backup with this id.") }
