package gormstore

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"github.com/adiuva/cloud/domain/account"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/session"
	"github.com/adiuva/cloud/domain/tier"
	"github.com/adiuva/cloud/ports"
)

var _ ports.Sessions = (*Sessions)(nil)

// Sessions are the devices that are logged in. Their refresh tokens are in tokens.go.
type Sessions struct{ rows access }

// NewSessions are the sessions of s.
func NewSessions(s *Store) *Sessions { return &Sessions{access{store: s}} }

// sessionRow is a row of sessions.
type sessionRow struct {
	ID       string `gorm:"primaryKey"`
	UserID   string
	Device   string
	Created  int64 `gorm:"column:created_at"`
	LastUsed int64 `gorm:"column:last_used_at"`
	Expires  int64 `gorm:"column:expires_at"`
}

// TableName implements GORM's Tabler.
func (sessionRow) TableName() string { return "sessions" }

func sessionFromDomain(s session.Session) sessionRow {
	return sessionRow{
		ID: s.ID, UserID: s.UserID, Device: s.Device, Created: s.CreatedAt.UnixMilli(), LastUsed: s.LastUsedAt.UnixMilli(),
		Expires: s.ExpiresAt.UnixMilli(),
	}
}

func (r sessionRow) toDomain() (session.Session, error) {
	return session.Session{
		ID: r.ID, UserID: r.UserID, Device: r.Device, CreatedAt: instant(r.Created), LastUsedAt: instant(r.LastUsed),
		ExpiresAt: instant(r.Expires),
	}, nil
}

// Insert implements ports.Sessions. NotFound if the user does not exist.
func (s *Sessions) Insert(ctx context.Context, opened session.Session, first session.Token) error {
	return s.rows.together(ctx, func(db *gorm.DB) error {
		row, token := sessionFromDomain(opened), tokenFromDomain(first)
		if err := db.Create(&row).Error; err != nil {
			return dangling(err, noAccount())
		}
		return dangling(db.Create(&token).Error, noSession())
	})
}

// Principal implements ports.Sessions.
func (s *Sessions) Principal(ctx context.Context, userID, sessionID string, now time.Time) (p account.Principal, err error) {
	err = s.rows.read(ctx, func(db *gorm.DB) error {
		var row struct{ Tier, Role string }
		err := db.Model(&sessionRow{}).Select("users.tier, users.role").Joins("JOIN users ON users.id = sessions.user_id").
			Where(ownedBy(userID)).Where("sessions.id = ?", sessionID).Where("sessions.expires_at > ?", now.UnixMilli()).
			Where("users.deleted_at IS NULL").Take(&row).Error
		if err != nil {
			return missing(err, fault.New(fault.Unauthenticated, "This session has ended. Log in again."))
		}
		level, tierErr := tier.Parse(row.Tier)
		role, roleErr := account.ParseRole(row.Role)
		p = account.Principal{UserID: userID, SessionID: sessionID, Tier: level, Role: role}
		return unreadable(errors.Join(tierErr, roleErr))
	})
	if err != nil {
		return account.Principal{}, err
	}
	return p, nil
}

// List implements ports.Sessions.
func (s *Sessions) List(ctx context.Context, userID string, now time.Time) (list []session.Session, err error) {
	err = s.rows.read(ctx, func(db *gorm.DB) (err error) {
		var rows []sessionRow
		found := db.Where(ownedBy(userID)).Where("expires_at > ?", now.UnixMilli()).Order("last_used_at DESC, id DESC").Find(&rows)
		if found.Error != nil {
			return found.Error
		}
		list, err = domainRows(rows, sessionRow.toDomain)
		return err
	})
	return list, err
}

// End implements ports.Sessions.
func (s *Sessions) End(ctx context.Context, userID, sessionID string) error {
	return s.rows.write(ctx, func(db *gorm.DB) error {
		done := db.Where(ownedBy(userID)).Where("id = ?", sessionID).Delete(&sessionRow{})
		if done.Error == nil && done.RowsAffected == 0 {
			return noSession()
		}
		return done.Error
	})
}

// EndOthers implements ports.Sessions.
func (s *Sessions) EndOthers(ctx context.Context, userID, keepSessionID string) error {
	return s.rows.write(ctx, func(db *gorm.DB) error {
		return db.Where(ownedBy(userID)).Where("id <> ?", keepSessionID).Delete(&sessionRow{}).Error
	})
}

func noSession() *fault.Error { return fault.New(fault.NotFound, "There is no such session.") }
