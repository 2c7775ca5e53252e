package accounts

import (
	"context"
	"iter"
	"time"

	"github.com/adiuva/cloud/domain/account"
	"github.com/adiuva/cloud/domain/backup"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/quota"
	"github.com/adiuva/cloud/domain/record"
	"github.com/adiuva/cloud/domain/session"
	"github.com/adiuva/cloud/domain/tier"
	"github.com/adiuva/cloud/domain/vector"
	"github.com/adiuva/cloud/ports"
)

// ExportAccount gives users everything that the server holds about them, except the bytes of records and backups, which
// they can read by id.
type ExportAccount struct {
	Users    ports.Users
	Sessions ports.Sessions
	Usage    ports.Usage
	Meter    ports.Meter
	Records  ports.Records
	Backups  ports.Backups
	Vectors  ports.VectorItems
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
	Spent     []chat.Spend // on language models, the newest day first
	// Records reads page by page while it is ranged over, in order of creation, each record once. An error ends it.
	// Writes that happen meanwhile may or may not be in it. It is good as long as the context of Execute.
	Records iter.Seq2[record.Meta, error]
	Backups iter.Seq2[backup.Meta, error] // as Records, the newest first
	Vectors iter.Seq2[vector.Item, error] // as Records, by id, without their blobs
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
	spent, err := u.Meter.List(ctx, user.ID)
	if err != nil {
		return Export{}, err
	}
	return Export{
		ID: user.ID, Email: user.Email.String(), Tier: user.Tier, Role: user.Role, CreatedAt: user.CreatedAt,
		UpdatedAt: user.UpdatedAt, Sessions: sessions, Usage: usage, Spent: spent, Records: paged(func(after string) ([]record.Meta, error) {
			return u.Records.List(ctx, user.ID, record.Query{After: after, Limit: record.MaxLimit})
		}, func(m record.Meta) string { return m.ID }),
		Backups: paged(func(after string) ([]backup.Meta, error) {
			return u.Backups.List(ctx, user.ID, backup.Query{After: after, Limit: record.MaxLimit})
		}, func(m backup.Meta) string { return m.ID }),
		Vectors: paged(func(after string) ([]vector.Item, error) {
			return u.Vectors.List(ctx, user.ID, after, vector.MaxListed)
		}, func(item vector.Item) string { return item.ID }),
	}, nil
}

// paged reads what comes after an id, from the start on, and holds one page at a time.
func paged[M any](after func(id string) ([]M, error), id func(M) string) iter.Seq2[M, error] {
	return func(yield func(M, error) bool) {
		var page []M
		for {
			next, err := following(page, after, id)
			if err != nil {
				var none M
				yield(none, err)
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

// following is the page after page. Its last row may have been deleted since it was read: then it goes on from the last
// that is still there, which nothing that was given comes after.
func following[M any](page []M, after func(id string) ([]M, error), id func(M) string) ([]M, error) {
	from := ""
	for last := len(page) - 1; ; last-- {
		if last >= 0 {
			from = id(page[last])
		}
		next, err := after(from)
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
