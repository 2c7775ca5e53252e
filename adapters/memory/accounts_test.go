package memory_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/memory"
	"github.com/adiuva/cloud/domain/account"
	"github.com/adiuva/cloud/domain/session"
	"github.com/adiuva/cloud/domain/tier"
	"github.com/adiuva/cloud/ports"
	"github.com/adiuva/cloud/ports/porttest"
)

func openAccounts(porttest.T) porttest.AccountStore {
	s := memory.NewStore()
	return porttest.AccountStore{
		Work: memory.NewAccountWork(s), Users: memory.NewUsers(s), Sessions: memory.NewSessions(s), Tickets: memory.NewTickets(s),
		Attempts: memory.NewAttempts(s), Expired: memory.NewExpired(s), Storage: memory.NewStorageWork(s),
	}
}

func TestUsersKeepTheirContract(t *testing.T)    { porttest.Users(t, openAccounts) }
func TestSessionsKeepTheirContract(t *testing.T) { porttest.Sessions(t, openAccounts) }
func TestTicketsKeepTheirContract(t *testing.T)  { porttest.Tickets(t, openAccounts) }
func TestAttemptsKeepTheirContract(t *testing.T) { porttest.Attempts(t, openAccounts) }
func TestExpiredKeepsItsContract(t *testing.T)   { porttest.Expired(t, openAccounts) }
func TestAccountWorkKeepsItsContract(t *testing.T) {
	porttest.AccountWork(t, openAccounts)
}

// The adapters below are each wrong in one way: they show that the suites can fail.

type leavingUsersHaveATier struct{ ports.Users }

func (u leavingUsersHaveATier) Tier(ctx context.Context, id string) (tier.Tier, error) {
	found, err := u.Find(ctx, id)
	return found.Tier, err
}

type updatesForgetDeletion struct{ ports.Users }

func (u updatesForgetDeletion) Update(ctx context.Context, user account.User) error {
	user.DeletedAt = time.Time{}
	return u.Users.Update(ctx, user)
}

type deletesLeaveSessions struct{ ports.Users }

func (u deletesLeaveSessions) Delete(context.Context, string) error { return nil }

type foreignSessionsEnd struct {
	ports.Sessions
	owner func(sessionID string) string
}

func (s foreignSessionsEnd) End(ctx context.Context, _, id string) error {
	return s.Sessions.End(ctx, s.owner(id), id)
}

type foreignPrincipals struct{ ports.Sessions }

func (s foreignPrincipals) Principal(ctx context.Context, userID, id string, now time.Time) (account.Principal, error) {
	t, err := s.ActiveToken(ctx, id)
	if err != nil {
		return s.Sessions.Principal(ctx, userID, id, now)
	}
	return s.Sessions.Principal(ctx, t.UserID, id, now)
}

type rotatesTwice struct{ ports.Sessions }

func (s rotatesTwice) Rotate(ctx context.Context, child session.Token) error {
	_ = s.Sessions.Rotate(ctx, child)
	return nil
}

type ticketsWithoutEnd struct{ ports.Tickets }

func (t ticketsWithoutEnd) Redeem(ctx context.Context, h session.Hash, _ time.Time) (string, string, error) {
	return t.Tickets.Redeem(ctx, h, time.Time{})
}

type countsForOneKey struct{ ports.Attempts }

func (a countsForOneKey) Save(ctx context.Context, _ string, counted account.Attempts) error {
	return a.Attempts.Save(ctx, "a", counted)
}

type nothingExpires struct{}

func (nothingExpires) DeleteExpired(ctx context.Context, _ time.Time) error { return ctx.Err() }

// noRollback runs a unit on the live rows.
type noRollback struct{ porttest.AccountStore }

func (w noRollback) Do(ctx context.Context, fn func(context.Context, ports.AccountTx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return fn(ctx, ports.AccountTx{Users: w.Users, Sessions: w.Sessions, Tickets: w.Tickets, Attempts: w.Attempts})
}

func TestTheSuitesOfAccountsCanFail(t *testing.T) {
	t.Parallel()
	cases := []struct {
		suite []porttest.Case[porttest.AccountStore]
		wrong func(*porttest.AccountStore)
		fails string
	}{
		{porttest.UsersCases, func(s *porttest.AccountStore) { s.Users = leavingUsersHaveATier{s.Users} },
			"the tier is the user's own, and gone when they leave"},
		{porttest.UsersCases, func(s *porttest.AccountStore) { s.Users = updatesForgetDeletion{s.Users} },
			"an update changes what may change and nothing else"},
		{porttest.UsersCases, func(s *porttest.AccountStore) { s.Users = deletesLeaveSessions{s.Users} },
			"a user cannot be deleted while bytes are counted for them"},
		{porttest.SessionsCases, func(s *porttest.AccountStore) {
			inner := s.Sessions
			s.Sessions = foreignSessionsEnd{inner, func(id string) string {
				owner, _ := inner.ActiveToken(context.Background(), id)
				return owner.UserID
			}}
		}, "a session that is not there or somebody else's cannot be ended"},
		{porttest.SessionsCases, func(s *porttest.AccountStore) { s.Sessions = foreignPrincipals{s.Sessions} },
			"a session that is unknown, somebody else's, expired, or of a user who leaves has no principal"},
		{porttest.SessionsCases, func(s *porttest.AccountStore) { s.Sessions = rotatesTwice{s.Sessions} },
			"of many who rotate one parent at once one succeeds"},
		{porttest.TicketsCases, func(s *porttest.AccountStore) { s.Tickets = ticketsWithoutEnd{s.Tickets} },
			"a ticket that is unknown or has expired is refused"},
		{porttest.AttemptsCases, func(s *porttest.AccountStore) { s.Attempts = countsForOneKey{s.Attempts} },
			"what is saved replaces what was counted, for this key only"},
		{porttest.ExpiredCases, func(s *porttest.AccountStore) { s.Expired = nothingExpires{} },
			"attempts older than AttemptsKept before now are forgotten, others stay"},
		{porttest.AccountWorkCases, func(s *porttest.AccountStore) { s.Work = noRollback{*s} },
			"an error leaves nothing behind and is passed on"},
	}
	for _, c := range cases {
		t.Run(c.fails, func(t *testing.T) {
			t.Parallel()
			failed := porttest.Failing(c.suite, func(t porttest.T) porttest.AccountStore {
				s := openAccounts(t)
				c.wrong(&s)
				return s
			})
			require.Contains(t, failed, c.fails)
			require.Less(t, len(failed), len(c.suite), "a suite that fails as a whole proves nothing")
		})
	}
}
