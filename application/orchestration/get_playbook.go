package orchestration

import (
	"context"

	"github.com/adiuva/cloud/application/entitlements"
	"github.com/adiuva/cloud/application/orchestration/plans"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/plan"
)

// GetPlaybook shows one plan that is made already.
type GetPlaybook struct {
	Plans *plans.Library
	Gate  *entitlements.Gate
}

// GetPlaybookInput is who asks for which.
type GetPlaybookInput struct {
	UserID string
	ID     string
}

// Execute is the playbook, or NotFound: also for one of a higher tier, so that an id tells nobody what there is.
func (u *GetPlaybook) Execute(ctx context.Context, in GetPlaybookInput) (plan.Plan, error) {
	t, err := u.Gate.Users.Tier(ctx, in.UserID)
	if err != nil {
		return plan.Plan{}, err
	}
	p, ok := u.Plans.Playbook(t, in.ID)
	if !ok {
		return plan.Plan{}, fault.New(fault.NotFound, "There is no playbook with this id.")
	}
	return p, nil
}
