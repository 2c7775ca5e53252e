package gormstore

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/session"
	"github.com/adiuva/cloud/ports"
)

var _ ports.Tickets = (*Tickets)(nil)

// Tickets open WebSockets.
type Tickets struct{ rows access }

// NewTickets are the tickets of s.
func NewTickets(s *Store) *Tickets { return &Tickets{access{store: s}} }

// ticketRow is a row of tickets.
type ticketRow struct {
	TicketHash string `gorm:"primaryKey"`
	UserID     string
	SessionID  string
	Expires    int64 `gorm:"column:expires_at"`
}

// TableName implements GORM's Tabler.
func (ticketRow) TableName() string { return "tickets" }

// Insert implements ports.Tickets. NotFound if the user has no such session.
func (t *Tickets) Insert(ctx context.Context, h session.Hash, userID, sessionID string, expiresAt time.Time) error {
	return t.rows.write(ctx, func(db *gorm.DB) error {
		row := ticketRow{TicketHash: h.String(), UserID: userID, SessionID: sessionID, Expires: expiresAt.UnixMilli()}
		return dangling(db.Create(&row).Error, noSession())
	})
}

// Redeem implements ports.Tickets. Finding and using it up are one statement.
func (t *Tickets) Redeem(ctx context.Context, h session.Hash, now time.Time) (userID, sessionID string, err error) {
	var used []ticketRow
	err = t.rows.write(ctx, func(db *gorm.DB) error {
		used = nil
		return acrossTenants(db, "a ticket says whose it is").Clauses(clause.Returning{}).Where("ticket_hash = ?", h.String()).
			Where("expires_at > ?", now.UnixMilli()).Delete(&used).Error
	})
	if err != nil {
		return "", "", err
	}
	if len(used) == 0 {
		return "", "", fault.New(fault.Unauthenticated, "This ticket is not valid any more. Ask for a new one.")
	}
	return used[0].UserID, used[0].SessionID, nil
}
