package storage

import (
	"context"

	"github.com/adiuva/cloud/application/entitlements"
	"github.com/adiuva/cloud/domain/quota"
	"github.com/adiuva/cloud/ports"
)

// GetUsage tells a user how much they keep and how much they may. It works in every tier.
type GetUsage struct {
	Gate  *entitlements.Gate
	Usage ports.Usage
}

// GetUsageInput is who asks.
type GetUsageInput struct{ UserID string }

// Room is what is used of what there is.
type Room struct {
	UsedBytes int64
	Limit     quota.Limit // 0 where the tier has none, quota.Unlimited where it has no end
}

// GetUsageOutput is the user's room by kind. After a downgrade more may be used than there is.
type GetUsageOutput struct {
	Records Room
	Backups Room
}

// Execute answers the user's room. NotFound if there is no such user.
func (u *GetUsage) Execute(ctx context.Context, in GetUsageInput) (GetUsageOutput, error) {
	limits, err := u.Gate.Limits(ctx, in.UserID)
	if err != nil {
		return GetUsageOutput{}, err
	}
	used, err := u.Usage.Find(ctx, in.UserID)
	if err != nil {
		return GetUsageOutput{}, err
	}
	return GetUsageOutput{
		Records: Room{UsedBytes: used.Bytes(quota.Records), Limit: limits[quota.Records]},
		Backups: Room{UsedBytes: used.Bytes(quota.Backups), Limit: limits[quota.Backups]},
	}, nil
}
