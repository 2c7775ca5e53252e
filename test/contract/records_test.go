package contract

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/gormstore"
	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/domain/quota"
	"github.com/adiuva/cloud/ports"
	"github.com/adiuva/cloud/test/harness"
)

const chosen = "018F4E6A-7C1D-7B2E-9A55-0C9D3E1F2A4B" // by a client, in capitals

func TestARecordIsGivenBackAsItWasStored(t *testing.T) {
	t.Parallel()
	h := open(t)
	user := h.join(t, "pro")
	for name, blob := range map[string]string{"nothing": "", "a byte": "\x00", "every byte": everyByte(), "the most": strings.Repeat("0123456789abcdef", 10<<20/16)} {
		a := user.Expect(t, http.StatusCreated, http.MethodPost, "/storage/records", harness.RecordBody("notes", []byte(blob)))
		created := object(t, a)
		assert.EqualValues(t, h.clock.Now().UnixMilli(), created["created_at"], name)
		assert.Equal(t, created["etag"], a.Header.Get("ETag"), name)
		path := "/storage/records/" + text(t, a, "id")
		read := user.Expect(t, http.StatusOK, http.MethodGet, path, nil)
		assert.Equal(t, checksum.Of([]byte(blob)), checksum.Of(read.Body), name)
		assert.Equal(t, strconv.Itoa(len(blob)), read.Header.Get("Content-Length"), name)
		assert.Equal(t, created["etag"], read.Header.Get("ETag"), name)
		head := user.Expect(t, http.StatusOK, http.MethodHead, path, nil)
		for _, header := range []string{"ETag", "X-Checksum", "Content-Length", "Content-Type"} {
			assert.Equal(t, read.Header.Get(header), head.Header.Get(header), "%s: %s", name, header)
		}
	}
	belongings(t, user)
}

func everyByte() string {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	return string(all)
}

func TestCreatingARecordRefuses(t *testing.T) {
	t.Parallel()
	h := open(t)
	user := h.join(t, "pro")
	store(t, user, "notes", "what I have")
	good := harness.RecordBody("notes", []byte("hello"))
	rows := []row{}
	refuse := func(name string, fields map[string]any, status int, code string, at ...string) {
		rows = append(rows, row{name: name, as: user, method: http.MethodPost, path: "/storage/records", body: changed(good, fields), status: status, code: code, at: at})
	}
	for _, table := range []string{"", "Notes", "1a", "_a", "a-b", "a.b", "a/b", "../a", "a b", "a\n", "é", "notes\r\nX-Evil: 1", strings.Repeat("a", 64), canary + "!"} {
		refuse("the table "+table, map[string]any{"table": table}, 422, "validation_failed", "body.table")
	}
	for name, blob := range map[string]string{"without padding": "aGVsbG8", "URL-safe": "-_-_", "with a line break": "aGVs\nbG8=", "with white space": " aGVsbG8=", "padded twice": "aGVsbG8==",
		"with padding in the middle": "aGVs=bG8", "with bits left over": "aGVsbG9=", "as a data URL": "data:;base64,aGVsbG8=", "of no base64": canary + "!!"} {
		refuse("a blob "+name, map[string]any{"blob": blob}, 422, "validation_failed", "body.blob")
	}
	sum := fmt.Sprint(good["checksum"])
	for name, checksum := range map[string]string{"empty": "", "short": sum[:63], "long": sum + "0", "no hexadecimal": strings.Repeat("g", 64), "with a prefix": "sha256:" + sum,
		"in base64": base64.StdEncoding.EncodeToString([]byte(sum[:32])), "with white space": sum[:63] + " ", "with a line break": sum + "\n"} {
		refuse("a checksum "+name, map[string]any{"checksum": checksum}, 422, "validation_failed", "body.checksum")
	}
	refuse("the checksum of other bytes", map[string]any{"checksum": strings.Repeat("0", 64)}, 400, "checksum_mismatch")
	refuse("other bytes", map[string]any{"blob": ""}, 400, "checksum_mismatch")
	for _, id := range []string{"1", "../" + chosen[3:], chosen[:35] + "G", strings.ReplaceAll(chosen, "-", ""), "{" + chosen + "}", "urn:uuid:" + chosen, chosen + "\n"} {
		refuse("the id "+id, map[string]any{"id": id}, 422, "validation_failed", "body.id")
	}
	refuse("all wrong", map[string]any{"table": "T", "blob": "!", "checksum": "x"}, 422, "validation_failed", "body.blob", "body.checksum", "body.table")
	rows = append(rows, row{name: "a byte too many", as: user, method: http.MethodPost, path: "/storage/records", body: harness.RecordBody("notes", make([]byte, 10<<20+1)),
		status: 413, code: "payload_too_large", fields: map[string]any{"limit_bytes": float64(10 << 20)}})
	h.run(t, rows)
}

func TestAClientMayChooseTheIDOfARecordOnce(t *testing.T) {
	t.Parallel()
	h := open(t)
	user, other := h.join(t, "pro"), h.join(t, "pro")
	create := func(name string, as *harness.Client, id, blob string, status int, code string) row {
		return row{name: name, as: as, method: http.MethodPost, path: "/storage/records", body: changed(harness.RecordBody("notes", []byte(blob)), map[string]any{"id": id}), status: status, code: code}
	}
	lower := strings.ToLower(chosen)
	first := create("in capitals", user, chosen, "mine", 201, "")
	first.fields = map[string]any{"id": lower}
	h.run(t, []row{
		first,
		create("taken", user, lower, "mine again", 409, "id_exists"),
		create("taken, in capitals", user, chosen, "mine again", 409, "id_exists"),
		create("taken, the same bytes", user, lower, "mine", 409, "id_exists"),
		create("somebody else has the same", other, lower, "theirs", 201, ""),
	})
	assert.Equal(t, "mine", string(user.Expect(t, http.StatusOK, http.MethodGet, "/storage/records/"+lower, nil).Body))
	assert.Equal(t, "theirs", string(other.Expect(t, http.StatusOK, http.MethodGet, "/storage/records/"+lower, nil).Body))
	user.Expect(t, http.StatusOK, http.MethodDelete, "/storage/records/"+chosen, nil)
	h.run(t, []row{create("free again after a deletion", user, lower, "new", 201, "")})
}

func TestAChecksumInCapitalsIsTheSameAndGivenBackInSmallLetters(t *testing.T) {
	t.Parallel()
	h := open(t)
	user := h.join(t, "pro")
	body := harness.RecordBody("notes", []byte("hello"))
	sum := fmt.Sprint(body["checksum"])
	body["checksum"] = strings.ToUpper(sum)
	id := text(t, user.Expect(t, http.StatusCreated, http.MethodPost, "/storage/records", body), "id")
	assert.Equal(t, sum, user.Expect(t, http.StatusOK, http.MethodGet, "/storage/records/"+id, nil).Header.Get("X-Checksum"))
	belongings(t, user)
}

func TestReplacingARecordLeavesTheOldBytesUnlessItSucceeds(t *testing.T) {
	t.Parallel()
	h := open(t)
	user := h.join(t, "pro")
	id := store(t, user, "notes", "the old bytes")
	path := "/storage/records/" + id
	good := harness.RecordBody("", []byte("new"))
	old := user.Expect(t, http.StatusOK, http.MethodGet, path, nil).Header.Get("ETag")
	put := func(name string, fields map[string]any, status int, code string, headers ...string) row {
		return row{name: name, as: user, method: http.MethodPut, path: path, body: changed(good, fields), status: status, code: code, headers: headers}
	}
	stale := func(name, ifMatch string) row {
		r := put(name, nil, 412, "precondition_failed", "If-Match", ifMatch)
		r.fields, r.header = map[string]any{"etag": old}, map[string]string{"ETag": old}
		return r
	}
	h.run(t, []row{
		put("a wrong checksum", map[string]any{"checksum": strings.Repeat("0", 64)}, 400, "checksum_mismatch"),
		put("no base64", map[string]any{"blob": canary + "!"}, 422, "validation_failed"),
		put("with a table", map[string]any{"table": "notes"}, 422, "validation_failed"),
		put("with an id", map[string]any{"id": id}, 422, "validation_failed"),
		{name: "too large", as: user, method: http.MethodPut, path: path, body: harness.RecordBody("", make([]byte, 10<<20+1)), status: 413, code: "payload_too_large"},
		stale("another version", `"999"`), stale("a weak tag", "W/"+old), stale("a tag without quotes", strings.Trim(old, `"`)), stale("no tag", canary),
	})
	h.clock.Advance(time.Second)
	replaced := put("this version", nil, 200, "", "If-Match", `"999", `+old)
	replaced.fields = map[string]any{"ok": true, "updated_at": float64(h.clock.Now().UnixMilli())}
	replaced.then = func(t *testing.T, a harness.Answer) {
		t.Helper()
		assert.NotEqual(t, old, a.Header.Get("ETag"))
		assert.Equal(t, a.Header.Get("ETag"), text(t, a, "etag"))
		assert.Equal(t, "new", string(user.Expect(t, http.StatusOK, http.MethodGet, path, nil, "If-None-Match", old).Body))
	}
	h.run(t, []row{replaced, put("whatever version", nil, 200, ""), put("any version", nil, 200, "", "If-Match", "*")})
	var list []meta
	user.Expect(t, http.StatusOK, http.MethodGet, "/storage/records", nil).Decode(t, &list)
	require.Len(t, list, 1)
	assert.Equal(t, "notes", list[0].Table)
	assert.Equal(t, list[0].CreatedAt+1000, list[0].UpdatedAt)
}

func TestDeletingARecordIsDoneOnceAndOnlyForTheVersionThatIsMeant(t *testing.T) {
	t.Parallel()
	h := open(t)
	user := h.join(t, "pro")
	store(t, user, "notes", "stays")
	path := "/storage/records/" + store(t, user, "notes", "goes")
	tag := user.Expect(t, http.StatusOK, http.MethodGet, path, nil).Header.Get("ETag")
	remove := func(name string, status int, code string, headers ...string) row {
		return row{name: name, as: user, method: http.MethodDelete, path: path, status: status, code: code, headers: headers}
	}
	h.run(t, []row{
		remove("another version", 412, "precondition_failed", "If-Match", `"999"`),
		remove("a weak tag", 412, "precondition_failed", "If-Match", "W/"+tag),
		remove("this version", 200, "", "If-Match", tag),
		remove("again", 404, "not_found"),
		remove("again, any version", 404, "not_found", "If-Match", "*"),
		{name: "read", as: user, method: http.MethodGet, path: path, status: 404, code: "not_found"},
		{name: "replace", as: user, method: http.MethodPut, path: path, body: harness.RecordBody("", []byte("back")), status: 404, code: "not_found"},
	})
	assert.Len(t, belongings(t, user)["records"], 1)
}

func TestAClientThatHasTheBytesIsNotSentThemAgain(t *testing.T) {
	t.Parallel()
	h := open(t)
	user := h.join(t, "pro")
	path := "/storage/records/" + store(t, user, "notes", "bytes")
	tag := user.Expect(t, http.StatusOK, http.MethodGet, path, nil).Header.Get("ETag")
	for _, header := range []string{tag, "W/" + tag, `"999", ` + tag, "*"} {
		a := user.Expect(t, http.StatusNotModified, http.MethodGet, path, nil, "If-None-Match", header)
		assert.Equal(t, tag, a.Header.Get("ETag"), header)
		assert.Empty(t, a.Body)
	}
	for _, header := range []string{`"999"`, "", strings.Trim(tag, `"`), "W/", `"` + tag} {
		user.Expect(t, http.StatusOK, http.MethodGet, path, nil, "If-None-Match", header)
	}
	user.Expect(t, http.StatusOK, http.MethodPut, path, harness.RecordBody("", []byte("bytes")))
	user.Expect(t, http.StatusOK, http.MethodGet, path, nil, "If-None-Match", tag)
}

func TestAListIsParted(t *testing.T) {
	t.Parallel()
	h := open(t)
	user := h.join(t, "pro")
	want := []string{}
	for i := range 53 {
		table := []string{"notes", "tasks"}[i%2]
		want = append(want, store(t, user, table, strconv.Itoa(i)))
		h.clock.Advance(time.Millisecond)
	}
	for query, c := range map[string]struct{ from, to, step int }{
		"": {0, 50, 1}, "?page=2": {50, 53, 1}, "?page=1&limit=200": {0, 53, 1}, "?limit=1": {0, 1, 1}, "?limit=20&page=3": {40, 53, 1},
		"?page=4&limit=20": {53, 53, 1}, "?page=10000&limit=200": {53, 53, 1}, "?table=notes&limit=3": {0, 6, 2}, "?table=notes&limit=3&page=2": {6, 12, 2}, "?table=nothing": {0, 0, 1},
	} {
		var list []meta
		user.Expect(t, http.StatusOK, http.MethodGet, "/storage/records"+query, nil).Decode(t, &list)
		got, ids := []string{}, []string{}
		for _, m := range list {
			got = append(got, m.ID)
		}
		for i := c.from; i < c.to; i += c.step {
			ids = append(ids, want[i])
		}
		assert.Equal(t, ids, got, query)
	}
	rows := []row{}
	for query, at := range map[string]string{
		"limit=0": "query.limit", "limit=-1": "query.limit", "limit=201": "query.limit", "limit=1e9": "query.limit", "limit=NaN": "query.limit", "limit=": "query.limit",
		"limit=99999999999999999999": "query.limit", "limit=1.5": "query.limit", "limit=0x10": "query.limit", "limit=1&limit=2": "query.limit", "limit=%00": "query.limit",
		"page=0": "query.page", "page=-1": "query.page", "page=10001": "query.page", "page=" + canary: "query.page", "page=2147483648": "query.page",
		"table=": "query.table", "table=Notes": "query.table", "table=a/b": "query.table", "table=%27%3B--": "query.table", "table=" + strings.Repeat("a", 64): "query.table",
		"table=notes&table=tasks": "query.table", "table=%ff": "query.table", "table=" + canary + "%00": "query.table",
	} {
		rows = append(rows, row{name: query, as: user, method: http.MethodGet, path: "/storage/records?" + query, status: 422, code: "validation_failed", at: []string{at}})
	}
	h.run(t, rows)
}

// TestTheLastByteOfTheQuotaCanBeUsedAndNotOneMore counts on a real database, beside the server: nobody wants to send 5 GB.
func TestTheLastByteOfTheQuotaCanBeUsedAndNotOneMore(t *testing.T) {
	t.Parallel()
	settings := harness.Embedded(t)
	settings["DATABASE_URL"] = "sqlite://" + settings["DATA_DIR"] + "/adiuva.db"
	h := openWith(t, settings, nil)
	user := h.join(t, "pro")
	id := text(t, user.Expect(t, http.StatusOK, http.MethodGet, "/auth/me", nil), "id")
	db, closeDB, err := gormstore.Open(t.Context(), settings["DATABASE_URL"], gormstore.Options{})
	require.NoError(t, err)
	t.Cleanup(closeDB)
	h.users = nil // what is counted here is not kept
	err = gormstore.NewStorageWork(db).Do(t.Context(), func(ctx context.Context, tx ports.StorageTx) error {
		return tx.Usage.Add(ctx, id, quota.Records, 5*quota.Gigabyte-10, quota.Unlimited)
	})
	require.NoError(t, err)
	create := func(name string, size, status int, code string, fields map[string]any) row {
		return row{name: name, as: user, method: http.MethodPost, path: "/storage/records", body: harness.RecordBody("notes", make([]byte, size)), status: status, code: code, fields: fields}
	}
	used := func(n float64) map[string]any { return map[string]any{"limit_bytes": 5e9, "used_bytes": n} }
	record := "/storage/records/"
	fits := create("up to the last byte", 10, 201, "", nil)
	fits.then = func(t *testing.T, a harness.Answer) {
		t.Helper()
		record += text(t, a, "id")
	}
	h.run(t, []row{
		create("a byte too many", 11, 413, "quota_exceeded", used(5e9-10)),
		fits,
		create("a byte more", 1, 413, "quota_exceeded", used(5e9)),
		create("nothing more", 0, 201, "", nil),
	})
	put := func(name string, size, status int, code string) row {
		return row{name: name, as: user, method: http.MethodPut, path: record, body: harness.RecordBody("", make([]byte, size)), status: status, code: code}
	}
	h.run(t, []row{
		put("growing by a byte", 11, 413, "quota_exceeded"), put("as large as before", 10, 200, ""), put("smaller", 9, 200, ""),
		create("the byte that came free", 1, 201, "", nil), create("one more", 1, 413, "quota_exceeded", used(5e9)),
	})
	var list []meta
	user.Expect(t, http.StatusOK, http.MethodGet, "/storage/records", nil).Decode(t, &list)
	sizes := []int64{}
	for _, m := range list {
		sizes = append(sizes, m.SizeBytes)
	}
	assert.Equal(t, []int64{9, 0, 1}, sizes, "a refusal left something")
}
