package accounts

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/memory"
	"github.com/adiuva/cloud/domain/fault"
)

func TestLoggingInOpensASessionOfItsOwn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	first, _ := h.register(email)
	h.clock.Advance(time.Hour)
	tokens, err := h.loginer().Execute(t.Context(), LoginInput{Email: strings.ToUpper(email), Password: password, Device: "phone"})
	require.NoError(t, err)
	second := h.who(tokens)
	assert.Equal(t, first.UserID, second.UserID)
	assert.NotEqual(t, first.SessionID, second.SessionID)
	live := h.sessions(first.UserID)
	require.Len(t, live, 2)
	assert.Equal(t, "phone", live[0].Device)
	assert.Equal(t, h.clock.Now(), live[0].CreatedAt)
}

func TestEveryRefusalOfALoginSaysTheSameAfterTheSameWork(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 100)
	h := newHouse(t)
	who, _ := h.register(email)
	gone, err := h.registerer().Execute(t.Context(), RegisterInput{Email: "gone@example.com", Password: password})
	require.NoError(t, err)
	h.storage = failingStorage{} // so that the account stays on its way out
	_, err = h.deleter().Execute(t.Context(), DeleteAccountInput{UserID: h.who(gone).UserID, Password: password})
	require.NoError(t, err)

	h.hasher.Hasher = memory.NewHasher("2") // hashes are out of date, which only a success may act upon

	var said []string
	for _, in := range []LoginInput{
		{Email: "nobody@example.com", Password: password},
		{Email: email, Password: "wrong horse"},
		{Email: "gone@example.com", Password: password},
		{Email: email, Password: ""},
		{Email: email, Password: password + long},
		{Email: "nobody@example.com", Password: long},
	} {
		hashed, verified := h.hasher.hashed.Load(), h.hasher.verified.Load()
		_, err := h.loginer().Execute(t.Context(), in)
		requireCode(t, fault.InvalidCredentials, err)
		said = append(said, words(err))
		assert.Equal(t, verified+1, h.hasher.verified.Load(), in.Email)
		assert.Equal(t, hashed, h.hasher.hashed.Load(), in.Email)
	}
	for _, s := range said {
		assert.Equal(t, said[0], s)
	}
	assert.Len(t, h.sessions(who.UserID), 1)
}

func TestAnEmailThatIsNoneIsRefusedBeforeAnyWork(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, err := h.loginer().Execute(t.Context(), LoginInput{Email: "ada", Password: password})
	requireCode(t, fault.ValidationFailed, err)
	assert.Zero(t, h.hasher.verified.Load())
}

func TestAHashThatIsOutOfDateIsMadeAgainAtLogin(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who, _ := h.register(email)
	h.hasher.Hasher = memory.NewHasher("2")
	before := h.user(who.UserID)
	_, err := h.login("wrong horse", "")
	requireCode(t, fault.InvalidCredentials, err)
	assert.Equal(t, before, h.user(who.UserID), "a wrong password renews nothing")
	_, err = h.login(password, "")
	require.NoError(t, err)
	after := h.user(who.UserID)
	assert.True(t, strings.HasPrefix(after.PasswordHash, "2$"))
	after.PasswordHash = before.PasswordHash
	assert.Equal(t, before, after)
	_, err = h.login(password, "")
	require.NoError(t, err)
}

func TestALoginThatRacesWithAChangeOfPasswordDoesNotSurviveIt(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who, _ := h.register(email)
	changer := h.changer()
	changer.Passwords = &Passwords{Work: h.work, Hasher: memory.NewHasher("1"), Clock: h.clock}
	h.hasher.before = func() { // while the old password is being checked
		h.hasher.before = nil
		_, err := changer.Execute(t.Context(), ChangePasswordInput{
			UserID: who.UserID, SessionID: who.SessionID, OldPassword: password, NewPassword: "new horse!",
		})
		require.NoError(t, err)
	}
	_, err := h.login(password, "")
	requireCode(t, fault.InvalidCredentials, err)
	assert.Len(t, h.sessions(who.UserID), 1)
}

func TestALoginThatRacesWithTheDeletionOfTheAccountIsRefused(t *testing.T) {
	t.Parallel()
	t.Run("the account is gone", func(t *testing.T) {
		t.Parallel()
		raceWithDeletion(t, newHouse(t))
	})
	t.Run("the account is on its way out", func(t *testing.T) {
		t.Parallel()
		h := newHouse(t)
		h.storage = failingStorage{}
		raceWithDeletion(t, h)
	})
}

func raceWithDeletion(t *testing.T, h *house) {
	t.Helper()
	who, _ := h.register(email)
	deleter := h.deleter()
	deleter.Passwords = &Passwords{Work: h.work, Hasher: memory.NewHasher("1"), Clock: h.clock}
	h.hasher.before = func() {
		h.hasher.before = nil
		_, err := deleter.Execute(t.Context(), DeleteAccountInput{UserID: who.UserID, Password: password})
		require.NoError(t, err)
	}
	_, err := h.login(password, "")
	requireCode(t, fault.InvalidCredentials, err)
	assert.Empty(t, h.sessions(who.UserID))
}
