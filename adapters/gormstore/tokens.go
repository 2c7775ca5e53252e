package gormstore

import (
	"context"
	"encoding/hex"
	"errors"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/session"
)

// tokenRow is a row of refresh_tokens.
type tokenRow struct {
	ID        string `gorm:"primaryKey"`
	UserID    string
	SessionID string
	ParentID  *string
	TokenHash string
	Seed      string
	Created   int64  `gorm:"column:created_at"`
	Expires   int64  `gorm:"column:expires_at"`
	Rotated   *int64 `gorm:"column:rotated_at"`
}

// TableName implements GORM's Tabler.
func (tokenRow) TableName() string { return "refresh_tokens" }

func tokenFromDomain(t session.Token) tokenRow {
	return tokenRow{
		ID: t.ID, UserID: t.UserID, SessionID: t.SessionID, ParentID: nullable(t.ParentID), TokenHash: t.Hash.String(),
		Seed: hex.EncodeToString(t.Seed[:]), Created: t.CreatedAt.UnixMilli(), Expires: t.ExpiresAt.UnixMilli(),
		Rotated: optional(t.RotatedAt),
	}
}

func (r tokenRow) toDomain() (session.Token, error) {
	hash, hashErr := digest(r.TokenHash)
	seed, seedErr := digest(r.Seed)
	return session.Token{
		ID: r.ID, UserID: r.UserID, SessionID: r.SessionID, ParentID: textOr(r.ParentID), Hash: hash, Seed: seed,
		CreatedAt: instant(r.Created), ExpiresAt: instant(r.Expires), RotatedAt: instantOr(r.Rotated),
	}, errors.Join(hashErr, seedErr)
}

// FindToken implements ports.Sessions.
func (s *Sessions) FindToken(ctx context.Context, h session.Hash) (session.Token, error) {
	return s.token(ctx, clause.Eq{Column: "token_hash", Value: h.String()})
}

// ActiveToken implements ports.Sessions.
func (s *Sessions) ActiveToken(ctx context.Context, sessionID string) (session.Token, error) {
	return s.token(ctx, clause.And(clause.Eq{Column: "session_id", Value: sessionID}, clause.Eq{Column: "rotated_at", Value: nil}))
}

func (s *Sessions) token(ctx context.Context, which clause.Expression) (token session.Token, err error) {
	err = s.rows.read(ctx, func(db *gorm.DB) (err error) {
		var row tokenRow
		if err := acrossTenants(db, "a token says whose it is").Where(which).Take(&row).Error; err != nil {
			return missing(err, fault.New(fault.NotFound, "There is no such refresh token."))
		}
		token, err = row.toDomain()
		return err
	})
	return token, err
}

// Rotate implements ports.Sessions. The condition that the parent is still active is part of the statement that ends it,
// so of many callers one finds it so; the unique index on active tokens is the second wall.
func (s *Sessions) Rotate(ctx context.Context, child session.Token) error {
	used := fault.New(fault.Conflict, "This refresh token was used already.")
	return s.rows.together(ctx, func(db *gorm.DB) error {
		row := tokenFromDomain(child)
		parent := db.Model(&tokenRow{}).Where(ownedBy(row.UserID)).Where("id = ? AND session_id = ?", child.ParentID, row.SessionID).
			Where("rotated_at IS NULL").Updates(map[string]any{"rotated_at": row.Created})
		if parent.Error != nil {
			return parent.Error
		}
		if parent.RowsAffected == 0 {
			return used
		}
		if err := db.Create(&row).Error; err != nil {
			return duplicate(err, used)
		}
		return db.Model(&sessionRow{}).Where(ownedBy(row.UserID)).Where("id = ?", row.SessionID).
			Updates(map[string]any{"last_used_at": row.Created, "expires_at": row.Expires}).Error
	})
}
