package orchestration

import (
	"context"

	"github.com/adiuva/cloud/application/entitlements"
	"github.com/adiuva/cloud/application/orchestration/plans"
	"github.com/adiuva/cloud/domain/plan"
)

// ListPlaybooks tells a user which plans are made already.
type ListPlaybooks struct {
	Plans *plans.Library
	Gate  *entitlements.Gate
}

// ListPlaybooksInput is who asks.
type ListPlaybooksInput struct {
	UserID string
}

// Execute lists the playbooks of the user's tier.
func (u *ListPlaybooks) Execute(ctx context.Context, in ListPlaybooksInput) ([]plan.Plan, error) {
	t, err := u.Gate.Users.Tier(ctx, in.UserID)
	if err != nil {
		return nil, err
	}
	return u.Plans.Playbooks(t), nil
}
