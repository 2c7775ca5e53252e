package accounts

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/memory"
	"github.com/adiuva/cloud/domain/account"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/session"
	"github.com/adiuva/cloud/domain/tier"
)

func TestAnAccessTokenIsGoodForAQuarterOfAnHour(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, tokens := h.register(email)
	h.clock.Advance(tokens.ExpiresAt.Sub(h.clock.Now()) - time.Millisecond)
	h.who(tokens)
	h.clock.Advance(time.Millisecond)
	_, err := h.authenticate(tokens.Access)
	requireCode(t, fault.TokenExpired, err)
}

func TestWhatIsNoAccessTokenIsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, tokens := h.register(email)
	for name, token := range map[string]string{"nothing": "", "junk": "x", "a refresh token": tokens.Refresh} {
		_, err := h.authenticate(token)
		require.Equal(t, fault.Unauthenticated, fault.CodeOf(err), name)
	}
}

func TestRoleAndTierCountFromTheNextRequestOn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who, tokens := h.register(email)
	h.clock.Advance(time.Second)
	tierOut, err := (&SetTier{Work: h.work, Clock: h.clock}).Execute(t.Context(), SetTierInput{Email: "ada@example.com", Tier: "power"})
	require.NoError(t, err)
	assert.Equal(t, SetTierOutput{Before: tier.Free, After: tier.Power}, tierOut)
	roleOut, err := (&SetRole{Work: h.work, Clock: h.clock}).Execute(t.Context(), SetRoleInput{Email: email, Role: "reviewer"})
	require.NoError(t, err)
	assert.Equal(t, SetRoleOutput{Before: account.Member, After: account.Reviewer}, roleOut)
	who.Tier, who.Role = tier.Power, account.Reviewer
	assert.Equal(t, who, h.who(tokens))
	assert.Equal(t, h.clock.Now(), h.user(who.UserID).UpdatedAt)
	profile, err := (&GetProfile{Users: h.users}).Execute(t.Context(), GetProfileInput{UserID: who.UserID})
	require.NoError(t, err)
	assert.Equal(t, Profile{
		ID: who.UserID, Email: email, Tier: tier.Power, Role: account.Reviewer, Features: tier.Power.Grants(),
	}, profile)
}

func TestARoleOrTierThatCannotBeSetChangesNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who, _ := h.register(email)
	before := h.user(who.UserID)
	for _, c := range []struct {
		email, role, tier string
		want              fault.Code
	}{
		{email, "admin", "gold", fault.ValidationFailed},
		{email, "", "", fault.ValidationFailed},
		{"nobody@example.com", "reviewer", "pro", fault.NotFound},
		{"nobody", "reviewer", "pro", fault.ValidationFailed},
	} {
		_, err := (&SetRole{Work: h.work, Clock: h.clock}).Execute(t.Context(), SetRoleInput{Email: c.email, Role: c.role})
		requireCode(t, c.want, err)
		_, err = (&SetTier{Work: h.work, Clock: h.clock}).Execute(t.Context(), SetTierInput{Email: c.email, Tier: c.tier})
		requireCode(t, c.want, err)
	}
	assert.Equal(t, before, h.user(who.UserID))
	h.storage = failingStorage{}
	_, err := h.deleter().Execute(t.Context(), DeleteAccountInput{UserID: who.UserID, Password: password})
	require.NoError(t, err)
	_, err = (&SetRole{Work: h.work, Clock: h.clock}).Execute(t.Context(), SetRoleInput{Email: email, Role: "operator"})
	requireCode(t, fault.NotFound, err)
}

func TestLoggingOutEndsThisSessionAndMayBeRepeated(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who, tokens := h.register(email)
	phone, err := h.login(password, "")
	require.NoError(t, err)
	for range 2 {
		_, err = (&Logout{Work: h.work}).Execute(t.Context(), LogoutInput{UserID: who.UserID, SessionID: who.SessionID})
		require.NoError(t, err)
	}
	_, err = h.authenticate(tokens.Access)
	requireCode(t, fault.Unauthenticated, err)
	_, err = h.refresh(tokens.Refresh)
	requireCode(t, fault.Unauthenticated, err)
	h.who(phone)
}

func TestAUserSeesTheirDevicesAndWhichOneAsks(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who, _ := h.register(email)
	h.register("other@example.com")
	h.clock.Advance(time.Minute)
	phone, err := h.login(password, "")
	require.NoError(t, err)
	list := &ListSessions{Sessions: memory.NewSessions(h.store), Clock: h.clock}
	listed, err := list.Execute(t.Context(), ListSessionsInput{UserID: who.UserID, SessionID: who.SessionID})
	require.NoError(t, err)
	live := h.sessions(who.UserID)
	assert.Equal(t, []ListedSession{{live[0], false}, {live[1], true}}, listed)
	assert.Equal(t, h.who(phone).SessionID, listed[0].ID)
	h.clock.Advance(session.IdleLifetime)
	listed, err = list.Execute(t.Context(), ListSessionsInput{UserID: who.UserID})
	require.NoError(t, err)
	assert.Equal(t, []ListedSession{}, listed, "none, not nothing")
}

func TestOnlyOnesOwnSessionsCanBeEnded(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who, tokens := h.register(email)
	other, otherTokens := h.register("other@example.com")
	end := &EndSession{Work: h.work}
	_, err := end.Execute(t.Context(), EndSessionInput{UserID: other.UserID, SessionID: who.SessionID})
	requireCode(t, fault.NotFound, err)
	h.who(tokens)
	_, err = end.Execute(t.Context(), EndSessionInput{UserID: who.UserID, SessionID: who.SessionID})
	require.NoError(t, err)
	_, err = h.authenticate(tokens.Access)
	requireCode(t, fault.Unauthenticated, err)
	_, err = end.Execute(t.Context(), EndSessionInput{UserID: who.UserID, SessionID: who.SessionID})
	requireCode(t, fault.NotFound, err)
	h.who(otherTokens)
}

func TestATicketOpensOneConnectionWithinHalfAMinute(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who, _ := h.register(email)
	issue := &IssueTicket{Work: h.work, IDs: h.ids, Clock: h.clock}
	redeem := &RedeemTicket{Work: h.work, Clock: h.clock}
	in := IssueTicketInput{UserID: who.UserID, SessionID: who.SessionID}
	one, err := issue.Execute(t.Context(), in)
	require.NoError(t, err)
	assert.Equal(t, h.clock.Now().Add(30*time.Second), one.ExpiresAt)
	two, err := issue.Execute(t.Context(), in)
	require.NoError(t, err)
	assert.NotEqual(t, one.Ticket, two.Ticket)

	h.clock.Advance(30*time.Second - time.Millisecond)
	got, err := redeem.Execute(t.Context(), RedeemTicketInput{Ticket: one.Ticket})
	require.NoError(t, err)
	assert.Equal(t, who, got)
	_, err = redeem.Execute(t.Context(), RedeemTicketInput{Ticket: one.Ticket})
	requireCode(t, fault.Unauthenticated, err)
	h.clock.Advance(time.Millisecond)
	_, err = redeem.Execute(t.Context(), RedeemTicketInput{Ticket: two.Ticket})
	requireCode(t, fault.Unauthenticated, err)
	for _, junk := range []string{"", "x", session.NewSecret(session.Seed{7}).Reveal()} {
		_, err = redeem.Execute(t.Context(), RedeemTicketInput{Ticket: junk})
		requireCode(t, fault.Unauthenticated, err)
	}
}

func TestATicketIsNoRefreshTokenAndTheOtherWayRound(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who, tokens := h.register(email)
	ticket, err := (&IssueTicket{Work: h.work, IDs: h.ids, Clock: h.clock}).Execute(t.Context(),
		IssueTicketInput{UserID: who.UserID, SessionID: who.SessionID})
	require.NoError(t, err)
	_, err = h.refresh(ticket.Ticket)
	requireCode(t, fault.Unauthenticated, err)
	_, err = (&RedeemTicket{Work: h.work, Clock: h.clock}).Execute(t.Context(), RedeemTicketInput{Ticket: tokens.Refresh})
	requireCode(t, fault.Unauthenticated, err)
}

func TestASessionThatEndedGetsNoTicketAndItsTicketsEndWithIt(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who, _ := h.register(email)
	issue := &IssueTicket{Work: h.work, IDs: h.ids, Clock: h.clock}
	in := IssueTicketInput{UserID: who.UserID, SessionID: who.SessionID}
	ticket, err := issue.Execute(t.Context(), in)
	require.NoError(t, err)
	_, err = (&Logout{Work: h.work}).Execute(t.Context(), LogoutInput{UserID: who.UserID, SessionID: who.SessionID})
	require.NoError(t, err)
	_, err = (&RedeemTicket{Work: h.work, Clock: h.clock}).Execute(t.Context(), RedeemTicketInput{Ticket: ticket.Ticket})
	requireCode(t, fault.Unauthenticated, err)
	_, err = issue.Execute(t.Context(), in)
	requireCode(t, fault.Unauthenticated, err)
}

func TestCleaningUpRemovesWhatExpiredAndNothingElse(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, old := h.register(email)
	h.clock.Advance(session.IdleLifetime)
	young, err := h.login(password, home)
	require.NoError(t, err)
	_, err = (&CleanUp{Expired: memory.NewExpired(h.store), Clock: h.clock}).Execute(t.Context(), struct{}{})
	require.NoError(t, err)
	secret, ok := session.ParseSecret(old.Refresh)
	require.True(t, ok)
	_, err = memory.NewSessions(h.store).FindToken(t.Context(), secret.Hash())
	requireCode(t, fault.NotFound, err)
	h.who(young)
}
