package accounts

import (
	"context"

	"github.com/adiuva/cloud/domain/account"
	"github.com/adiuva/cloud/domain/tier"
	"github.com/adiuva/cloud/ports"
)

// SetTier gives somebody another tier without a payment. Operators run it from the command line.
type SetTier struct {
	Work  ports.AccountWork
	Clock ports.Clock
}

// SetTierInput is who gets what.
type SetTierInput struct {
	Email string
	Tier  string // free, pro, power or team
}

// SetTierOutput is what changed.
type SetTierOutput struct {
	Before, After tier.Tier
}

// Execute sets the tier, which counts from the user's next request on. NotFound if there is no such account.
func (u *SetTier) Execute(ctx context.Context, in SetTierInput) (SetTierOutput, error) {
	t, err := tier.Parse(in.Tier)
	if err != nil {
		return SetTierOutput{}, err
	}
	out := SetTierOutput{After: t}
	err = change(ctx, u.Work, u.Clock, in.Email, func(user *account.User) { out.Before, user.Tier = user.Tier, t })
	if err != nil {
		return SetTierOutput{}, err
	}
	return out, nil
}
