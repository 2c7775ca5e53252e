package contract

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/test/harness"
)

// uploads reports that the body of a request is bytes.
func (e example) uploads() bool { return e.operation == "storeBackup" }

func (e example) headers() []string {
	if e.uploads() {
		return harness.BackupHeaders([]byte("a backup"))
	}
	return nil
}

// backUp keeps a backup of these bytes and answers its id.
func backUp(t *testing.T, user *harness.Client, content string) string {
	t.Helper()
	return text(t, user.Expect(t, http.StatusOK, http.MethodPut, "/backup", []byte(content), harness.BackupHeaders([]byte(content))...), "id")
}

// backupMeta is BackupMetadata of the contract.
type backupMeta struct {
	ID         string `json:"id"`
	Version    string `json:"version"`
	Timestamp  int64  `json:"timestamp"`
	Checksum   string `json:"checksum"`
	ChunkCount int64  `json:"chunk_count"`
	SizeBytes  int64  `json:"size_bytes"`
	CreatedAt  int64  `json:"created_at"`
}

func history(t *testing.T, user *harness.Client, query string) []backupMeta {
	t.Helper()
	var list []backupMeta
	user.Expect(t, http.StatusOK, http.MethodGet, "/backup/history"+query, nil).Decode(t, &list)
	return list
}

func TestABackupIsGivenBackAsItWasStored(t *testing.T) {
	t.Parallel()
	h := open(t)
	user := h.join(t, "pro")
	const chunk = 4 << 20
	before := h.clock.Now()
	for i, size := range []int{0, 1, chunk - 1, chunk, chunk + 1, 2*chunk + 12345} {
		content := bytes.Repeat([]byte(fmt.Sprintf("%07d", size)), size/7+1)[:size]
		var body any = content
		if i%2 == 1 {
			body = struct{ io.Reader }{bytes.NewReader(content)} // of a length that is not declared
		}
		headers := append(harness.BackupHeaders(content), "X-Backup-Version", "v"+strconv.Itoa(i)+" (beta)", "X-Backup-Timestamp", strconv.Itoa(i), "X-Backup-Checksum",
			strings.ToUpper(checksum.Of(content).String()))
		a := user.Expect(t, http.StatusOK, http.MethodPut, "/backup", body, headers...)
		want := backupMeta{ID: text(t, a, "id"), Version: "v" + strconv.Itoa(i) + " (beta)", Timestamp: int64(i), Checksum: checksum.Of(content).String(),
			ChunkCount: int64((size + chunk - 1) / chunk), SizeBytes: int64(size), CreatedAt: int64(object(t, a)["created_at"].(float64))}
		assert.Equal(t, true, object(t, a)["ok"])
		for _, path := range []string{"/backup", "/backup/" + want.ID} {
			read := user.Expect(t, http.StatusOK, http.MethodGet, path, nil)
			assert.True(t, bytes.Equal(content, read.Body), "%d: other bytes", size)
			head := user.Expect(t, http.StatusOK, http.MethodHead, path, nil, "Range", "bytes=0-0")
			for name, value := range map[string]string{
				"Content-Length": strconv.Itoa(size), "Content-Type": "application/octet-stream", "ETag": `"` + want.ID + `"`, "X-Checksum": want.Checksum,
				"X-Backup-Checksum": want.Checksum, "X-Backup-Version": want.Version, "X-Backup-Timestamp": strconv.Itoa(i), "Accept-Ranges": "bytes",
				"Last-Modified": time.UnixMilli(want.CreatedAt).UTC().Format(http.TimeFormat), "Cache-Control": "private, no-cache", "Content-Range": "",
			} {
				assert.Equal(t, value, read.Header.Get(name), "%d: %s", size, name)
				assert.Equal(t, value, head.Header.Get(name), "HEAD, %d: %s", size, name)
			}
		}
		assert.Equal(t, a.Header.Get("ETag"), `"`+want.ID+`"`)
		list := history(t, user, "")
		require.Len(t, list, i+1)
		assert.Equal(t, want, list[0], "the newest first")
		assert.GreaterOrEqual(t, list[0].CreatedAt, before.UnixMilli())
	}
	assert.Equal(t, history(t, user, "")[2:4], history(t, user, "?page=2&limit=2"))
	usage := object(t, user.Expect(t, http.StatusOK, http.MethodGet, "/storage/usage", nil))
	var sum int64
	for _, m := range history(t, user, "") {
		sum += m.SizeBytes
	}
	assert.Equal(t, map[string]any{"used_bytes": float64(sum), "limit_bytes": 5e9}, usage["backups"])
}

func TestStoringABackupRefuses(t *testing.T) {
	t.Parallel()
	h := open(t)
	user, free := h.join(t, "pro"), h.join(t, "free")
	backUp(t, user, "what I have")
	good := []byte("hello")
	refuse := func(name string, status int, code string, headers ...string) row {
		return row{name: name, as: user, method: http.MethodPut, path: "/backup", body: good, headers: append(harness.BackupHeaders(good), headers...), status: status, code: code}
	}
	rows := []row{
		refuse("the checksum of other bytes", 400, "checksum_mismatch", "X-Backup-Checksum", strings.Repeat("0", 64)),
		refuse("as JSON", 415, "unsupported_media_type", "Content-Type", "application/json"),
		refuse("as a form", 415, "unsupported_media_type", "Content-Type", "multipart/form-data; boundary=x"),
		refuse("as no type", 415, "unsupported_media_type", "Content-Type", canary),
		refuse("zipped", 415, "unsupported_media_type", "Content-Encoding", "gzip"),
	}
	invalid := func(name, header, value string) {
		r := refuse(name, 422, "validation_failed", header, value)
		r.at = []string{"header." + header}
		rows = append(rows, r)
	}
	for _, v := range []string{"", strings.Repeat("1", 65), "v\u00e9" + canary, "1\t2", canary + strings.Repeat("x", 60)} {
		invalid("the version "+v, "X-Backup-Version", v)
	}
	for _, v := range []string{"", "-1", "+1", "1.5", "1e9", "01", canary, "253402300800000", "99999999999999999999", "2026-01-01T00:00:00Z", "0x10"} {
		invalid("the timestamp "+v, "X-Backup-Timestamp", v)
	}
	sum := checksum.Of(good).String()
	for _, v := range []string{"", sum[:63], sum + "0", "sha256:" + sum, strings.Repeat("g", 64), canary} {
		invalid("the checksum "+v, "X-Backup-Checksum", v)
	}
	tooEarly := refuse("by a free user", 403, "tier_required")
	tooEarly.as, tooEarly.fields = free, map[string]any{"required_tier": "pro"}
	nothing := refuse("with nothing in it, which has another checksum", 400, "checksum_mismatch")
	nothing.body = []byte{}
	h.run(t, append(rows, tooEarly, nothing))
	assert.Len(t, history(t, user, ""), 1)
}

func TestABackupNeedsNoContentTypeAndMayBeSentTwice(t *testing.T) {
	t.Parallel()
	h := open(t)
	user := h.join(t, "pro")
	content := []byte("the same")
	for range 2 {
		user.Expect(t, http.StatusOK, http.MethodPut, "/backup", content, append(harness.BackupHeaders(content), "Content-Type", "")...)
	}
	list := history(t, user, "")
	require.Len(t, list, 2)
	assert.NotEqual(t, list[0].ID, list[1].ID)
	assert.Greater(t, list[0].CreatedAt/1000, list[1].CreatedAt/1000, "no two share a second: dates of HTTP could not tell them apart")
	user.Expect(t, http.StatusOK, http.MethodDelete, "/backup/"+list[0].ID, nil)
	assert.Equal(t, list[1:], history(t, user, ""))
	assert.Equal(t, content, user.Expect(t, http.StatusOK, http.MethodGet, "/backup", nil).Body)
	user.Expect(t, http.StatusNotFound, http.MethodDelete, "/backup/"+list[0].ID, nil)
	user.Expect(t, http.StatusNotFound, http.MethodGet, "/backup/"+list[0].ID, nil)
}

func TestABackupThatTheClientHasIsNotSentAgain(t *testing.T) {
	t.Parallel()
	h := open(t)
	user := h.join(t, "pro")
	old := backUp(t, user, "old")
	first := user.Expect(t, http.StatusOK, http.MethodGet, "/backup", nil)
	tag, date := first.Header.Get("ETag"), first.Header.Get("Last-Modified")
	when, err := http.ParseTime(date)
	require.NoError(t, err)
	at := func(d time.Duration) string { return when.Add(d).UTC().Format(http.TimeFormat) }
	get := func(name string, status int, headers ...string) row {
		r := row{name: name, as: user, method: http.MethodGet, path: "/backup", status: status, headers: headers}
		r.then = func(t *testing.T, a harness.Answer) {
			t.Helper()
			assert.Equal(t, tag, a.Header.Get("ETag"), name)
			assert.Equal(t, date, a.Header.Get("Last-Modified"), name)
			assert.Equal(t, status == http.StatusNotModified, len(a.Body) == 0, name)
		}
		return r
	}
	h.run(t, []row{
		get("its etag", 304, "If-None-Match", tag), get("its etag, weak", 304, "If-None-Match", "W/"+tag), get("one of several", 304, "If-None-Match", `"a", `+tag),
		get("any", 304, "If-None-Match", "*"), get("another etag", 200, "If-None-Match", `"a"`),
		get("its date", 304, "If-Modified-Since", date), get("a later date", 304, "If-Modified-Since", at(time.Hour)), get("an earlier date", 200, "If-Modified-Since", at(-time.Second)),
		get("no date", 200, "If-Modified-Since", canary), get("a number", 200, "If-Modified-Since", "1767225600000"),
		get("the etag beats the date", 200, "If-None-Match", `"a"`, "If-Modified-Since", date), get("both", 304, "If-None-Match", tag, "If-Modified-Since", at(-time.Hour)),
		get("before a range", 304, "If-None-Match", tag, "Range", "bytes=0-0"),
	})
	backUp(t, user, "new") // in the same second, perhaps
	assert.Equal(t, "new", string(user.Expect(t, http.StatusOK, http.MethodGet, "/backup", nil, "If-Modified-Since", date).Body))
	assert.Equal(t, "new", string(user.Expect(t, http.StatusOK, http.MethodGet, "/backup", nil, "If-None-Match", tag).Body))
	user.Expect(t, http.StatusNotModified, http.MethodGet, "/backup/"+old, nil, "If-None-Match", tag)
	user.Expect(t, http.StatusNotModified, http.MethodGet, "/backup/"+old, nil, "If-Modified-Since", date)
	user.Expect(t, http.StatusNotModified, http.MethodHead, "/backup", nil, "If-Modified-Since", at(time.Hour))
}

func TestADownloadCanGoOnWhereItStopped(t *testing.T) {
	t.Parallel()
	h := open(t)
	user := h.join(t, "pro")
	content := bytes.Repeat([]byte("0123456789abcdef"), (9<<20)/16)
	id := backUp(t, user, string(content))
	size := len(content)
	first := user.Expect(t, http.StatusOK, http.MethodHead, "/backup", nil)
	tag, date := first.Header.Get("ETag"), first.Header.Get("Last-Modified")
	for header, want := range map[string][2]int{
		"bytes=0-0": {0, 1}, "bytes=0-": {0, size}, "bytes=5-9": {5, 10}, "bytes=4194303-4194304": {4194303, 4194305}, "bytes=4194304-": {4194304, size},
		"bytes=100-99999999999999999999999": {100, size}, "bytes=-1": {size - 1, size}, "bytes=-5000000": {size - 5000000, size}, "bytes=-99999999999999999999": {0, size},
		fmt.Sprintf("bytes=%d-%d", size-1, size+5): {size - 1, size}, "BYTES=3-4": {3, 5}, "bytes=  3-4": {3, 5},
	} {
		a := user.Expect(t, http.StatusPartialContent, http.MethodGet, "/backup/"+id, nil, "Range", header)
		assert.True(t, bytes.Equal(content[want[0]:want[1]], a.Body), header)
		assert.Equal(t, fmt.Sprintf("bytes %d-%d/%d", want[0], want[1]-1, size), a.Header.Get("Content-Range"), header)
		assert.Equal(t, checksum.Of(content).String(), a.Header.Get("X-Checksum"), header)
	}
	for _, ignored := range []string{"bytes=0-1,3-4", "bytes=5-3", "bytes=", "bytes=-", "bytes=a-b", "bytes=1-2-3", "bytes=+1-2", "bytes 0-1", "lines=0-1", "bytes=0x1-2", canary} {
		a := user.Expect(t, http.StatusOK, http.MethodGet, "/backup", nil, "Range", ignored)
		assert.Len(t, a.Body, size, ignored)
	}
	for _, behind := range []string{fmt.Sprintf("bytes=%d-", size), "bytes=99999999999999999999-", "bytes=-0"} {
		a := user.Expect(t, http.StatusRequestedRangeNotSatisfiable, http.MethodGet, "/backup", nil, "Range", behind)
		assert.Equal(t, "range_not_satisfiable", a.Code())
		assert.Equal(t, fmt.Sprintf("bytes */%d", size), a.Header.Get("Content-Range"))
		assert.EqualValues(t, size, object(t, a)["size_bytes"])
	}
	for ifRange, status := range map[string]int{tag: 206, date: 206, "W/" + tag: 200, `"a"`: 200, canary: 200, time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat): 200,
		time.Now().Add(time.Hour).UTC().Format(http.TimeFormat): 200} {
		a := user.Expect(t, status, http.MethodGet, "/backup", nil, "Range", "bytes=3-4", "If-Range", ifRange)
		assert.Equal(t, status == 206, len(a.Body) == 2, ifRange)
	}
}

func TestWithoutBackupsInTheTierTheyCanBeReadAndDeletedOnly(t *testing.T) {
	t.Parallel()
	h := open(t)
	user := h.join(t, "power")
	kept, gone := backUp(t, user, "kept"), backUp(t, user, "to be deleted")
	h.SetTier(t, user.Email, "free")
	h.run(t, []row{
		{name: "store", as: user, method: http.MethodPut, path: "/backup", body: []byte("x"), headers: harness.BackupHeaders([]byte("x")), status: 403, code: "tier_required", fields: map[string]any{"required_tier": "pro"}},
		{name: "read", as: user, method: http.MethodGet, path: "/backup/" + kept, status: 200},
		{name: "read the newest", as: user, method: http.MethodGet, path: "/backup", status: 200},
		{name: "list", as: user, method: http.MethodGet, path: "/backup/history", status: 200},
		{name: "delete", as: user, method: http.MethodDelete, path: "/backup/" + gone, status: 200, fields: map[string]any{"ok": true}},
		{name: "bad page", as: user, method: http.MethodGet, path: "/backup/history?page=0", status: 422, code: "validation_failed", at: []string{"query.page"}},
		{name: "bad limit", as: user, method: http.MethodGet, path: "/backup/history?limit=201", status: 422, code: "validation_failed", at: []string{"query.limit"}},
	})
	require.Len(t, history(t, user, ""), 1)
}
