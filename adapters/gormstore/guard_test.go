package gormstore

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/migrations"
)

// guarded is a store with a session and its token for each of two users, written past the guard.
func guarded(t *testing.T) *Store {
	t.Helper()
	s, closeStore, err := Open(t.Context(), "sqlite://"+filepath.Join(t.TempDir(), "guard.db"), Options{})
	require.NoError(t, err)
	t.Cleanup(closeStore)
	require.NoError(t, migrations.Up(t.Context(), s.SQL(), migrations.SQLite))
	for _, u := range []string{"alice", "bob"} {
		for _, statement := range []string{
			`INSERT INTO users (id, email, email_folded, password_hash, created_at, updated_at) VALUES (?1, ?1, ?1, '', 0, 0)`,
			`INSERT INTO sessions (id, user_id, device, created_at, last_used_at, expires_at) VALUES (?1 || '-phone', ?1, '', 0, 0, 0)`,
		} {
			_, err := s.SQL().ExecContext(t.Context(), statement, u)
			require.NoError(t, err)
		}
	}
	return s
}

func refused(err error) bool {
	var guard guardError
	return errors.As(err, &guard) && fault.Is(err, fault.Internal)
}

func TestTheGuardRefusesStatementsThatDoNotSayWhoseRowsTheyMean(t *testing.T) {
	t.Parallel()
	s := guarded(t)
	for name, statement := range map[string]func(*gorm.DB) *gorm.DB{
		"find all":                  func(db *gorm.DB) *gorm.DB { return db.Find(&[]sessionRow{}) },
		"find by id":                func(db *gorm.DB) *gorm.DB { return db.Where("id = ?", "bob-phone").Take(&sessionRow{}) },
		"count":                     func(db *gorm.DB) *gorm.DB { var n int64; return db.Model(&sessionRow{}).Count(&n) },
		"pluck":                     func(db *gorm.DB) *gorm.DB { var ids []string; return db.Model(&sessionRow{}).Pluck("id", &ids) },
		"table by name":             func(db *gorm.DB) *gorm.DB { return db.Table("sessions").Find(&[]map[string]any{}) },
		"an empty struct":           func(db *gorm.DB) *gorm.DB { return db.Where(&sessionRow{UserID: ""}).Find(&[]sessionRow{}) },
		"raw condition by a string": func(db *gorm.DB) *gorm.DB { return db.First(&sessionRow{}, "1=1 OR id = 'x'") },
		"a condition in words":      func(db *gorm.DB) *gorm.DB { return db.Where("user_id = ?", "alice").Find(&[]sessionRow{}) },
		"another table's column": func(db *gorm.DB) *gorm.DB {
			return db.Where(clause.Eq{Column: clause.Column{Table: "users", Name: owner}, Value: "alice"}).Find(&[]sessionRow{})
		},
		"a condition that may fail": func(db *gorm.DB) *gorm.DB {
			return db.Where(ownedBy("alice")).Or("id = ?", "bob-phone").Find(&[]sessionRow{})
		},
		"one of several": func(db *gorm.DB) *gorm.DB {
			return db.Where(clause.Or(ownedBy("alice"), clause.Eq{Column: "id", Value: "bob-phone"})).Find(&[]sessionRow{})
		},
		"the opposite": func(db *gorm.DB) *gorm.DB { return db.Not(ownedBy("alice")).Find(&[]sessionRow{}) },
		"update": func(db *gorm.DB) *gorm.DB {
			return db.Model(&sessionRow{}).Where("id = ?", "bob-phone").Updates(map[string]any{"device": "mine"})
		},
		"update by primary key": func(db *gorm.DB) *gorm.DB {
			return db.Model(&sessionRow{ID: "bob-phone"}).Updates(map[string]any{"device": "mine"})
		},
		"save":   func(db *gorm.DB) *gorm.DB { return db.Save(&sessionRow{ID: "bob-phone", UserID: "alice"}) },
		"delete": func(db *gorm.DB) *gorm.DB { return db.Where("id = ?", "bob-phone").Delete(&sessionRow{}) },
		"upsert on the id": func(db *gorm.DB) *gorm.DB {
			return db.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "id"}}, UpdateAll: true}).Create(&sessionRow{ID: "bob-phone", UserID: "alice"})
		},
		"upsert on anything": func(db *gorm.DB) *gorm.DB {
			return db.Clauses(clause.OnConflict{UpdateAll: true}).Create(&sessionRow{ID: "bob-phone", UserID: "alice"})
		},
		"a hand-made query":     func(db *gorm.DB) *gorm.DB { return db.Raw("SELECT * FROM sessions").Scan(&[]sessionRow{}) },
		"a hand-made statement": func(db *gorm.DB) *gorm.DB { return db.Exec("DELETE FROM sessions") },
	} {
		assert.True(t, refused(statement(s.writer.WithContext(t.Context())).Error), name)
	}
	var left int
	require.NoError(t, s.SQL().QueryRowContext(t.Context(),
		`SELECT count(*) FROM sessions WHERE device = '' AND id = user_id || '-phone'`).Scan(&left))
	assert.Equal(t, 2, left, "nothing was changed by what was refused")
}

// GORM drops the error of a subquery and sends what is left of the statement, which names no rows.
func TestTheGuardKeepsRowsOutOfSubqueries(t *testing.T) {
	t.Parallel()
	s := guarded(t)
	db := s.reader.WithContext(t.Context())
	var found []sessionRow
	_ = db.Where(ownedBy("alice")).Where("id IN (?)", db.Model(&sessionRow{}).Select("id")).Find(&found).Error
	assert.Empty(t, found)
}

func TestTheGuardRefusesEveryTableOfUsers(t *testing.T) {
	t.Parallel()
	s := guarded(t)
	rows, err := s.SQL().QueryContext(t.Context(), `SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
		WHERE m.type = 'table' AND c.name = ?`, owner)
	require.NoError(t, err)
	defer func() { _ = rows.Close() }()
	var tables []string
	for rows.Next() {
		var name string
		require.NoError(t, rows.Scan(&name))
		tables = append(tables, name)
	}
	require.NoError(t, rows.Err())
	assert.ElementsMatch(t, tables, tenantTables(), "a table with an owner stands under the guard")
}

func TestTheGuardLetsAUserHaveTheirOwnAndNothingElse(t *testing.T) {
	t.Parallel()
	s := guarded(t)
	for name, want := range map[string][]string{"alice": {"alice-phone"}, "bob": {"bob-phone"}, "": nil, "nobody": nil} {
		var ids []string
		err := s.reader.WithContext(t.Context()).Model(&sessionRow{}).Where(ownedBy(name)).Pluck("id", &ids).Error
		require.NoError(t, err)
		assert.ElementsMatch(t, want, ids)
	}
	var all []string
	require.NoError(t, acrossTenants(s.reader.WithContext(t.Context()), "test").Model(&sessionRow{}).Pluck("id", &all).Error)
	assert.Len(t, all, 2)
	assert.True(t, refused(s.reader.WithContext(t.Context()).Find(&[]sessionRow{}).Error)) // the exemption does not stick
}
