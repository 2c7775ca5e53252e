package memory

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/adiuva/cloud/domain/account"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/quota"
	"github.com/adiuva/cloud/domain/tier"
	"github.com/adiuva/cloud/ports"
)

var _ ports.Users = (*Users)(nil)

// Users are the accounts in memory.
type Users struct{ rows view }

// NewUsers are the accounts of s.
func NewUsers(s *Store) *Users { return &Users{s} }

// Insert implements ports.Users.
func (u *Users) Insert(ctx context.Context, user account.User) error {
	return u.rows.with(ctx, func(r *rows) error {
		for _, other := range r.users {
			if other.Email.Folded() == user.Email.Folded() {
				return fault.New(fault.EmailTaken, "An account with this e-mail exists. Log in instead.")
			}
		}
		if _, taken := r.users[user.ID]; taken {
			return fault.New(fault.Internal, "Something went wrong on our side.")
		}
		r.users[user.ID] = user
		return nil
	})
}

// Find implements ports.Users.
func (u *Users) Find(ctx context.Context, userID string) (account.User, error) {
	return read(ctx, u.rows, func(r *rows) (account.User, error) { return r.user(userID) })
}

// FindByEmail implements ports.Users.
func (u *Users) FindByEmail(ctx context.Context, email account.Email) (account.User, error) {
	return read(ctx, u.rows, func(r *rows) (account.User, error) {
		for _, user := range r.users {
			if user.Email.Folded() == email.Folded() {
				return user, nil
			}
		}
		return account.User{}, noAccount()
	})
}

// Update implements ports.Users.
func (u *Users) Update(ctx context.Context, user account.User) error {
	return u.rows.with(ctx, func(r *rows) error {
		kept, err := r.user(user.ID)
		if err != nil {
			return err
		}
		kept.PasswordHash, kept.Tier, kept.Role, kept.StripeID = user.PasswordHash, user.Tier, user.Role, user.StripeID
		kept.UpdatedAt, kept.DeletedAt = user.UpdatedAt, user.DeletedAt
		r.users[user.ID] = kept
		return nil
	})
}

// Tier implements ports.Users.
func (u *Users) Tier(ctx context.Context, userID string) (tier.Tier, error) {
	return read(ctx, u.rows, func(r *rows) (tier.Tier, error) {
		user, err := r.user(userID)
		if err != nil {
			return "", err
		}
		if user.Deleted() {
			return "", noAccount()
		}
		return user.Tier, nil
	})
}

// Leaving implements ports.Users.
func (u *Users) Leaving(ctx context.Context, limit int) ([]string, error) {
	return read(ctx, u.rows, func(r *rows) ([]string, error) {
		var leaving []account.User
		for _, user := range r.users {
			if user.Deleted() {
				leaving = append(leaving, user)
			}
		}
		slices.SortFunc(leaving, func(a, b account.User) int {
			return cmp.Or(a.DeletedAt.Compare(b.DeletedAt), cmp.Compare(a.ID, b.ID))
		})
		var ids []string
		for _, user := range leaving[:min(limit, len(leaving))] {
			ids = append(ids, user.ID)
		}
		return ids, nil
	})
}

// Delete implements ports.Users.
func (u *Users) Delete(ctx context.Context, userID string) error {
	return u.rows.with(ctx, func(r *rows) error {
		if r.storesFor(userID) {
			return fault.New(fault.Conflict, "Data of this account is still stored. Remove it first.")
		}
		for id, s := range r.sessions {
			if s.UserID == userID {
				r.endSession(id)
			}
		}
		delete(r.usage, userID)
		maps.DeleteFunc(r.requests, func(k ownKey, _ request) bool { return k.user == userID })
		maps.DeleteFunc(r.spent, func(k spentKey, _ chat.Spend) bool { return k.userID == userID })
		delete(r.users, userID)
		return nil
	})
}

// read answers a question from the rows.
func read[A any](ctx context.Context, v view, fn func(*rows) (A, error)) (A, error) {
	var answer A
	err := v.with(ctx, func(r *rows) (err error) {
		answer, err = fn(r)
		return err
	})
	return answer, err
}

// user is the row of a user who exists.
func (r *rows) user(userID string) (account.User, error) {
	user, ok := r.users[userID]
	if !ok {
		return account.User{}, noAccount()
	}
	return user, nil
}

// storesFor reports whether stored data refers to the user: what a database's foreign keys would say. Usage of nothing
// is not data.
func (r *rows) storesFor(userID string) bool {
	for _, m := range r.records {
		if m.UserID == userID {
			return true
		}
	}
	for own := range r.backups {
		if own.user == userID {
			return true
		}
	}
	_, counted := r.seqs[userID]
	return counted || len(r.changes[userID]) > 0 || r.usage[userID] != quota.Usage{}
}

func noAccount() error { return fault.New(fault.NotFound, "There is no such account.") }
