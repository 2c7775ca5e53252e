package contract

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/test/harness"
)

const bytesType = "application/octet-stream"

// raw headers of a body that is bytes.
func asBytes(blob []byte, more ...string) []string {
	return append([]string{"Content-Type", bytesType, "X-Checksum", checksum.Of(blob).String()}, more...)
}

func TestARecordMayBeSentAsItsBytesAlone(t *testing.T) {
	t.Parallel()
	h := open(t)
	user := h.join(t, "pro")
	for name, blob := range map[string][]byte{"nothing": {}, "every byte": []byte(everyByte()), "JSON": []byte(`{"table":"tasks"}`), "the most": bytes.Repeat([]byte{0, 255}, 5<<20)} {
		for sent, body := range map[string]any{"declared": blob, "chunked": struct{ io.Reader }{bytes.NewReader(blob)}} {
			about := name + ", " + sent
			a := user.Expect(t, http.StatusCreated, http.MethodPost, "/storage/records?table=notes", body, asBytes(blob)...)
			path := "/storage/records/" + text(t, a, "id")
			read := user.Expect(t, http.StatusOK, http.MethodGet, path, nil)
			assert.True(t, bytes.Equal(blob, read.Body), about)
			assert.Equal(t, a.Header.Get("ETag"), read.Header.Get("ETag"), about)
			newer := append([]byte("x"), blob[:len(blob)/2]...)
			put := user.Expect(t, http.StatusOK, http.MethodPut, path, newer, asBytes(newer, "If-Match", a.Header.Get("ETag"))...)
			assert.Equal(t, put.Header.Get("ETag"), text(t, put, "etag"))
			assert.True(t, bytes.Equal(newer, user.Expect(t, http.StatusOK, http.MethodGet, path, nil).Body), about)
			user.Expect(t, http.StatusOK, http.MethodDelete, path, nil)
		}
	}
	chosenByClient := user.Expect(t, http.StatusCreated, http.MethodPost, "/storage/records?table=notes&id="+chosen, []byte("x"), asBytes([]byte("x"))...)
	assert.Equal(t, strings.ToLower(chosen), text(t, chosenByClient, "id"))
	belongings(t, user)
}

func TestARecordOfBytesIsRefusedAsOneOfJSONIs(t *testing.T) {
	t.Parallel()
	h := open(t)
	user, free := h.join(t, "pro"), h.join(t, "free")
	id := store(t, user, "notes", "kept")
	x := []byte("x")
	big := make([]byte, 10<<20+1)
	post, put := "/storage/records?table=notes", "/storage/records/"+id
	refuse := func(name, method, path string, body any, status int, code string, headers []string, at ...string) row {
		return row{name: name, as: user, method: method, path: path, body: body, headers: headers, status: status, code: code, at: at}
	}
	stale := refuse("another version", http.MethodPut, put, x, 412, "precondition_failed", asBytes(x, "If-Match", `"999"`))
	stale.fields = map[string]any{"etag": `"1"`}
	limit := map[string]any{"limit_bytes": float64(10 << 20)}
	declared := refuse("a byte too many", http.MethodPost, post, big, 413, "payload_too_large", asBytes(big))
	declared.fields = limit
	hidden := refuse("a byte too many, chunked", http.MethodPut, put, struct{ io.Reader }{bytes.NewReader(big)}, 413, "payload_too_large", asBytes(big))
	hidden.fields = limit
	lower := refuse("a lower tier", http.MethodPost, post, x, 403, "tier_required", asBytes(x))
	lower.as = free
	h.run(t, []row{
		stale, declared, hidden, lower,
		refuse("without a table", http.MethodPost, "/storage/records", x, 422, "validation_failed", asBytes(x), "query.table"),
		refuse("a table that is none", http.MethodPost, "/storage/records?table=../"+canary, x, 422, "validation_failed", asBytes(x), "query.table"),
		refuse("an id that is none", http.MethodPost, post+"&id="+canary, x, 422, "validation_failed", asBytes(x), "query.id"),
		refuse("an id that is taken", http.MethodPost, post+"&id="+id, x, 409, "id_exists", asBytes(x)),
		refuse("without a checksum", http.MethodPost, post, x, 422, "validation_failed", []string{"Content-Type", bytesType}, "header.X-Checksum"),
		refuse("a checksum that is none", http.MethodPut, put, x, 422, "validation_failed", []string{"Content-Type", bytesType, "X-Checksum", canary}, "header.X-Checksum"),
		refuse("the checksum of other bytes", http.MethodPut, put, x, 400, "checksum_mismatch", asBytes([]byte("y"))),
		refuse("nothing, with the checksum of something", http.MethodPost, post, nil, 400, "checksum_mismatch", asBytes(x)),
		refuse("with a charset", http.MethodPost, post, x, 415, "unsupported_media_type", asBytes(x, "Content-Type", bytesType+"; charset=utf-8")),
		refuse("zipped", http.MethodPost, post, x, 415, "unsupported_media_type", asBytes(x, "Content-Encoding", "gzip")),
		refuse("bytes to a route of JSON", http.MethodPost, "/storage/records/batch", x, 415, "unsupported_media_type", asBytes(x)),
		refuse("a table in the query, beside JSON", http.MethodPost, post, harness.RecordBody("notes", x), 422, "validation_failed", nil, "query.table"),
		refuse("nobody's record", http.MethodPut, "/storage/records/"+strings.ToLower(chosen), x, 404, "not_found", asBytes(x)),
	})
}
