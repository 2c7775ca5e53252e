package gormstore

import (
	"context"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/ports"
)

var _ ports.Meter = (*Meter)(nil)

// Meter counts what users spend on language models.
type Meter struct{ rows access }

// NewMeter are the counts of s.
func NewMeter(s *Store) *Meter { return &Meter{access{store: s}} }

// spendRow is a row of llm_usage.
type spendRow struct {
	UserID    string `gorm:"primaryKey"`
	Day       string `gorm:"primaryKey"`
	Model     string `gorm:"primaryKey"`
	Calls     int64
	Prompt    int64 `gorm:"column:prompt_tokens"`
	Written   int64 `gorm:"column:completion_tokens"`
	Estimated int64 `gorm:"column:estimated_calls"`
}

// TableName implements GORM's Tabler.
func (spendRow) TableName() string { return "llm_usage" }

func (r spendRow) toDomain() chat.Spend {
	return chat.Spend{Day: r.Day, Model: r.Model, Calls: r.Calls, Prompt: r.Prompt, Written: r.Written, Estimated: r.Estimated}
}

// Add implements ports.Meter. One statement adds to all rows, so nothing is read that another could change meanwhile; the
// foreign key tells that the user is gone.
func (m *Meter) Add(ctx context.Context, userID string, spent ...chat.Spend) error {
	rows := spendRows(userID, spent)
	if len(rows) == 0 {
		return context.Cause(ctx)
	}
	columns := []clause.Column{{Name: owner}, {Name: "day"}, {Name: "model"}}
	err := m.rows.write(ctx, func(db *gorm.DB) error {
		err := db.Clauses(clause.OnConflict{Columns: columns, DoUpdates: clause.Set{
			added("calls"), added("prompt_tokens"), added("completion_tokens"), added("estimated_calls"),
		}}).Create(&rows).Error
		return dangling(err, noAccount())
	})
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// added is a column plus what was to be inserted.
func added(column string) clause.Assignment {
	kept, more := clause.Column{Table: clause.CurrentTable, Name: column}, clause.Column{Table: "excluded", Name: column}
	return clause.Assignment{Column: clause.Column{Name: column}, Value: gorm.Expr("? + ?", kept, more)}
}

// spendRows are the rows for spent, each once, since no statement may change a row twice; and in one order, so that two
// that add to the same rows wait for each other and not in a circle.
func spendRows(userID string, spent []chat.Spend) []spendRow {
	spent = slices.Clone(spent)
	for i := range spent {
		spent[i].Model = chat.ModelName(spent[i].Model)
	}
	slices.SortFunc(spent, chat.Spend.Compare)
	var rows []spendRow
	for i, s := range spent {
		if i > 0 && s.Compare(spent[i-1]) == 0 {
			last := &rows[len(rows)-1]
			s = s.Plus(last.toDomain())
			rows = rows[:len(rows)-1]
		}
		rows = append(rows, spendRow{userID, s.Day, s.Model, s.Calls, s.Prompt, s.Written, s.Estimated})
	}
	return rows
}

// List implements ports.Meter. The key's own order is not that of the port: the few rows of one user are put in order
// here and not by an index of their own.
func (m *Meter) List(ctx context.Context, userID string) (spent []chat.Spend, err error) {
	err = m.rows.read(ctx, func(db *gorm.DB) error {
		var rows []spendRow
		if err := db.Where(ownedBy(userID)).Find(&rows).Error; err != nil {
			return err
		}
		for _, r := range rows {
			spent = append(spent, r.toDomain())
		}
		return nil
	})
	slices.SortFunc(spent, chat.Spend.Compare)
	return spent, err
}
