package orchestration

import (
	"context"

	"github.com/adiuva/cloud/application/entitlements"
	"github.com/adiuva/cloud/application/orchestration/plans"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/plan"
)

// planned is the answer in Plan mode. A message that this user's classifier was asked about before, with the same things
// around it, costs no call of a model.
func (x *run) planned(ctx context.Context) (Answer, error) {
	c, err := x.classifier()
	if err != nil {
		return Answer{}, err
	}
	question, err := c.Question(x.request, x.covered)
	if err != nil {
		return Answer{}, err
	}
	key, err := x.Planned.Key(x.userID, x.reach, question)
	if err != nil {
		return Answer{}, err
	}
	outline, known := x.Planned.Get(key)
	var cost chat.Reply
	if !known {
		var decided bool
		cost, err = x.within(ctx, func(ctx context.Context) (r chat.Reply, err error) {
			outline, decided, err = x.outline(ctx)
			return chat.Reply{Model: x.spent.lastModel()}, err
		})
		if err != nil {
			return Answer{}, err
		}
		if decided {
			x.Planned.Put(key, outline)
		}
	}
	p := plans.Fill(outline, x.IDs.NewID(), x.request.Message)
	return Answer{Plan: &p, Reply: chat.Reply{Usage: cost.Usage, Model: cost.Model}}, nil
}

// outline is the plan for what the classifier says of the message, and whether it had something to say: a fallback is no
// answer that is worth remembering. TierRequired where a plan would need an agent that the tier does not have: half of what
// was asked for would be worse than nothing.
func (x *run) outline(ctx context.Context) (outline plan.Plan, decided bool, err error) {
	decision, err := x.classify(ctx)
	if err != nil {
		return plan.Plan{}, false, err
	}
	names, missing := split(decision.Agents, x.covered)
	if missing != "" && decision.MayWrite() {
		return plan.Plan{}, false, entitlements.Refusal(offering(missing))
	}
	outline, err = x.Plans.Outline(names, power(decision))
	return outline, err == nil && decision.Model != "", err
}
