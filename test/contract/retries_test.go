package contract

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/gormstore"
	"github.com/adiuva/cloud/domain/idempotency"
	"github.com/adiuva/cloud/test/harness"
)

const keyHeader = "Idempotency-Key"

// sameAnswer asserts that b is a again, marked as such.
func sameAnswer(t *testing.T, a, b harness.Answer) {
	t.Helper()
	assert.Equal(t, a.Status, b.Status)
	// A problem tells the id of its request, and that of an operation in a batch the id of the request that was carried out.
	assert.JSONEq(t, string(a.Body), strings.ReplaceAll(string(b.Body), b.Header.Get("X-Request-Id"), a.Header.Get("X-Request-Id")))
	assert.Equal(t, a.Header.Get("ETag"), b.Header.Get("ETag"))
	assert.Equal(t, a.Header.Get("Content-Type"), b.Header.Get("Content-Type"))
	assert.Empty(t, a.Header.Get("Idempotent-Replayed"))
	assert.Equal(t, "true", b.Header.Get("Idempotent-Replayed"))
	assert.NotEqual(t, a.Header.Get("X-Request-Id"), b.Header.Get("X-Request-Id"))
}

func TestARequestThatIsSentAgainWithItsKeyGetsTheFirstAnswer(t *testing.T) {
	t.Parallel()
	h := open(t)
	user, other := h.join(t, "pro"), h.join(t, "pro")
	body := harness.RecordBody("notes", []byte("once"))
	operations := batchBody(part("create", "", "in a batch"), part("delete", strings.ToLower(chosen), ""))
	for key, send := range map[string]func(as *harness.Client, key string) harness.Answer{
		"json": func(as *harness.Client, key string) harness.Answer {
			return as.Send(t, http.MethodPost, "/storage/records", body, keyHeader, key)
		},
		"bytes": func(as *harness.Client, key string) harness.Answer {
			return as.Send(t, http.MethodPost, "/storage/records?table=notes", []byte("x"), asBytes([]byte("x"), keyHeader, key)...)
		},
		"batch": func(as *harness.Client, key string) harness.Answer {
			return as.Send(t, http.MethodPost, "/storage/records/batch", operations, keyHeader, key)
		},
		"wrong": func(as *harness.Client, key string) harness.Answer {
			return as.Send(t, http.MethodPost, "/storage/records", changed(body, map[string]any{"checksum": strings.Repeat("0", 64)}), keyHeader, key)
		},
		"too large": func(as *harness.Client, key string) harness.Answer {
			return as.Send(t, http.MethodPost, "/storage/records", harness.RecordBody("notes", make([]byte, 10<<20+1)), keyHeader, key)
		},
	} {
		key = strings.ReplaceAll(key, " ", "-")
		first := send(user, key)
		if key == "json" || key == "bytes" || key == "batch" {
			require.Less(t, first.Status, 300, "%s: %s", key, first.Body)
		}
		before := belongings(t, user)
		sameAnswer(t, first, send(user, key))
		h.clock.Advance(time.Minute)
		sameAnswer(t, first, send(user, key))
		assert.Equal(t, before, belongings(t, user), "%s: it was done twice", key)
		assert.Empty(t, send(user, key+"2").Header.Get("Idempotent-Replayed"), "another key is another request")
		assert.Empty(t, send(other, key).Header.Get("Idempotent-Replayed"), "keys are each user's own")
	}
	h.users = nil // their tokens run out
	h.clock.Advance(idempotency.Lifetime)
	again := h.login(t, user).Send(t, http.MethodPost, "/storage/records", body, keyHeader, "json")
	assert.Empty(t, again.Header.Get("Idempotent-Replayed"), "a key is good for a day")
	assert.Equal(t, http.StatusCreated, again.Status)
}

func TestAKeyIsForOneRequest(t *testing.T) {
	t.Parallel()
	h := open(t)
	user := h.join(t, "pro")
	good := harness.RecordBody("notes", []byte("once"))
	user.Expect(t, http.StatusCreated, http.MethodPost, "/storage/records", good, keyHeader, "k")
	refuse := func(name, path string, body any, headers []string) row {
		return row{name: name, as: user, method: http.MethodPost, path: path, body: body, headers: headers, status: 422, code: "validation_failed",
			at: []string{"header.Idempotency-Key"}}
	}
	h.run(t, []row{
		refuse("another table", "/storage/records", changed(good, map[string]any{"table": "tasks"}), []string{keyHeader, "k"}),
		refuse("with an id", "/storage/records", changed(good, map[string]any{"id": chosen}), []string{keyHeader, "k"}),
		refuse("other bytes", "/storage/records", harness.RecordBody("notes", []byte("twice")), []string{keyHeader, "k"}),
		refuse("as bytes", "/storage/records?table=notes", []byte("once"), asBytes([]byte("once"), keyHeader, "k")),
		refuse("another route", "/storage/records/batch", batchBody(part("create", "", "once")), []string{keyHeader, "k"}),
		refuse("a key that is too long", "/storage/records", good, []string{keyHeader, strings.Repeat("k", 256)}),
		refuse("a key with a space", "/storage/records", good, []string{keyHeader, canary + " " + canary}),
		refuse("a key that is not ASCII", "/storage/records", good, []string{keyHeader, canary + "é"}),
		{name: "a body that is none", as: user, method: http.MethodPost, path: "/storage/records", body: "{", headers: []string{keyHeader, "fresh"}, status: 400, code: "malformed_request"},
	})
	a := user.Expect(t, http.StatusCreated, http.MethodPost, "/storage/records", good, keyHeader, "fresh")
	assert.Empty(t, a.Header.Get("Idempotent-Replayed"), "what could not be read has no answer to keep")
	user.Expect(t, http.StatusOK, http.MethodPost, "/chat", map[string]any{"message": "hello"}, keyHeader, "k")
}

func TestARefusalThatMayPassIsNotKept(t *testing.T) {
	t.Parallel()
	h := open(t)
	user := h.join(t, "free")
	body := changed(harness.RecordBody("notes", []byte("x")), map[string]any{"id": chosen})
	user.Expect(t, http.StatusForbidden, http.MethodPost, "/storage/records", body, keyHeader, "k")
	h.SetTier(t, user.Email, "pro")
	first := user.Expect(t, http.StatusCreated, http.MethodPost, "/storage/records", body, keyHeader, "k")
	sameAnswer(t, first, user.Send(t, http.MethodPost, "/storage/records", body, keyHeader, "k"))
	taken := user.Expect(t, http.StatusConflict, http.MethodPost, "/storage/records", body, keyHeader, "another")
	assert.Equal(t, "id_exists", taken.Code())
	user.Expect(t, http.StatusOK, http.MethodDelete, "/storage/records/"+chosen, nil)
	sameAnswer(t, taken, user.Send(t, http.MethodPost, "/storage/records", body, keyHeader, "another"))
}

// TestAfterACrashBetweenTheWorkAndItsAnswerARetryFindsTheWork takes the answer back, as if the server had died before it
// was kept.
func TestAfterACrashBetweenTheWorkAndItsAnswerARetryFindsTheWork(t *testing.T) {
	t.Parallel()
	settings := harness.Embedded(t)
	settings["DATABASE_URL"] = "sqlite://" + settings["DATA_DIR"] + "/adiuva.db"
	h := openWith(t, settings, nil)
	user := h.join(t, "pro")
	db, closeDB, err := gormstore.Open(t.Context(), settings["DATABASE_URL"], gormstore.Options{})
	require.NoError(t, err)
	t.Cleanup(closeDB)
	for key, send := range map[string]func() harness.Answer{
		"ours": func() harness.Answer {
			return user.Send(t, http.MethodPost, "/storage/records", harness.RecordBody("notes", []byte("x")), keyHeader, "ours")
		},
		"client's": func() harness.Answer {
			return user.Send(t, http.MethodPost, "/storage/records?table=notes&id="+chosen, []byte("y"), asBytes([]byte("y"), keyHeader, "client's")...)
		},
		"batch": func() harness.Answer {
			return user.Send(t, http.MethodPost, "/storage/records/batch", batchBody(part("create", "", "one"), part("create", "", "two")), keyHeader, "batch")
		},
	} {
		first := send()
		require.Less(t, first.Status, 300, "%s: %s", key, first.Body)
		kept := belongings(t, user)
		_, err = db.SQL().ExecContext(t.Context(), "UPDATE idempotency_keys SET answer = NULL")
		require.NoError(t, err)
		busy := send()
		assert.Equal(t, []any{http.StatusConflict, "conflict", "2"}, []any{busy.Status, busy.Code(), busy.Header.Get("Retry-After")}, key)
		h.clock.Advance(time.Minute)
		again := send()
		assert.Equal(t, first.Status, again.Status, "%s: %s", key, again.Body)
		assert.JSONEq(t, string(first.Body), string(again.Body), key)
		assert.Equal(t, kept, belongings(t, user), "%s: it was done twice", key)
		sameAnswer(t, again, send())
	}
}

func TestOfManyWhoSendOneRequestAtOnceItIsDoneOnce(t *testing.T) {
	t.Parallel()
	h := open(t)
	user := h.join(t, "pro")
	body := harness.RecordBody("notes", []byte(strings.Repeat("x", 100_000)))
	ids := make(chan string, 20)
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			for {
				a, err := user.Try(t.Context(), http.MethodPost, "/storage/records", body, keyHeader, "k")
				if err != nil {
					t.Error(err)
					return
				}
				if a.Status == http.StatusConflict {
					assert.Equal(t, "conflict", a.Code())
					assert.NotEmpty(t, a.Header.Get("Retry-After"))
					continue
				}
				ids <- text(t, a, "id")
				return
			}
		})
	}
	group.Wait()
	close(ids)
	first := <-ids
	for id := range ids {
		assert.Equal(t, first, id)
	}
	var list []meta
	user.Expect(t, http.StatusOK, http.MethodGet, "/storage/records", nil).Decode(t, &list)
	assert.Len(t, list, 1)
}
