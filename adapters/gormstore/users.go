package gormstore

import (
	"context"
	"errors"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/adiuva/cloud/domain/account"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/tier"
	"github.com/adiuva/cloud/ports"
)

var _ ports.Users = (*Users)(nil)

// Users are the accounts.
type Users struct{ rows access }

// NewUsers are the accounts of s.
func NewUsers(s *Store) *Users { return &Users{access{store: s}} }

// userRow is a row of users. Fields of times have names of their own, since GORM fills one called UpdatedAt by itself.
type userRow struct {
	ID           string `gorm:"primaryKey"`
	Email        string
	EmailFolded  string
	PasswordHash string
	Tier         string
	Role         string
	StripeID     *string `gorm:"column:stripe_customer_id"`
	Created      int64   `gorm:"column:created_at"`
	Updated      int64   `gorm:"column:updated_at"`
	Deleted      *int64  `gorm:"column:deleted_at"`
}

// TableName implements GORM's Tabler.
func (userRow) TableName() string { return "users" }

func userFromDomain(u account.User) userRow {
	return userRow{
		ID: u.ID, Email: u.Email.String(), EmailFolded: u.Email.Folded(), PasswordHash: u.PasswordHash, Tier: string(u.Tier),
		Role: string(u.Role), StripeID: nullable(u.StripeID), Created: u.CreatedAt.UnixMilli(), Updated: u.UpdatedAt.UnixMilli(),
		Deleted: optional(u.DeletedAt),
	}
}

func (r userRow) toDomain() (account.User, error) {
	email, emailErr := account.ParseEmail(r.Email)
	level, tierErr := tier.Parse(r.Tier)
	role, roleErr := account.ParseRole(r.Role)
	return account.User{
		ID: r.ID, Email: email, PasswordHash: r.PasswordHash, Tier: level, Role: role, StripeID: textOr(r.StripeID),
		CreatedAt: instant(r.Created), UpdatedAt: instant(r.Updated), DeletedAt: instantOr(r.Deleted),
	}, unreadable(errors.Join(emailErr, tierErr, roleErr))
}

// Insert implements ports.Users.
func (u *Users) Insert(ctx context.Context, user account.User) error {
	return u.rows.write(ctx, func(db *gorm.DB) error {
		row := userFromDomain(user)
		// No error of the database for what is to be expected: in a unit of work it would spoil the whole transaction.
		done := db.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "email_folded"}}, DoNothing: true}).Create(&row)
		if done.Error == nil && done.RowsAffected == 0 {
			return fault.New(fault.EmailTaken, "An account with this e-mail exists. Log in instead.")
		}
		return done.Error
	})
}

// Find implements ports.Users.
func (u *Users) Find(ctx context.Context, userID string) (account.User, error) {
	return u.one(ctx, clause.Eq{Column: "id", Value: userID})
}

// FindByEmail implements ports.Users.
func (u *Users) FindByEmail(ctx context.Context, email account.Email) (account.User, error) {
	return u.one(ctx, clause.Eq{Column: "email_folded", Value: email.Folded()})
}

func (u *Users) one(ctx context.Context, which clause.Eq) (user account.User, err error) {
	err = u.rows.read(ctx, func(db *gorm.DB) (err error) {
		var row userRow
		if err := db.Where(which).Take(&row).Error; err != nil {
			return missing(err, noAccount())
		}
		user, err = row.toDomain()
		return err
	})
	return user, err
}

// Update implements ports.Users.
func (u *Users) Update(ctx context.Context, user account.User) error {
	return u.rows.write(ctx, func(db *gorm.DB) error {
		row := userFromDomain(user)
		done := db.Model(&userRow{}).Where("id = ?", row.ID).Updates(map[string]any{
			"password_hash": row.PasswordHash, "tier": row.Tier, "role": row.Role, "stripe_customer_id": row.StripeID,
			"updated_at": row.Updated, "deleted_at": row.Deleted,
		})
		if done.Error == nil && done.RowsAffected == 0 {
			return noAccount()
		}
		return done.Error
	})
}

// Tier implements ports.Users.
func (u *Users) Tier(ctx context.Context, userID string) (level tier.Tier, err error) {
	err = u.rows.read(ctx, func(db *gorm.DB) (err error) {
		var row userRow
		if err := db.Select("tier").Where("id = ?", userID).Where("deleted_at IS NULL").Take(&row).Error; err != nil {
			return missing(err, noAccount())
		}
		level, err = tier.Parse(row.Tier)
		return unreadable(err)
	})
	return level, err
}

// Leaving implements ports.Users.
func (u *Users) Leaving(ctx context.Context, limit int) (ids []string, err error) {
	err = u.rows.read(ctx, func(db *gorm.DB) error {
		return db.Model(&userRow{}).Where("deleted_at IS NOT NULL").Order("deleted_at, id").Limit(limit).Pluck("id", &ids).Error
	})
	return ids, err
}

// Delete implements ports.Users. Sessions, tokens and tickets go by their foreign keys, and a count of nothing is not
// data; whatever else refers to the user stops it.
func (u *Users) Delete(ctx context.Context, userID string) error {
	return u.rows.together(ctx, func(db *gorm.DB) error {
		empty := db.Where(ownedBy(userID)).Where("record_bytes = 0 AND backup_bytes = 0").Delete(&usageRow{})
		if empty.Error != nil {
			return empty.Error
		}
		return dangling(db.Where("id = ?", userID).Delete(&userRow{}).Error,
			fault.New(fault.Conflict, "Data of this account is still stored. Remove it first."))
	})
}

func noAccount() *fault.Error { return fault.New(fault.NotFound, "There is no such account.") }
