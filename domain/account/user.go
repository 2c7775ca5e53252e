// Package account is who uses the product: e-mail, password policy, role, and how failed logins are slowed down.
//
// It imports the standard library, domain/fault, domain/session and domain/tier. Start at User.
package account

import (
	"slices"
	"time"

	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/tier"
)

// User is an account. Times are UTC with millisecond precision.
type User struct {
	ID           string // UUIDv7
	Email        Email
	PasswordHash string // as the Hasher made it; never leaves the server
	Tier         tier.Tier
	Role         Role
	StripeID     string // customer id at the payment provider, empty until there is one
	CreatedAt    time.Time
	UpdatedAt    time.Time
	DeletedAt    time.Time // when deletion was asked for; zero while the account lives
}

// Deleted reports whether the account is on its way out: nobody can log in to it any more.
func (u User) Deleted() bool { return !u.DeletedAt.IsZero() }

// Role is what a person may do beside using the product. It comes from the database only.
type Role string

// The roles.
const (
	Member   Role = "user"     // uses the product
	Reviewer Role = "reviewer" // reviews plugins
	Operator Role = "operator" // payouts and administration
)

// ParseRole reads the name of a role.
func ParseRole(s string) (Role, error) {
	if r := Role(s); slices.Contains([]Role{Member, Reviewer, Operator}, r) {
		return r, nil
	}
	return "", fault.Invalid("role", "must be one of user, reviewer, operator")
}

// Principal is who is making a request, as the database says at this moment.
type Principal struct {
	UserID    string
	SessionID string
	Tier      tier.Tier
	Role      Role
}
