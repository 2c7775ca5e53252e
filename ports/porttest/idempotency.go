package porttest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/idempotency"
	"github.com/adiuva/cloud/ports"
)

// IdempotencyStore is an empty memory beside the users whose requests it remembers.
type IdempotencyStore struct {
	Idempotency ports.Idempotency
	Users       ports.Users
}

// Idempotency checks an adapter of ports.Idempotency.
func Idempotency(t *testing.T, open func(t T) IdempotencyStore) { Run(t, IdempotencyCases(), open) }

// claimOf is an attempt at a request, good for a minute from the epoch on.
func claimOf(t T, key, request string) idempotency.Claim {
	t.Helper()
	k, err := idempotency.ParseKey("header.Idempotency-Key", key)
	require.NoError(t, err)
	return idempotency.Claim{
		Key: k, Digest: checksum.Of([]byte(request)), Attempt: storageID(), At: storageEpoch, Until: storageEpoch.Add(time.Minute),
	}
}

// after is the same request, sent again by another attempt.
func after(c idempotency.Claim, d time.Duration) idempotency.Claim {
	c.Attempt, c.At, c.Until = storageID(), c.At.Add(d), c.Until.Add(d)
	return c
}

func (s IdempotencyStore) owner(t T) string {
	t.Helper()
	return StorageStore{Users: s.Users}.owner(t)
}

// claimed is a claim that was granted.
func (s IdempotencyStore) claimed(t T, userID string, c idempotency.Claim) idempotency.Claim {
	t.Helper()
	begun, err := s.Idempotency.Begin(t.Context(), userID, c)
	require.NoError(t, err)
	require.False(t, begun.Answered)
	return c
}

// assertAnswered checks that who asks again gets this answer.
func (s IdempotencyStore) assertAnswered(t T, userID string, c idempotency.Claim, want string) {
	t.Helper()
	begun, err := s.Idempotency.Begin(t.Context(), userID, c)
	require.NoError(t, err)
	assert.True(t, begun.Answered)
	assert.Equal(t, want, begun.Answer)
}

// assertRefused checks that a claim fails, and says where the mistake is or when to come back.
func (s IdempotencyStore) assertRefused(t T, want fault.Code, userID string, c idempotency.Claim) {
	t.Helper()
	begun, err := s.Idempotency.Begin(t.Context(), userID, c)
	assertCode(t, want, err)
	assert.Equal(t, idempotency.Begun{}, begun)
	switch f := fault.From(err); f.Code {
	case fault.ValidationFailed:
		assert.Equal(t, "header.Idempotency-Key", f.Fields[0].Location)
	case fault.Conflict:
		assert.Positive(t, f.Details["retry_after"])
	default: // says all by its code
	}
}

// IdempotencyCases are the sentences of ports.Idempotency.
func IdempotencyCases() []Case[IdempotencyStore] {
	return append([]Case[IdempotencyStore]{
		{"who asks again gets the first answer, for the lifetime of the key", func(t T, s IdempotencyStore) {
			user := s.owner(t)
			answer := `{"id":"` + strings.Repeat("é", idempotency.MaxAnswerBytes/2-20) + `"}`
			c := s.claimed(t, user, claimOf(t, "key", "request"))
			require.NoError(t, s.Idempotency.Finish(t.Context(), user, c, answer))
			for _, later := range []time.Duration{0, time.Hour, idempotency.Lifetime} {
				s.assertAnswered(t, user, after(c, later), answer)
			}
			begun, err := s.Idempotency.Begin(t.Context(), user, after(c, idempotency.Lifetime+time.Millisecond))
			require.NoError(t, err)
			assert.False(t, begun.Answered, "its time is over")
			assert.NotEqual(t, c.Attempt, begun.First)
		}},
		{"an answer may be empty", func(t T, s IdempotencyStore) {
			user := s.owner(t)
			c := s.claimed(t, user, claimOf(t, "key", "request"))
			require.NoError(t, s.Idempotency.Finish(t.Context(), user, c, ""))
			s.assertAnswered(t, user, after(c, time.Second), "")
		}},
		{"another request under the same key is ValidationFailed, whatever became of the first", func(t T, s IdempotencyStore) {
			user := s.owner(t)
			c := s.claimed(t, user, claimOf(t, "key", "request"))
			other := claimOf(t, "key", "another request")
			s.assertRefused(t, fault.ValidationFailed, user, other)
			s.assertRefused(t, fault.ValidationFailed, user, after(other, time.Hour))
			require.NoError(t, s.Idempotency.Finish(t.Context(), user, c, "done"))
			s.assertRefused(t, fault.ValidationFailed, user, other)
			s.claimed(t, user, after(other, idempotency.Lifetime+time.Millisecond))
		}},
		{"keys are each user's own, and each stands for itself", func(t T, s IdempotencyStore) {
			user, other := s.owner(t), s.owner(t)
			c := s.claimed(t, user, claimOf(t, "key", "request"))
			require.NoError(t, s.Idempotency.Finish(t.Context(), user, c, "mine"))
			theirs := s.claimed(t, other, claimOf(t, "key", "something else"))
			require.NoError(t, s.Idempotency.Finish(t.Context(), other, theirs, "theirs"))
			s.claimed(t, user, claimOf(t, "KEY", "request"))
			s.assertAnswered(t, user, after(c, 0), "mine")
			s.assertAnswered(t, other, after(theirs, 0), "theirs")
		}},
		{"begin for a user who does not exist is NotFound", func(t T, s IdempotencyStore) {
			s.assertRefused(t, fault.NotFound, storageID(), claimOf(t, "key", "request"))
		}},
		{"what a user has asked is forgotten with the user", func(t T, s IdempotencyStore) {
			user := s.owner(t)
			c := s.claimed(t, user, claimOf(t, "key", "request"))
			require.NoError(t, s.Users.Delete(t.Context(), user))
			assertCode(t, fault.Conflict, s.Idempotency.Finish(t.Context(), user, c, "done"))
			n, err := s.Idempotency.DeleteExpired(t.Context(), storageEpoch.Add(100*time.Hour), 10)
			require.NoError(t, err)
			assert.Zero(t, n)
		}},
		{"delete expired forgets what is over, up to its limit, and nothing else", func(t T, s IdempotencyStore) {
			user := s.owner(t)
			for i := range 5 {
				s.claimed(t, user, after(claimOf(t, fmt.Sprint(i), "request"), time.Duration(i)*time.Second))
			}
			end := storageEpoch.Add(idempotency.Lifetime)
			for _, step := range []struct {
				at             time.Time
				limit, deleted int
			}{{end, 10, 0}, {end.Add(2*time.Second + time.Millisecond), 2, 2}, {end.Add(2*time.Second + time.Millisecond), 2, 1}, {end.Add(time.Hour), 10, 2}} {
				n, err := s.Idempotency.DeleteExpired(t.Context(), step.at, step.limit)
				require.NoError(t, err)
				assert.Equal(t, step.deleted, n)
			}
		}},
		{"when the context has ended nothing is claimed or answered", func(t T, s IdempotencyStore) {
			user := s.owner(t)
			c := claimOf(t, "key", "request")
			_, beginErr := s.Idempotency.Begin(cancelled(t), user, c)
			s.claimed(t, user, c)
			_, deleteErr := s.Idempotency.DeleteExpired(cancelled(t), storageEpoch.Add(100*time.Hour), 10)
			for _, err := range []error{
				beginErr, deleteErr, s.Idempotency.Finish(cancelled(t), user, c, "done"), s.Idempotency.Abandon(cancelled(t), user, c),
			} {
				require.ErrorIs(t, err, context.Canceled)
			}
			s.assertRefused(t, fault.Conflict, user, after(c, time.Second))
		}},
	}, idempotencyAttempts()...)
}

func idempotencyAttempts() []Case[IdempotencyStore] {
	return []Case[IdempotencyStore]{
		{"while one attempt is at work another is Conflict and told when to come back", func(t T, s IdempotencyStore) {
			user := s.owner(t)
			c := s.claimed(t, user, claimOf(t, "key", "request"))
			for _, later := range []time.Duration{0, time.Minute - time.Millisecond} {
				s.assertRefused(t, fault.Conflict, user, after(c, later))
			}
			require.NoError(t, s.Idempotency.Finish(t.Context(), user, c, "done"), "and the first goes on")
		}},
		{"an attempt whose time is over is taken over, knows the first, and the first comes too late", func(t T, s IdempotencyStore) {
			user := s.owner(t)
			dead := s.claimed(t, user, claimOf(t, "key", "request"))
			next := after(dead, time.Minute)
			begun, err := s.Idempotency.Begin(t.Context(), user, next)
			require.NoError(t, err)
			assert.Equal(t, idempotency.Begun{First: dead.Attempt}, begun)
			s.assertRefused(t, fault.Conflict, user, after(next, time.Second))
			assertCode(t, fault.Conflict, s.Idempotency.Finish(t.Context(), user, dead, "late"))
			require.NoError(t, s.Idempotency.Abandon(t.Context(), user, dead))
			s.assertRefused(t, fault.Conflict, user, after(next, time.Second))
			require.NoError(t, s.Idempotency.Finish(t.Context(), user, next, "done"))
			s.assertAnswered(t, user, after(next, time.Second), "done")
		}},
		{"after an attempt that gave up the next begins at once, and knows the first", func(t T, s IdempotencyStore) {
			user := s.owner(t)
			c := s.claimed(t, user, claimOf(t, "key", "request"))
			require.NoError(t, s.Idempotency.Abandon(t.Context(), user, c))
			begun, err := s.Idempotency.Begin(t.Context(), user, after(c, 0))
			require.NoError(t, err)
			assert.Equal(t, c.Attempt, begun.First)
			assertCode(t, fault.Conflict, s.Idempotency.Finish(t.Context(), user, c, "late"))
		}},
		{"an answer stays, whoever gives up or answers again", func(t T, s IdempotencyStore) {
			user := s.owner(t)
			c := s.claimed(t, user, claimOf(t, "key", "request"))
			require.NoError(t, s.Idempotency.Finish(t.Context(), user, c, "done"))
			assertCode(t, fault.Conflict, s.Idempotency.Finish(t.Context(), user, c, "other"))
			require.NoError(t, s.Idempotency.Abandon(t.Context(), user, c))
			s.assertAnswered(t, user, after(c, time.Hour), "done")
			unknown := claimOf(t, "unknown", "request")
			require.NoError(t, s.Idempotency.Abandon(t.Context(), user, unknown))
			assertCode(t, fault.Conflict, s.Idempotency.Finish(t.Context(), user, unknown, "done"))
		}},
		{"of many attempts at once one gets the claim, also when they take over", func(t T, s IdempotencyStore) {
			user := s.owner(t)
			const rivals = 8
			base := claimOf(t, "key", "request")
			for _, later := range []time.Duration{0, time.Minute} {
				codes := make([]fault.Code, rivals)
				var group sync.WaitGroup
				for i := range rivals {
					group.Go(func() {
						_, err := s.Idempotency.Begin(t.Context(), user, after(base, later))
						codes[i] = fault.CodeOf(err)
					})
				}
				group.Wait()
				count := map[fault.Code]int{}
				for _, code := range codes {
					count[code]++
				}
				assert.Equal(t, map[fault.Code]int{"": 1, fault.Conflict: rivals - 1}, count)
			}
		}},
	}
}
