package gormstore

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/adiuva/cloud/domain/account"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/idempotency"
	"github.com/adiuva/cloud/domain/quota"
	"github.com/adiuva/cloud/domain/record"
	"github.com/adiuva/cloud/domain/session"
	"github.com/adiuva/cloud/domain/vector"
)

// statements are what a store sent.
type statements struct {
	mu  sync.Mutex
	all map[string][]any // by text
}

func (s *statements) keep(db *gorm.DB) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all[db.Statement.SQL.String()] = append([]any(nil), db.Statement.Vars...)
}

func TestNoStatementReadsAWholeTable(t *testing.T) {
	t.Parallel()
	s := guarded(t)
	seen := &statements{all: map[string][]any{}}
	for _, db := range []*gorm.DB{s.reader, s.writer} {
		c := db.Callback()
		require.NoError(t, errors.Join(
			c.Query().After("gorm:query").Register("test:keep", seen.keep),
			c.Update().After("gorm:update").Register("test:keep", seen.keep),
			c.Delete().After("gorm:delete").Register("test:keep", seen.keep),
		))
	}
	useEverything(t, s)
	require.Greater(t, len(seen.all), 25)
	for text, vars := range seen.all {
		part := "" // of a statement, with a plan of its own that bounds it
		for _, detail := range plan(t, s, text, vars) {
			if _, name, found := strings.Cut(detail, "MATERIALIZE "); found {
				part = name
			}
			scans := strings.HasPrefix(detail, "SCAN ") && !strings.Contains(detail, "USING") && !strings.HasPrefix(detail+" ", "SCAN "+part+" ")
			assert.False(t, scans || strings.Contains(detail, "TEMP B-TREE"), "%s\n%s", text, detail)
		}
	}
}

// plan is how SQLite would run a statement.
func plan(t *testing.T, s *Store, text string, vars []any) []string {
	t.Helper()
	rows, err := s.SQL().QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+text, vars...)
	require.NoError(t, err, text)
	defer func() { _ = rows.Close() }()
	var details []string
	for rows.Next() {
		var id, parent, unused int
		var detail string
		require.NoError(t, rows.Scan(&id, &parent, &unused, &detail))
		details = append(details, detail)
	}
	require.NoError(t, rows.Err())
	require.NotEmpty(t, details)
	return details
}

// useEverything calls each method of each port once, with what they find or do not.
func useEverything(t *testing.T, s *Store) {
	t.Helper()
	ctx, now := t.Context(), time.UnixMilli(1000).UTC()
	email, err := account.ParseEmail("new@example.com")
	require.NoError(t, err)
	tasks, err := record.ParseTable("table", "tasks")
	require.NoError(t, err)
	users, sessions, records, changes := NewUsers(s), NewSessions(s), NewRecords(s), NewChanges(s)
	usage, garbage, attempts := NewUsage(s), NewGarbage(s), NewAttempts(s)
	token := session.Token{ID: "t1", SessionID: "s1", UserID: "u1", CreatedAt: now, ExpiresAt: now.Add(time.Hour)}
	child := token
	child.ID, child.ParentID, child.Hash = "t2", "t1", session.Hash{2}
	claim := idempotency.Claim{Attempt: "a1", At: now, Until: now}
	rival := idempotency.Claim{Attempt: "a2", At: now, Until: now}
	items, points := NewVectorItems(s), NewVectorGarbage(s)
	found := vector.Item{ID: "v1", Place: vector.Place{UserID: "u1", Space: vector.Fingerprints, Dimension: 32}, Point: "p1", CreatedAt: now, UpdatedAt: now}
	dead := []vector.Garbage{{Place: found.Place, PointID: "p1", DueAt: now}}
	meta := record.Meta{ID: "r1", UserID: "u1", Table: tasks, CreatedAt: now, UpdatedAt: now}
	person := account.User{ID: "u1", Email: email, Tier: "free", Role: account.Member, CreatedAt: now, UpdatedAt: now}
	opened := session.Session{ID: "s1", UserID: "u1", CreatedAt: now, LastUsedAt: now, ExpiresAt: now.Add(time.Hour)}
	require.NoError(t, errors.Join(
		users.Insert(ctx, person), users.Update(ctx, person), sessions.Insert(ctx, opened, token), sessions.Rotate(ctx, child),
		NewTickets(s).Insert(ctx, session.Hash{3}, "u1", "s1", now.Add(time.Minute)), attempts.Save(ctx, "key", account.Attempts{}),
		records.Insert(ctx, meta), records.Replace(ctx, meta), usage.Add(ctx, "u1", quota.Backups, 1, 10),
		garbage.Add(ctx, record.Garbage{Key: "k1", DueAt: now}),
	))
	for _, call := range []func() error{
		func() error { _, err := users.Find(ctx, "u1"); return err },
		func() error { _, err := users.FindByEmail(ctx, email); return err },
		func() error { _, err := users.Tier(ctx, "u1"); return err },
		func() error { _, err := users.Leaving(ctx, 10); return err },
		func() error { _, err := sessions.Principal(ctx, "u1", "s1", now); return err },
		func() error { _, err := sessions.FindToken(ctx, child.Hash); return err },
		func() error { _, err := sessions.ActiveToken(ctx, "s1"); return err },
		func() error { _, err := sessions.List(ctx, "u1", now); return err },
		func() error { _, _, err := NewTickets(s).Redeem(ctx, session.Hash{3}, now); return err },
		func() error { _, err := attempts.Find(ctx, "key"); return err },
		func() error { return attempts.Delete(ctx, "key", "other") },
		func() error { _, err := records.Find(ctx, "u1", "r1"); return err },
		func() error { _, err := records.List(ctx, "u1", record.Query{Skip: 1, Limit: 5}); return err },
		func() error { _, err := records.List(ctx, "u1", record.Query{After: "r1", Limit: 5}); return err },
		func() error {
			_, err := records.List(ctx, "u1", record.Query{Table: &tasks, After: "r1", Limit: 5})
			return err
		},
		func() error {
			_, err := changes.Append(ctx, "u1", record.Change{RecordID: "r1", Table: tasks})
			return err
		},
		func() error {
			_, err := changes.Append(ctx, "u1", record.Change{RecordID: "r2", Table: tasks, Deleted: true})
			return err
		},
		func() error { _, err := changes.Since(ctx, "u1", record.FeedQuery{Limit: 5}); return err },
		func() error {
			_, err := changes.Since(ctx, "u1", record.FeedQuery{After: 1, Table: &tasks, Limit: 5})
			return err
		},
		func() error { _, err := changes.Prune(ctx, now, 5); return err },
		func() error { return changes.DeleteAll(ctx, "u1") },
		func() error { _, err := usage.Find(ctx, "u1"); return err },
		func() error { return usage.Add(ctx, "u1", quota.Backups, -1, 10) },
		func() error { _, err := garbage.Claim(ctx, now, 5); return err },
		func() error { return NewMeter(s).Add(ctx, "u1", chat.Spend{Day: "2026-03-01", Model: "m", Calls: 1}) },
		func() error { _, err := NewMeter(s).List(ctx, "u1"); return err },
		func() error { _, err := NewIdempotency(s).Begin(ctx, "u1", claim); return err },
		func() error { _, err := NewIdempotency(s).Begin(ctx, "u1", rival); return err },
		func() error { return NewIdempotency(s).Abandon(ctx, "u1", claim) },
		func() error { return NewIdempotency(s).Finish(ctx, "u1", rival, "done") },
		func() error { _, err := NewIdempotency(s).DeleteExpired(ctx, now.Add(48*time.Hour), 5); return err },
		func() error { return garbage.Forget(ctx, "k1") },
		func() error { return items.Put(ctx, "u1", []vector.Item{found}) },
		func() error { _, err := items.Find(ctx, "u1", []string{"v1", "v2"}); return err },
		func() error { _, err := items.OfPoints(ctx, "u1", []string{"p1", "p2"}); return err },
		func() error { _, err := items.Dimension(ctx, "u1", found.Place.Space); return err },
		func() error { _, err := items.List(ctx, "u1", "a", 5); return err },
		func() error { return points.Add(ctx, dead) },
		func() error { _, err := points.Claim(ctx, now, 5); return err },
		func() error { return points.Forget(ctx, dead) },
		func() error { return points.Add(ctx, dead) },
		func() error { return points.Remove(ctx, "u1", []string{"p1"}) },
		func() error { return items.Delete(ctx, "u1", []string{"v1"}) },
		func() error { return garbage.Add(ctx, record.Garbage{Key: "k1", DueAt: now}) },
		func() error { return garbage.Remove(ctx, "k1") },
		func() error { return records.Delete(ctx, "u1", "r1") },
		func() error { return NewExpired(s).DeleteExpired(ctx, now) },
		func() error { return sessions.EndOthers(ctx, "u1", "s1") },
		func() error { return sessions.End(ctx, "u1", "s1") },
		func() error { return users.Delete(ctx, "u1") },
	} {
		require.NoError(t, call())
	}
}
