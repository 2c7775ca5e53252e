package migrations

import (
	"database/sql"
	"io/fs"
	"path/filepath"
	"testing"
	"testing/fstest"

	_ "github.com/glebarez/go-sqlite"
	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/test/services"
)

// replicas opens one fresh database as often as it is asked to, as processes that start side by side do.
type replicas struct {
	dialect Dialect
	driver  string
	url     string
}

func (r replicas) open(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open(r.driver, r.url)
	require.NoError(t, err)
	if r.dialect == SQLite {
		db.SetMaxOpenConns(1)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// kind is a database that migrations run on.
type kind struct {
	dialect Dialect
	fresh   func(t *testing.T) replicas
}

func kinds() []kind { return []kind{{SQLite, freshSQLite}, {Postgres, freshPostgres}} }

func freshSQLite(t *testing.T) replicas {
	t.Helper()
	r := replicas{SQLite, "sqlite", "file:" + filepath.Join(t.TempDir(), "test.db") +
		"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=foreign_keys(1)&_txlock=immediate"}
	// The store waits for whoever turns a new file to WAL, which SQLite itself does not. Here it is done before anybody else comes.
	require.NoError(t, r.open(t).PingContext(t.Context()))
	return r
}

func freshPostgres(t *testing.T) replicas {
	t.Helper()
	return replicas{Postgres, "pgx", services.DatabaseURL(t)}
}

// embeddedFiles is a copy of the files in the binary.
func embeddedFiles(t *testing.T) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	for _, s := range steps(t) {
		text, err := fs.ReadFile(embedded, s.Name+".sql")
		require.NoError(t, err)
		files[s.Name+".sql"] = &fstest.MapFile{Data: text}
	}
	return files
}

// steps are those of the binary.
func steps(t *testing.T) []Step {
	t.Helper()
	db := freshSQLite(t).open(t)
	all, err := Status(t.Context(), db, SQLite)
	require.NoError(t, err)
	require.NotEmpty(t, all)
	return all
}

func step(up, down string) *fstest.MapFile {
	return &fstest.MapFile{Data: []byte("-- +goose Up\n" + up + "\n-- +goose Down\n" + down + "\n")}
}

func assertStatus(t *testing.T, db *sql.DB, d Dialect, applied bool) {
	t.Helper()
	status, err := Status(t.Context(), db, d)
	require.NoError(t, err)
	require.Len(t, status, len(steps(t)))
	for i, s := range status {
		assert.Equal(t, int64(i+1), s.Version)
		assert.Regexp(t, `^000\d_[a-z_]+$`, s.Name)
		assert.Equal(t, applied, s.Applied)
		assert.Equal(t, applied, !s.At.IsZero())
	}
}

// schema is everything that the steps made, as the database describes it.
func schema(t *testing.T, db *sql.DB, d Dialect) []string {
	t.Helper()
	return strs(t, db, map[Dialect]string{
		SQLite: `SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name NOT IN ('goose_db_version', 'sqlite_sequence')
			UNION ALL SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'goose_db_version' AND sql IS NOT NULL ORDER BY 1`,
		Postgres: `
			SELECT 'column ' || table_name || ' ' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' ||
				coalesce(column_default, '') || ' ' || coalesce(collation_name, '')
				FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'goose_db_version'
			UNION ALL SELECT 'index ' || indexdef FROM pg_indexes
				WHERE schemaname = 'public' AND indexname <> 'goose_db_version_pkey'
			UNION ALL SELECT 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
				FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid <> 'goose_db_version'::regclass
			ORDER BY 1`,
	}[d])
}

func strs(t *testing.T, db *sql.DB, query string) []string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	require.NoError(t, err)
	defer func() { _ = rows.Close() }()
	var all []string
	for rows.Next() {
		var s string
		require.NoError(t, rows.Scan(&s))
		all = append(all, s)
	}
	require.NoError(t, rows.Err())
	return all
}
