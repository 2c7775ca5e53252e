package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/adiuva/cloud/adapters/httpapi"
	"github.com/adiuva/cloud/adapters/httpapi/contract"
	"github.com/adiuva/cloud/application/accounts"
	"github.com/adiuva/cloud/application/storage"
	"github.com/adiuva/cloud/domain/backup"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/record"
	"github.com/adiuva/cloud/domain/session"
	"github.com/adiuva/cloud/domain/vector"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// body is what a store opens, with its fate.
type body struct {
	io.Reader
	closed chan struct{}
	ctx    context.Context //nolint:containedctx // what the test is about
}

func (b *body) Close() error {
	close(b.closed)
	return nil
}

// failing ends in something else than io.EOF.
type failing struct {
	io.Reader
	end func() error
}

func (f failing) Read(p []byte) (int, error) {
	n, err := f.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		err = f.end()
	}
	return n, err
}

func meta(content []byte) record.Meta {
	table, err := record.ParseTable("table", "notes")
	if err != nil {
		panic(err)
	}
	return record.Meta{ID: recordID, UserID: userID, Table: table, Checksum: checksum.Of(content), SizeBytes: int64(len(content)), Seq: 7,
		CreatedAt: fixed{}.Now(), UpdatedAt: fixed{}.Now().Add(time.Second)}
}

// reading is an API whose only record has this content, read by way of src.
func reading(t *testing.T, content []byte, src io.Reader) (*server, *body) {
	t.Helper()
	b := &body{Reader: src, closed: make(chan struct{})}
	uc := useCases()
	uc.Storage.ReadBlob = does[storage.ReadBlobInput, storage.ReadBlobOutput](func(ctx context.Context, in storage.ReadBlobInput) (storage.ReadBlobOutput, error) {
		assert.Equal(t, storage.ReadBlobInput{UserID: userID, ID: recordID, IfNoneMatch: in.IfNoneMatch}, in)
		b.ctx = ctx
		if meta(content).Known(in.IfNoneMatch) {
			return storage.ReadBlobOutput{Record: meta(content), Current: true}, nil
		}
		return storage.ReadBlobOutput{Record: meta(content), Body: b}, nil
	})
	return serve(t, uc), b
}

const recordPath = "/api/v1/storage/records/" + recordID

func TestARecordIsItsBytesWithChecksumVersionAndLength(t *testing.T) {
	t.Parallel()
	content := bytes.Repeat([]byte("0123456789abcdef"), 100_000)
	s, b := reading(t, content, bytes.NewReader(content))
	resp, text := s.send(t, "GET", recordPath, "", asUser)
	assert.Equal(t, 200, resp.StatusCode)
	assert.Equal(t, string(content), text)
	assert.Equal(t, int64(len(content)), resp.ContentLength)
	assert.Equal(t, checksum.Of(content).String(), resp.Header.Get("X-Checksum"))
	assert.Equal(t, `"7"`, resp.Header.Get("ETag"))
	assert.Equal(t, "application/octet-stream", resp.Header.Get("Content-Type"))
	<-b.closed
	assert.Error(t, b.ctx.Err(), "the request's context ends with the stream")
}

func TestAClientThatHasTheVersionGetsNoBytes(t *testing.T) {
	t.Parallel()
	for _, tag := range []string{`"7"`, `W/"7"`, `"1", "7"`, `*`} {
		s, b := reading(t, []byte("hello"), bytes.NewReader([]byte("hello")))
		resp, text := s.send(t, "GET", recordPath, "", asUser, "If-None-Match: "+tag)
		assert.Equal(t, 304, resp.StatusCode, tag)
		assert.Empty(t, text)
		assert.Equal(t, `"7"`, resp.Header.Get("ETag"))
		require.Error(t, b.ctx.Err(), "the request's context has ended")
	}
	s, _ := reading(t, []byte("hello"), bytes.NewReader([]byte("hello")))
	resp, _ := s.send(t, "GET", recordPath, "", asUser, `If-None-Match: "6"`)
	assert.Equal(t, 200, resp.StatusCode)
}

func TestAHeadRequestHasTheHeadersAndClosesTheBody(t *testing.T) {
	t.Parallel()
	s, b := reading(t, []byte("hello"), bytes.NewReader([]byte("hello")))
	resp, text := s.send(t, "HEAD", recordPath, "", asUser)
	assert.Equal(t, 200, resp.StatusCode)
	assert.Equal(t, int64(5), resp.ContentLength)
	assert.Empty(t, text)
	<-b.closed
}

func TestBytesThatTurnOutDamagedOrPanicNeverLookComplete(t *testing.T) {
	t.Parallel()
	big := bytes.Repeat([]byte("x"), 3<<20)
	for name, row := range map[string]struct {
		content []byte
		end     func() error
	}{
		"damaged, small":    {[]byte("hello"), func() error { return fault.New(fault.Internal, "The stored bytes are damaged.") }},
		"damaged, large":    {big, func() error { return fault.New(fault.Internal, "The stored bytes are damaged.") }},
		"a panic in a read": {big, func() error { panic("plaintext") }},
		"cut short":         {big, func() error { return io.EOF }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			have := row.content
			if name == "cut short" {
				have = have[:len(have)-1]
			}
			s, b := reading(t, row.content, failing{bytes.NewReader(have), row.end})
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.addr+recordPath, http.NoBody)
			require.NoError(t, err)
			req.Header.Set("Authorization", "Bearer "+goodToken)
			resp, err := client(t).Do(req)
			if err == nil {
				_, err = io.ReadAll(resp.Body)
				_ = resp.Body.Close()
			}
			require.Error(t, err, "the client sees a broken answer")
			<-b.closed
			assert.Eventually(t, func() bool { return bytes.Contains([]byte(s.log.String()), []byte(`"complete":false`)) }, 5*time.Second, time.Millisecond)
			assert.NotContains(t, s.log.String(), "plaintext")
			next, _ := s.send(t, "GET", "/api/v1/health", "")
			assert.Equal(t, 200, next.StatusCode, "the server lives on")
		})
	}
}

func TestADownloadThatNobodyTakesIsClosed(t *testing.T) {
	t.Parallel()
	content := make([]byte, 64<<20)
	s, b := reading(t, content, bytes.NewReader(content))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.addr+recordPath, http.NoBody)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+goodToken)
	resp, err := client(t).Do(req)
	require.NoError(t, err)
	_, err = io.CopyN(io.Discard, resp.Body, 1000)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	select {
	case <-b.closed:
	case <-time.After(10 * time.Second):
		t.Fatal("the store's reader is still open")
	}
	assert.Error(t, b.ctx.Err())
}

// exporting is an API whose user has n records, and an error after them if there is one.
func exporting(n int, after error) httpapi.UseCases {
	uc := useCases()
	uc.Accounts.ExportAccount = does[accounts.ExportAccountInput, accounts.Export](func(ctx context.Context, in accounts.ExportAccountInput) (accounts.Export, error) {
		return accounts.Export{ID: in.UserID, Email: "ada@example.com", Tier: "pro", Role: "user", CreatedAt: fixed{}.Now(), UpdatedAt: fixed{}.Now(),
			Sessions: []session.Session{{ID: sessionID, Device: "laptop", CreatedAt: fixed{}.Now(), LastUsedAt: fixed{}.Now(), ExpiresAt: fixed{}.Now()}},
			Spent:    []chat.Spend{{Day: "2026-03-01", Model: "offline", Calls: 1, Prompt: 2, Written: 3, Estimated: 4}},
			Records: func(yield func(record.Meta, error) bool) {
				for range n {
					if ctx.Err() != nil || !yield(meta([]byte("hello")), nil) {
						return
					}
				}
				if after != nil {
					yield(record.Meta{}, after)
				}
			},
			Backups: func(yield func(backup.Meta, error) bool) {
				for range n / 2 {
					if ctx.Err() != nil || !yield(savedBackup([]byte("hello")), nil) {
						return
					}
				}
			},
			Vectors: func(yield func(vector.Item, error) bool) {
				for i := range n / 2 {
					if ctx.Err() != nil || !yield(savedVector(i), nil) {
						return
					}
				}
			}}, nil
	})
	return uc
}

// savedVector is an item with an embedding if i is even, else without.
func savedVector(i int) vector.Item {
	p := vector.Place{UserID: userID, Space: vector.Fingerprints, Dimension: vector.FingerprintDimension}
	if i%2 == 0 {
		p.Space, p.Dimension = vector.DefaultSpace, 96
	}
	return vector.Item{ID: "v", Place: p, Point: recordID, Checksum: checksum.Of([]byte("hello")), SizeBytes: vector.Size(5, p),
		CreatedAt: fixed{}.Now(), UpdatedAt: fixed{}.Now()}
}

func TestAnExportIsOneJSONDocumentHoweverMuchThereIs(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 2, 5000} {
		s := serve(t, exporting(n, nil))
		resp, text := s.send(t, "GET", "/api/v1/auth/me/export", "", asUser)
		assert.Equal(t, 200, resp.StatusCode)
		assert.Equal(t, "application/json", resp.Header.Get("Content-Type"))
		var got contract.AccountExport
		require.NoError(t, json.Unmarshal([]byte(text), &got), n)
		now := fixed{}.Now().UnixMilli()
		assert.Equal(t, contract.ExportedProfile{ID: userID, Email: "ada@example.com", Tier: "pro", Role: "user", CreatedAt: now, UpdatedAt: now}, got.Profile)
		assert.Equal(t, []contract.ExportedSession{{ID: sessionID, Device: "laptop", CreatedAt: now, LastUsedAt: now, ExpiresAt: now}}, got.Sessions)
		assert.Equal(t, []contract.LLMUsage{{Day: "2026-03-01", Model: "offline", Calls: 1, PromptTokens: 2, CompletionTokens: 3, EstimatedCalls: 4}}, got.LLMUsage)
		require.Len(t, got.Records, n)
		require.Len(t, got.Backups, n/2)
		require.Len(t, got.Vectors, n/2)
		if n > 2 {
			sum := checksum.Of([]byte("hello")).String()
			assert.Equal(t, contract.ExportedVector{ID: "v", Space: "default", Dimension: 96, Checksum: sum, SizeBytes: 5 + 4*96, CreatedAt: now, UpdatedAt: now}, got.Vectors[0])
			assert.Equal(t, contract.ExportedVector{ID: "v", Checksum: sum, SizeBytes: 5, CreatedAt: now, UpdatedAt: now}, got.Vectors[1])
		}
		if n > 1 {
			assert.Equal(t, contract.BackupMetadata{ID: recordID, Version: "1.2", Timestamp: now - 1000, Checksum: checksum.Of([]byte("hello")).String(), ChunkCount: 1,
				SizeBytes: 5, CreatedAt: now}, got.Backups[0])
		}
		if n > 0 {
			assert.Equal(t, contract.RecordMeta{ID: recordID, Table: "notes", Checksum: checksum.Of([]byte("hello")).String(), SizeBytes: 5, ETag: `"7"`,
				CreatedAt: now, UpdatedAt: now + 1000}, got.Records[n-1])
		}
	}
}

func TestAnExportThatFailsInTheMiddleIsBrokenOff(t *testing.T) {
	t.Parallel()
	s := serve(t, exporting(5000, fault.New(fault.Unavailable, "The database is not reachable.")))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.addr+"/api/v1/auth/me/export", http.NoBody)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+goodToken)
	resp, err := client(t).Do(req)
	require.NoError(t, err)
	_, err = io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
}
