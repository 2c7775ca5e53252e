package gormstore

import (
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/adiuva/cloud/domain/fault"
)

// owner is the column that says whose a row is.
const owner = "user_id"

// tenantTables hold rows of users.
func tenantTables() []string {
	return []string{
		"sessions", "refresh_tokens", "tickets", "storage_records", "changes", "change_counters", "storage_usage", "llm_usage",
		"backup_metadata", "vector_items", "vector_garbage",
		"idempotency_keys",
	}
}

// ownedBy is the condition that every statement on a tenant table carries.
func ownedBy(userID string) clause.Expression {
	return clause.Eq{Column: clause.Column{Table: clause.CurrentTable, Name: owner}, Value: userID}
}

const acrossTenantsKey = "gormstore:across_tenants"

// acrossTenants is for the few statements that find out whose a row is, or clean up after everybody. why is for the
// reader.
func acrossTenants(db *gorm.DB, why string) *gorm.DB { return db.Set(acrossTenantsKey, why) }

// installGuard makes GORM refuse, before anything is sent, a statement on a tenant table without ownedBy, an upsert that
// could take another user's row over, and SQL that was not built by GORM and so cannot be judged.
func installGuard(db *gorm.DB) error {
	const name = "gormstore:guard"
	c := db.Callback()
	for _, register := range []func() error{
		func() error { return c.Query().Before("gorm:query").Register(name, guardRows) },
		func() error { return c.Row().Before("gorm:row").Register(name, guardRows) },
		func() error { return c.Update().Before("gorm:update").Register(name, guardRows) },
		func() error { return c.Delete().Before("gorm:delete").Register(name, guardRows) },
		func() error { return c.Create().Before("gorm:create").Register(name, guardUpsert) },
		func() error { return c.Raw().Before("gorm:raw").Register(name, guardRaw) },
	} {
		if err := register(); err != nil {
			return err
		}
	}
	return nil
}

func guardRows(db *gorm.DB) {
	if db.Statement.SQL.Len() > 0 {
		guardRaw(db)
		return
	}
	if isTenant(db) && !isOwned(db.Statement) {
		refuse(db, "a statement on "+db.Statement.Table+" does not say whose rows it means")
	}
}

func guardUpsert(db *gorm.DB) {
	conflict, ok := db.Statement.Clauses["ON CONFLICT"].Expression.(clause.OnConflict)
	if !ok || conflict.DoNothing || !isTenant(db) {
		return
	}
	if !slices.ContainsFunc(conflict.Columns, func(c clause.Column) bool { return c.Name == owner }) {
		refuse(db, "an upsert on "+db.Statement.Table+" could take over another user's row")
	}
}

func guardRaw(db *gorm.DB) { refuse(db, "SQL that was written by hand") }

func isTenant(db *gorm.DB) bool {
	_, exempt := db.Get(acrossTenantsKey)
	return !exempt && slices.Contains(tenantTables(), db.Statement.Table)
}

// isOwned looks for ownedBy among conditions that all have to hold.
func isOwned(stmt *gorm.Statement) bool {
	where, ok := stmt.Clauses["WHERE"].Expression.(clause.Where)
	if !ok {
		return false
	}
	owned := false
	for _, e := range where.Exprs {
		switch e := e.(type) {
		case clause.OrConditions: // then none of them has to hold
			return false
		case clause.Eq:
			column, isColumn := e.Column.(clause.Column)
			_, isID := e.Value.(string)
			owned = owned || isColumn && isID && column.Name == owner && column.Table == clause.CurrentTable
		}
	}
	return owned
}

func refuse(db *gorm.DB, why string) {
	_ = db.AddError(fault.Wrap(guardError(why), fault.Internal, "Something went wrong on our side."))
}

// guardError tells the log what a statement did wrong.
type guardError string

// Error implements error.
func (e guardError) Error() string { return "guard: " + string(e) }
