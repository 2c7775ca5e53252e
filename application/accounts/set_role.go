package accounts

import (
	"context"

	"github.com/adiuva/cloud/domain/account"
	"github.com/adiuva/cloud/ports"
)

// SetRole makes somebody a reviewer or an operator, or takes it back. Operators run it from the command line.
type SetRole struct {
	Work  ports.AccountWork
	Clock ports.Clock
}

// SetRoleInput is who becomes what.
type SetRoleInput struct {
	Email string
	Role  string // user, reviewer or operator
}

// SetRoleOutput is what changed.
type SetRoleOutput struct {
	Before, After account.Role
}

// Execute sets the role, which counts from the user's next request on. NotFound if there is no such account.
func (u *SetRole) Execute(ctx context.Context, in SetRoleInput) (SetRoleOutput, error) {
	role, err := account.ParseRole(in.Role)
	if err != nil {
		return SetRoleOutput{}, err
	}
	out := SetRoleOutput{After: role}
	err = change(ctx, u.Work, u.Clock, in.Email, func(user *account.User) { out.Before, user.Role = user.Role, role })
	if err != nil {
		return SetRoleOutput{}, err
	}
	return out, nil
}

// change stores what fn changes in the user with this e-mail.
func change(ctx context.Context, w ports.AccountWork, clock ports.Clock, email string, fn func(*account.User)) error {
	parsed, err := account.ParseEmail(email)
	if err != nil {
		return err
	}
	return w.Do(ctx, func(ctx context.Context, tx ports.AccountTx) error {
		user, err := tx.Users.FindByEmail(ctx, parsed)
		if err != nil {
			return err
		}
		if user.Deleted() {
			return noAccount()
		}
		fn(&user)
		user.UpdatedAt = clock.Now()
		return tx.Users.Update(ctx, user)
	})
}
