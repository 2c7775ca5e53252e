package migrations

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A feed that was written before it was kept by table goes on with every entry; on the way back the last of each record
// stays.
func TestTheFeedKeepsItsEntriesWhenItIsKeptByTable(t *testing.T) {
	t.Parallel()
	const before = 3 // steps
	for _, k := range kinds() {
		t.Run(string(k.dialect), func(t *testing.T) {
			t.Parallel()
			r := k.fresh(t)
			db := r.open(t)
			some := fstest.MapFS{}
			for _, s := range steps(t)[:before] {
				some[s.Name+".sql"] = embeddedFiles(t)[s.Name+".sql"]
			}
			p, err := set{some}.provider(db, r.dialect)
			require.NoError(t, err)
			_, err = p.Up(t.Context())
			require.NoError(t, err)
			exec := func(statement string) {
				t.Helper()
				_, err := db.ExecContext(t.Context(), statement)
				require.NoError(t, err)
			}
			exec(`INSERT INTO users (id, email, email_folded, password_hash, tier, role, created_at, updated_at) VALUES ('ada', 'a@b.c', 'a@b.c', '', 'pro', 'user', 0, 0)`)
			exec(`INSERT INTO changes (user_id, record_id, table_name, seq, deleted, changed_at) VALUES ('ada', 'one', 'notes', 1, FALSE, 5), ('ada', 'two', 'tasks', 2, TRUE, 6)`)
			exec(`INSERT INTO change_counters (user_id, last_seq) VALUES ('ada', 2)`)

			entries := `SELECT record_id || ' ' || table_name || ' ' || CAST(seq AS TEXT) || ' ' || CASE WHEN deleted THEN 'gone' ELSE 'there' END || ' ' || CAST(changed_at AS TEXT) FROM changes ORDER BY seq`
			require.NoError(t, Up(t.Context(), db, r.dialect))
			assert.Equal(t, []string{"one notes 1 there 5", "two tasks 2 gone 6"}, strs(t, db, entries))
			assert.Equal(t, []string{"2 0"}, strs(t, db, `SELECT CAST(last_seq AS TEXT) || ' ' || CAST(pruned_seq AS TEXT) FROM change_counters`))
			exec(`INSERT INTO changes (user_id, record_id, table_name, seq, deleted, changed_at) VALUES ('ada', 'two', 'notes', 3, FALSE, 7)`)

			for range len(steps(t)) - before {
				require.NoError(t, Down(t.Context(), db, r.dialect))
			}
			assert.Equal(t, []string{"one notes 1 there 5", "two notes 3 there 7"}, strs(t, db, entries))
		})
	}
}
