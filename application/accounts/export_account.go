package accounts

import (
	"context"
	"iter"
	"time"

	"github.com/adiuva/cloud/domain/account"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/quota"
	"github.com/adiuva/cloud/domain/record"
	"github.com/adiuva/cloud/domain/session"
	"github.com/adiuva/cloud/domain/tier"
	"github.com/adiuva/cloud/ports"
)

// ExportAccount gives users everything that the server holds about them, except the blobs themselves, which they can
// read by id.
type ExportAccount struct {
	Users    ports.Users
	Sessions ports.Sessions
	Usage    ports.Usage
	Records  ports.Records
	Clock    ports.Clock
}

// ExportAccountInput is who asks.
type ExportAccountInput struct {
	UserID string
}

// Export is what the server holds about a user.
type Export struct {
	ID        string
	Email     string // as it was typed
	Tier      tier.Tier
	Role      account.Role
	CreatedAt time.Time
	UpdatedAt time.Time
	Sessions  []session.Session
	Usage     quota.Usage
	// Records reads page by page while it is ranged over, in order of creation, each record once. An error ends it.
	// Writes that happen meanwhile may or may not be in it. It is good as long as the context of Execute.
	Records iter.Seq2[record.Meta, error]
}

// Execute answers the export. NotFound if there is no such user, or they are on their way out.
func (u *ExportAccount) Execute(ctx context.Context, in ExportAccountInput) (Export, error) {
	user, err := u.Users.Find(ctx, in.UserID)
	if err != nil {
		return Export{}, err
	}
	if user.Deleted() {
		return Export{}, noAccount()
	}
	sessions, err := u.Sessions.List(ctx, user.ID, u.Clock.Now())
	if err != nil {
		return Export{}, err
	}
	usage, err := u.Usage.Find(ctx, user.ID)
	if err != nil {
		return Export{}, err
	}
	return Export{
		ID: user.ID, Email: user.Email.String(), Tier: user.Tier, Role: user.Role, CreatedAt: user.CreatedAt,
		UpdatedAt: user.UpdatedAt, Sessions: sessions, Usage: usage, Records: u.records(ctx, user.ID),
	}, nil
}

// records holds one page at a time.
func (u *ExportAccount) records(ctx context.Context, userID string) iter.Seq2[record.Meta, error] {
	return func(yield func(record.Meta, error) bool) {
		var page []record.Meta
		for {
			next, err := u.after(ctx, userID, page)
			if err != nil {
				yield(record.Meta{}, err)
				return
			}
			for _, m := range next {
				if !yield(m, nil) {
					return
				}
			}
			if len(next) == 0 {
				return
			}
			page = next
		}
	}
}

// after is the page that follows. The last record may have been deleted since it was read: then it goes on from the last
// that is still there, which nothing that was given comes after.
func (u *ExportAccount) after(ctx context.Context, userID string, page []record.Meta) ([]record.Meta, error) {
	query := record.Query{Limit: record.MaxLimit}
	for last := len(page) - 1; ; last-- {
		if last >= 0 {
			query.After = page[last].ID
		}
		next, err := u.Records.List(ctx, userID, query)
		switch {
		case err == nil:
			return next, nil
		case last < 0 || !fault.Is(err, fault.NotFound):
			return nil, err
		case last == 0:
			return nil, fault.Wrap(err, fault.Conflict, "Your data was deleted while it was exported. Export it again.")
		}
	}
}
