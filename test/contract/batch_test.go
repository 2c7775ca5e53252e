package contract

import (
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/test/harness"
)

// operation1 is one operation of a batch; of a deletion the blob does not matter.
func part(op, id, blob string) map[string]any {
	o := map[string]any{"op": op}
	if id != "" {
		o["id"] = id
	}
	if op != "delete" {
		o = changed(harness.RecordBody("", []byte(blob)), o)
	}
	if op == "create" {
		o["table"] = "notes"
	}
	return o
}

func batchBody(operations ...map[string]any) map[string]any {
	all := make([]any, 0, len(operations))
	for _, o := range operations {
		all = append(all, o)
	}
	return map[string]any{"operations": all}
}

type batchResult struct {
	Status    int
	ID        string
	ETag      string
	CreatedAt *int64 `json:"created_at"`
	UpdatedAt *int64 `json:"updated_at"`
	Error     *struct {
		Code, Detail, Instance string
		Status                 int
		ETag                   string `json:"etag"`
		RequiredTier           string `json:"required_tier"`
		LimitBytes             *int64 `json:"limit_bytes"`
	}
}

func batch(t *testing.T, user *harness.Client, operations ...map[string]any) []batchResult {
	t.Helper()
	a := user.Expect(t, http.StatusOK, http.MethodPost, "/storage/records/batch", batchBody(operations...))
	var out struct{ Results []batchResult }
	a.Decode(t, &out)
	require.Len(t, out.Results, len(operations))
	for _, r := range out.Results {
		if r.Error != nil {
			assert.Equal(t, a.Header.Get("X-Request-Id"), r.Error.Instance)
			assert.Equal(t, r.Status, r.Error.Status)
			assert.Equal(t, codes[r.Error.Code], r.Status)
		}
	}
	return out.Results
}

func outcomes(results []batchResult) []string {
	var all []string
	for _, r := range results {
		code := ""
		if r.Error != nil {
			code = " " + r.Error.Code
		}
		all = append(all, strconv.Itoa(r.Status)+code)
	}
	return all
}

func TestABatchAnswersEachOperationAsItsOwnRouteWould(t *testing.T) {
	t.Parallel()
	h := open(t)
	user, other := h.join(t, "pro"), h.join(t, "pro")
	one, two, theirs := store(t, user, "notes", "one"), store(t, user, "notes", "two"), store(t, other, "notes", "theirs")
	created := h.clock.Now().UnixMilli()
	tag := user.Expect(t, http.StatusOK, http.MethodGet, "/storage/records/"+one, nil).Header.Get("ETag")
	h.clock.Advance(time.Second)
	now := h.clock.Now().UnixMilli()
	lower := strings.ToLower(chosen)
	stale := changed(part("update", two, "stale"), map[string]any{"if_match": `"999"`})
	results := batch(t, user,
		part("create", chosen, "of the client"), changed(part("update", one, "ONE"), map[string]any{"if_match": tag}), stale,
		changed(part("create", "", "three"), map[string]any{"checksum": strings.Repeat("0", 64)}), part("create", "", ""),
		part("delete", theirs, ""), part("update", "018f4e6a-7c1d-7b2e-9a55-0c9d3e1f2a4c", "none"))
	assert.Equal(t, []string{"201", "200", "412 precondition_failed", "400 checksum_mismatch", "201", "404 not_found", "404 not_found"}, outcomes(results))
	assert.Equal(t, []any{lower, now, now}, []any{results[0].ID, *results[0].CreatedAt, *results[0].UpdatedAt})
	assert.Equal(t, []any{one, created, now}, []any{results[1].ID, *results[1].CreatedAt, *results[1].UpdatedAt})
	assert.Equal(t, `"2"`, results[2].Error.ETag)
	assert.Empty(t, results[3].ID)
	for id, blob := range map[string]string{lower: "of the client", one: "ONE", two: "two", results[4].ID: ""} {
		a := user.Expect(t, http.StatusOK, http.MethodGet, "/storage/records/"+id, nil)
		assert.Equal(t, blob, string(a.Body))
	}
	assert.Equal(t, results[1].ETag, user.Expect(t, http.StatusOK, http.MethodGet, "/storage/records/"+one, nil).Header.Get("ETag"))
	gone := batch(t, user, part("delete", one, ""), part("create", lower, "again"), part("delete", results[4].ID, ""))
	assert.Equal(t, []string{"200", "409 id_exists", "200"}, outcomes(gone))
	assert.Equal(t, []any{one, "", (*int64)(nil)}, []any{gone[0].ID, gone[0].ETag, gone[0].UpdatedAt})
	assert.Equal(t, "theirs", string(other.Expect(t, http.StatusOK, http.MethodGet, "/storage/records/"+theirs, nil).Body))
	belongings(t, user)
	h.SetTier(t, user.Email, "free")
	free := batch(t, user, part("create", "", "x"), part("delete", two, ""), part("update", lower, "x"))
	assert.Equal(t, []string{"403 tier_required", "200", "403 tier_required"}, outcomes(free))
	assert.Equal(t, "pro", free[0].Error.RequiredTier)
}

func TestABatchHoldsTheMostThatItMay(t *testing.T) {
	t.Parallel()
	h := open(t)
	user := h.join(t, "pro")
	var operations []map[string]any
	for i := range 100 {
		operations = append(operations, part("create", "", strings.Repeat(strconv.Itoa(i%10), 200<<10)))
	}
	for _, o := range outcomes(batch(t, user, operations...)) {
		assert.Equal(t, "201", o)
	}
	large := batch(t, user, part("create", "", strings.Repeat("x", 10<<20)), part("create", "", strings.Repeat("x", 10<<20+1)))
	assert.Equal(t, []string{"201", "413 payload_too_large"}, outcomes(large))
	assert.EqualValues(t, 10<<20, *large[1].Error.LimitBytes)
	belongings(t, user)
}

func TestABatchWithAMistakeInItsFormChangesNothing(t *testing.T) {
	t.Parallel()
	h := open(t)
	user := h.join(t, "pro")
	id := store(t, user, "notes", "kept")
	rows := []row{}
	refuse := func(name string, body any, at ...string) {
		rows = append(rows, row{name: name, as: user, method: http.MethodPost, path: "/storage/records/batch", body: body, status: 422, code: "validation_failed", at: at})
	}
	good := part("create", "", "good")
	second := func(name string, o map[string]any, at ...string) {
		for i := range at {
			at[i] = "body.operations[1]." + at[i]
		}
		refuse(name, batchBody(part("delete", id, ""), o), at...)
	}
	refuse("no operations", batchBody(), "body.operations")
	many := make([]map[string]any, 101)
	for i := range many {
		many[i] = good
	}
	refuse("too many", batchBody(many...), "body.operations")
	second("another operation", changed(good, map[string]any{"op": canary}), "op")
	second("no operation", changed(good, map[string]any{"op": nil}), "op")
	second("without a table", changed(good, map[string]any{"table": nil}), "table")
	second("without a blob", changed(good, map[string]any{"blob": nil}), "blob")
	second("without a checksum", changed(good, map[string]any{"checksum": nil}), "checksum")
	second("a blob of no base64", changed(good, map[string]any{"blob": canary + "!!"}), "blob")
	second("a checksum that is none", changed(good, map[string]any{"checksum": canary}), "checksum")
	second("a table that is none", changed(good, map[string]any{"table": "../" + canary}), "table")
	second("an id that is none", changed(good, map[string]any{"id": canary}), "id")
	second("a precondition of what is new", changed(good, map[string]any{"if_match": "*"}), "if_match")
	second("an unknown field", changed(good, map[string]any{"user_id": canary}), "user_id")
	second("an update of a table", changed(part("update", chosen, "x"), map[string]any{"table": "notes"}), "table")
	second("an update of nothing", map[string]any{"op": "update"}, "id", "blob", "checksum")
	second("a deletion with bytes", changed(good, map[string]any{"op": "delete", "table": nil, "id": chosen}), "blob", "checksum")
	second("an id twice", part("update", strings.ToUpper(id), "x"), "id")
	h.run(t, rows)
	blob := base64.StdEncoding.EncodeToString(make([]byte, 24<<20))
	h.run(t, []row{{name: "more than it holds", as: user, method: http.MethodPost, path: "/storage/records/batch", status: 413, code: "payload_too_large",
		body: batchBody(changed(good, map[string]any{"blob": blob})), fields: map[string]any{"limit_bytes": float64(32 << 20)}}})
}
