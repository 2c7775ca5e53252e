package migrations

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestUpDownUpLeavesTheSameSchema(t *testing.T) {
	t.Parallel()
	for _, k := range kinds() {
		t.Run(string(k.dialect), func(t *testing.T) {
			t.Parallel()
			r := k.fresh(t)
			db := r.open(t)
			require.NoError(t, Up(t.Context(), db, r.dialect))
			first := schema(t, db, r.dialect)
			require.Contains(t, strings.Join(first, "\n"), "storage_records")
			require.NoError(t, Check(t.Context(), db, r.dialect))
			assertStatus(t, db, r.dialect, true)

			for range len(steps(t)) {
				require.NoError(t, Down(t.Context(), db, r.dialect))
			}
			assert.Empty(t, schema(t, db, r.dialect), "every step takes back all that it made")
			assertStatus(t, db, r.dialect, false)
			require.NoError(t, Down(t.Context(), db, r.dialect), "there is nothing left to take back")

			require.NoError(t, Up(t.Context(), db, r.dialect))
			assert.Equal(t, first, schema(t, db, r.dialect))
			require.NoError(t, Up(t.Context(), db, r.dialect), "again, with nothing to do")
			assert.Equal(t, first, schema(t, db, r.dialect))
		})
	}
}

func TestBothDialectsHaveTheSameTablesAndColumns(t *testing.T) {
	t.Parallel()
	columns := map[Dialect][]string{}
	for _, r := range []replicas{freshSQLite(t), freshPostgres(t)} {
		db := r.open(t)
		require.NoError(t, Up(t.Context(), db, r.dialect))
		columns[r.dialect] = strs(t, db, map[Dialect]string{
			SQLite: `SELECT m.name || '.' || c.name || ' ' || CASE WHEN c."notnull" OR c.pk THEN 'required' ELSE 'optional' END
				FROM sqlite_master m JOIN pragma_table_info(m.name) c
				WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name <> 'goose_db_version' ORDER BY 1`,
			Postgres: `SELECT (table_name || '.' || column_name || ' ' || CASE is_nullable WHEN 'NO' THEN 'required' ELSE 'optional' END) COLLATE "C"
				FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'goose_db_version' ORDER BY 1`,
		}[r.dialect])
	}
	require.NotEmpty(t, columns[SQLite])
	assert.Equal(t, columns[SQLite], columns[Postgres])
}

func TestReplicasThatStartAtOnceMigrateOnce(t *testing.T) {
	t.Parallel()
	for _, k := range kinds() {
		t.Run(string(k.dialect), func(t *testing.T) {
			t.Parallel()
			r := k.fresh(t)
			const n = 6
			var group sync.WaitGroup
			errs := make([]error, n)
			for i := range n {
				db := r.open(t)
				group.Go(func() { errs[i] = Up(t.Context(), db, r.dialect) })
			}
			group.Wait()
			for _, err := range errs {
				require.NoError(t, err)
			}
			db := r.open(t)
			require.NoError(t, Check(t.Context(), db, r.dialect))
			versions := strs(t, db, `SELECT CAST(version_id AS TEXT) FROM goose_db_version ORDER BY version_id`)
			assert.Len(t, versions, len(steps(t))+1, "each step once, and goose's own zero")
		})
	}
}

func TestReplicasNeverRepeatAStepThatCouldBeRepeated(t *testing.T) {
	t.Parallel()
	for _, k := range kinds() {
		t.Run(string(k.dialect), func(t *testing.T) {
			t.Parallel()
			r := k.fresh(t)
			files := embeddedFiles(t)
			for v := 1000; v < 1010; v++ { // statements that would not fail when they run twice
				files[fmt.Sprintf("%d_count.sql", v)] = step(`UPDATE counter SET n = n + 1;`, `UPDATE counter SET n = n - 1;`)
			}
			files["0999_counter.sql"] = step(`CREATE TABLE counter (n INTEGER); INSERT INTO counter VALUES (0);`, `DROP TABLE counter;`)
			var group sync.WaitGroup
			for range 4 {
				db := r.open(t)
				group.Go(func() { assert.NoError(t, set{files}.up(t.Context(), db, r.dialect)) })
			}
			group.Wait()
			assert.Equal(t, []string{"10"}, strs(t, r.open(t), `SELECT CAST(n AS TEXT) FROM counter`))
		})
	}
}

func TestAStepThatFailsLeavesNothingAndUpGoesOnFromThere(t *testing.T) {
	t.Parallel()
	for _, k := range kinds() {
		t.Run(string(k.dialect), func(t *testing.T) {
			t.Parallel()
			r := k.fresh(t)
			db := r.open(t)
			files := embeddedFiles(t)
			files["1000_torn.sql"] = step(`CREATE TABLE torn (n INTEGER); INSERT INTO nowhere VALUES (1);`, `DROP TABLE torn;`)
			require.Error(t, set{files}.up(t.Context(), db, r.dialect))
			require.NoError(t, Check(t.Context(), db, r.dialect), "the steps before it are there")
			assert.NotContains(t, strings.Join(schema(t, db, r.dialect), "\n"), "torn")

			files["1000_torn.sql"] = step(`CREATE TABLE torn (n INTEGER);`, `DROP TABLE torn;`)
			require.NoError(t, set{files}.up(t.Context(), db, r.dialect))
			assert.Contains(t, strings.Join(schema(t, db, r.dialect), "\n"), "torn")
		})
	}
}

func TestUpGoesOnAfterADeathBetweenTwoSteps(t *testing.T) {
	t.Parallel()
	for _, k := range kinds() {
		t.Run(string(k.dialect), func(t *testing.T) {
			t.Parallel()
			r := k.fresh(t)
			all := embeddedFiles(t)
			for cut := range len(all) {
				db := r.open(t)
				some := fstest.MapFS{}
				for _, s := range steps(t)[:cut+1] {
					some[s.Name+".sql"] = all[s.Name+".sql"]
				}
				p, err := set{some}.provider(db, r.dialect)
				require.NoError(t, err)
				_, err = p.Up(t.Context())
				require.NoError(t, err)
				require.NoError(t, db.Close(), "the process is gone")

				db = r.open(t)
				if cut+1 < len(all) {
					var behind *BehindError
					require.ErrorAs(t, Check(t.Context(), db, r.dialect), &behind)
					assert.Equal(t, BehindError{Database: int64(cut + 1), Binary: int64(len(all))}, *behind)
				}
				require.NoError(t, Up(t.Context(), db, r.dialect))
				require.NoError(t, Check(t.Context(), db, r.dialect))
				for range len(all) {
					require.NoError(t, Down(t.Context(), db, r.dialect))
				}
			}
		})
	}
}

func TestANewerDatabaseIsRefusedAndLeftAlone(t *testing.T) {
	t.Parallel()
	for _, k := range kinds() {
		t.Run(string(k.dialect), func(t *testing.T) {
			t.Parallel()
			r := k.fresh(t)
			db := r.open(t)
			newer := embeddedFiles(t)
			newer["1000_later.sql"] = step(`CREATE TABLE later (n INTEGER);`, `DROP TABLE later;`)
			require.NoError(t, set{newer}.up(t.Context(), db, r.dialect))
			before := schema(t, db, r.dialect)

			for name, act := range map[string]func(context.Context, *sql.DB, Dialect) error{"up": Up, "down": Down, "check": Check} {
				var refused *NewerError
				require.ErrorAs(t, act(t.Context(), db, r.dialect), &refused, name)
				assert.Equal(t, NewerError{Database: 1000, Binary: int64(len(steps(t)))}, *refused)
			}
			assert.Equal(t, before, schema(t, db, r.dialect))
			status, err := Status(t.Context(), db, r.dialect)
			require.NoError(t, err)
			last := status[len(status)-1]
			assert.Equal(t, Step{Version: 1000, Applied: true, At: last.At}, last)
		})
	}
}

func TestAnEmptyDatabaseIsBehindAndAskingChangesNothing(t *testing.T) {
	t.Parallel()
	for _, k := range kinds() {
		t.Run(string(k.dialect), func(t *testing.T) {
			t.Parallel()
			r := k.fresh(t)
			db := r.open(t)
			var behind *BehindError
			require.ErrorAs(t, Check(t.Context(), db, r.dialect), &behind)
			assert.Equal(t, int64(0), behind.Database)
			assertStatus(t, db, r.dialect, false)
			exists, err := appliedSteps(t.Context(), db, r.dialect)
			require.NoError(t, err)
			assert.Empty(t, exists)
			assert.Empty(t, strs(t, db, map[Dialect]string{
				SQLite: `SELECT name FROM sqlite_master`, Postgres: `SELECT tablename FROM pg_tables WHERE schemaname = 'public'`,
			}[r.dialect]))
		})
	}
}

func TestAnotherKindOfDatabaseIsRefused(t *testing.T) {
	t.Parallel()
	db := freshSQLite(t).open(t)
	require.ErrorContains(t, Up(t.Context(), db, "mysql"), `"mysql"`)
}

func TestTheStatementTimeoutOfThePoolDoesNotBindSteps(t *testing.T) {
	t.Parallel()
	r := freshPostgres(t)
	r.url += "&statement_timeout=300"
	db := r.open(t)
	db.SetMaxOpenConns(1)
	files := embeddedFiles(t)
	files["1000_slow.sql"] = step(`SELECT pg_sleep(0.5);`, `SELECT 1;`)
	require.NoError(t, set{files}.up(t.Context(), db, Postgres))
	assert.Equal(t, []string{"300ms"}, strs(t, db, `SHOW statement_timeout`), "and binds what comes after them")
}
