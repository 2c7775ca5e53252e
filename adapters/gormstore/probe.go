package gormstore

import (
	"context"

	"gorm.io/gorm"

	"github.com/adiuva/cloud/ports"
)

var _ ports.Probe = (*Probe)(nil)

// Probe asks the database how it is.
type Probe struct{ rows access }

// NewProbe asks s.
func NewProbe(s *Store) *Probe { return &Probe{access{store: s}} }

// Name implements ports.Probe.
func (p *Probe) Name() string { return "database" }

// Check implements ports.Probe. It reads a table, so that a server without its schema is not called ready.
func (p *Probe) Check(ctx context.Context) error {
	return p.rows.read(ctx, func(db *gorm.DB) error {
		var ids []string
		return db.Model(&userRow{}).Limit(1).Pluck("id", &ids).Error
	})
}
