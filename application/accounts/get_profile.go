package accounts

import (
	"context"

	"github.com/adiuva/cloud/domain/account"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/tier"
	"github.com/adiuva/cloud/ports"
)

// GetProfile shows users themselves.
type GetProfile struct {
	Users ports.Users
}

// GetProfileInput is who asks.
type GetProfileInput struct {
	UserID string
}

// Profile is what users see of themselves.
type Profile struct {
	ID       string
	Email    string // as it was typed
	Tier     tier.Tier
	Role     account.Role
	Features []tier.Grant // what the tier has, in the order of the price list
}

// Execute answers the profile. NotFound if there is no such user, or they are on their way out.
func (u *GetProfile) Execute(ctx context.Context, in GetProfileInput) (Profile, error) {
	user, err := u.Users.Find(ctx, in.UserID)
	if err != nil {
		return Profile{}, err
	}
	if user.Deleted() {
		return Profile{}, noAccount()
	}
	return Profile{ID: user.ID, Email: user.Email.String(), Tier: user.Tier, Role: user.Role, Features: user.Tier.Grants()}, nil
}

func noAccount() error { return fault.New(fault.NotFound, "There is no such account.") }
