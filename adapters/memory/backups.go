package memory

import (
	"cmp"
	"context"
	"slices"

	"github.com/adiuva/cloud/domain/backup"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/ports"
)

var _ ports.Backups = (*Backups)(nil)

// Backups are the rows about backups.
type Backups struct{ v view }

// NewBackups gives access to the backups in s.
func NewBackups(s *Store) *Backups { return &Backups{s} }

// Insert implements ports.Backups.
func (b *Backups) Insert(ctx context.Context, m backup.Meta) error {
	return b.v.with(ctx, func(rows *rows) error {
		if _, ok := rows.users[m.UserID]; !ok {
			return noAccount()
		}
		if _, ok := rows.backups[ownID{m.UserID, m.ID}]; ok {
			return fault.New(fault.IDExists, "A backup with this id exists already.")
		}
		rows.backups[ownID{m.UserID, m.ID}] = copied(m)
		return nil
	})
}

// copied is m with sums of its own.
func copied(m backup.Meta) backup.Meta {
	m.Sums = slices.Clone(m.Sums)
	return m
}

// Find implements ports.Backups.
func (b *Backups) Find(ctx context.Context, userID, id string) (m backup.Meta, err error) {
	err = b.v.with(ctx, func(rows *rows) error {
		m, err = rows.backup(userID, id)
		return err
	})
	return copied(m), err
}

// Newest implements ports.Backups.
func (b *Backups) Newest(ctx context.Context, userID string) (m backup.Meta, err error) {
	err = b.v.with(ctx, func(rows *rows) error {
		all := rows.backupsOf(userID)
		if len(all) == 0 {
			return noBackup()
		}
		m = all[0]
		return nil
	})
	return copied(m), err
}

// List implements ports.Backups.
func (b *Backups) List(ctx context.Context, userID string, q backup.Query) (list []backup.Meta, err error) {
	err = b.v.with(ctx, func(rows *rows) error {
		all := rows.backupsOf(userID)
		if q.After != "" {
			last, err := rows.backup(userID, q.After)
			if err != nil {
				return err
			}
			all = slices.DeleteFunc(all, func(m backup.Meta) bool { return newestFirst(m, last) <= 0 })
		}
		all = all[min(q.Skip, len(all)):]
		for _, m := range all[:min(q.Limit, len(all))] {
			m.Sums = nil
			list = append(list, m)
		}
		return nil
	})
	return list, err
}

// Delete implements ports.Backups.
func (b *Backups) Delete(ctx context.Context, userID, id string) error {
	return b.v.with(ctx, func(rows *rows) error {
		if _, err := rows.backup(userID, id); err != nil {
			return err
		}
		delete(rows.backups, ownID{userID, id})
		return nil
	})
}

// backup is the user's row, or NotFound.
func (r *rows) backup(userID, id string) (backup.Meta, error) {
	m, ok := r.backups[ownID{userID, id}]
	if !ok {
		return backup.Meta{}, noBackup()
	}
	return m, nil
}

// backupsOf are the user's rows, the newest first.
func (r *rows) backupsOf(userID string) []backup.Meta {
	var all []backup.Meta
	for own, m := range r.backups {
		if own.user == userID {
			all = append(all, m)
		}
	}
	slices.SortFunc(all, newestFirst)
	return all
}

func newestFirst(a, b backup.Meta) int {
	return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(b.ID, a.ID))
}

func noBackup() *fault.Error { return fault.New(fault.NotFound, "There is no backup with this id.") }
