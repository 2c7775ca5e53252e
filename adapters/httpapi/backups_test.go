package httpapi_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/adiuva/cloud/adapters/httpapi"
	"github.com/adiuva/cloud/application/storage"
	"github.com/adiuva/cloud/domain/backup"
	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func savedBackup(content []byte) backup.Meta {
	return backup.Meta{ID: recordID, UserID: userID, Version: "1.2", Timestamp: fixed{}.Now().Add(-time.Second), Checksum: checksum.Of(content),
		SizeBytes: int64(len(content)), ChunkBytes: backup.ChunkBytes, CreatedAt: fixed{}.Now()}
}

// taken is what a use case was given, and what it read of the body.
type taken struct {
	in   storage.StoreBackupInput
	body []byte
	err  error
}

// taking is an API that takes backups and tells what it took.
func taking(t *testing.T, configure ...func(*httpapi.Config)) (*server, chan taken) {
	t.Helper()
	all := make(chan taken, 1)
	uc := useCases()
	uc.Storage.StoreBackup = does[storage.StoreBackupInput, storage.StoreBackupOutput](func(ctx context.Context, in storage.StoreBackupInput) (storage.StoreBackupOutput, error) {
		p, err := io.ReadAll(in.Body)
		all <- taken{in, p, err}
		if err != nil {
			return storage.StoreBackupOutput{}, err
		}
		return storage.StoreBackupOutput{Backup: savedBackup(p)}, ctx.Err()
	})
	return serve(t, uc, configure...), all
}

// impatient lets a transfer rest for this long.
func impatient(idle time.Duration) func(*httpapi.Config) {
	return func(c *httpapi.Config) { c.TransferIdle = idle }
}

var backupHeaders = []string{asUser, "Content-Type: application/octet-stream", "X-Backup-Version: 1.2 beta", "X-Backup-Timestamp: 1750000000000", "X-Backup-Checksum: " + helloSum}

func TestAnUploadIsHandedOnWhileItArrives(t *testing.T) {
	t.Parallel()
	s, all := taking(t)
	resp, text := s.send(t, "PUT", "/api/v1/backup", "hello", backupHeaders...)
	require.Equal(t, 200, resp.StatusCode, text)
	assert.JSONEq(t, fmt.Sprintf(`{"ok":true,"id":%q,"checksum":%q,"size_bytes":5,"chunk_count":1,"created_at":%d,"etag":%q}`,
		recordID, helloSum, fixed{}.Now().UnixMilli(), `"`+recordID+`"`), text)
	assert.Equal(t, `"`+recordID+`"`, resp.Header.Get("ETag"))
	got := <-all
	got.in.Body = nil
	assert.Equal(t, storage.StoreBackupInput{UserID: userID, Version: "1.2 beta", Timestamp: "1750000000000", Checksum: helloSum, SizeBytes: 5}, got.in)
	assert.Equal(t, "hello", string(got.body))
	resp, text = s.send(t, "PUT", "/api/v1/backup", "", backupHeaders...)
	require.Equal(t, 200, resp.StatusCode, text)
	got = <-all
	assert.Equal(t, int64(0), got.in.SizeBytes)
	assert.Empty(t, got.body)
	require.NoError(t, got.err)
}

// put begins an upload by hand. rest are the header fields that say how long it is.
func (s *server) put(t *testing.T, rest string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", s.addr)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(30*time.Second)))
	_, err = io.WriteString(conn, "PUT /api/v1/backup HTTP/1.1\r\nHost: x\r\n"+strings.Join(backupHeaders, "\r\n")+"\r\n"+rest+"\r\n\r\n")
	require.NoError(t, err)
	return conn
}

func answerOf(t *testing.T, conn net.Conn) (status int, text string, last bool) {
	t.Helper()
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(body), resp.Close
}

func TestAnHonestUploadMayBeSlowAndASilentOneIsCut(t *testing.T) {
	t.Parallel()
	const idle = 400 * time.Millisecond
	for name, c := range map[string]struct {
		rest  string
		piece func(b byte) string
		end   string
	}{
		"declared": {"Content-Length: 20", func(b byte) string { return string(b) }, ""},
		"chunked":  {"Transfer-Encoding: chunked", func(b byte) string { return "1\r\n" + string(b) + "\r\n" }, "0\r\n\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, all := taking(t, impatient(idle))
			conn := s.put(t, c.rest)
			begin := time.Now()
			for range 20 { // several times as long as it may rest
				time.Sleep(idle / 4)
				_, err := io.WriteString(conn, c.piece('x'))
				require.NoError(t, err)
			}
			_, err := io.WriteString(conn, c.end)
			require.NoError(t, err)
			assert.Greater(t, time.Since(begin), 4*idle)
			status, text, _ := answerOf(t, conn)
			assert.Equal(t, 200, status, text)
			assert.Len(t, (<-all).body, 20)

			silent := s.put(t, c.rest)
			_, err = io.WriteString(silent, c.piece('x'))
			require.NoError(t, err)
			begin = time.Now()
			status, text, _ = answerOf(t, silent)
			assert.Contains(t, text, `"code":"request_timeout"`)
			assert.Equal(t, 408, status)
			assert.InDelta(t, idle.Seconds(), time.Since(begin).Seconds(), 3)
			assert.Equal(t, fault.RequestTimeout, fault.CodeOf((<-all).err))
		})
	}
}

func TestAnUploadThatBreaksOffNeverLooksComplete(t *testing.T) {
	t.Parallel()
	for name, c := range map[string][2]string{
		"declared":           {"Content-Length: 20", "only this"},
		"chunked, in a size": {"Transfer-Encoding: chunked", "5\r\nhello\r\n1"},
		"chunked, at a size": {"Transfer-Encoding: chunked", "5\r\nhello\r\n"},
		"chunked, in bytes":  {"Transfer-Encoding: chunked", "5\r\nhel"},
		"chunked, last line": {"Transfer-Encoding: chunked", "5\r\nhello\r\n0\r\n"},
	} {
		s, all := taking(t)
		conn := s.put(t, c[0])
		_, err := io.WriteString(conn, c[1])
		require.NoError(t, err)
		tcp, ok := conn.(*net.TCPConn)
		require.True(t, ok)
		require.NoError(t, tcp.CloseWrite())
		got := <-all
		assert.Equal(t, fault.MalformedRequest, fault.CodeOf(got.err), "%s: %v", name, got.err)
	}
}

func TestAnUploadThatIsRefusedIsNotRead(t *testing.T) {
	t.Parallel()
	uc := useCases()
	uc.Storage.StoreBackup = does[storage.StoreBackupInput, storage.StoreBackupOutput](func(_ context.Context, in storage.StoreBackupInput) (storage.StoreBackupOutput, error) {
		return storage.StoreBackupOutput{}, fault.New(fault.QuotaExceeded, "No room.").With("limit_bytes", int64(1)).With("used_bytes", int64(0)).With("declared", in.SizeBytes)
	})
	s := serve(t, uc)
	for _, rest := range []string{"Content-Length: 5000000000", "Content-Length: 1000000000001", "Transfer-Encoding: chunked"} {
		conn := s.put(t, rest)
		_, err := io.WriteString(conn, "a") // the first byte is awaited: without it nobody knows that a body comes
		require.NoError(t, err)
		status, _, last := answerOf(t, conn)
		assert.Equal(t, 413, status, rest)
		assert.True(t, last, "the rest of the body is not wanted")
	}
}

func TestAnUploadEndsWithTheServer(t *testing.T) {
	t.Parallel()
	begun, ended := make(chan struct{}), make(chan error, 1)
	uc := useCases()
	uc.Storage.StoreBackup = does[storage.StoreBackupInput, storage.StoreBackupOutput](func(_ context.Context, in storage.StoreBackupInput) (storage.StoreBackupOutput, error) {
		close(begun)
		_, err := io.ReadAll(in.Body)
		ended <- err
		return storage.StoreBackupOutput{}, err
	})
	s := serve(t, uc)
	conn := s.put(t, "Content-Length: 20")
	_, err := io.WriteString(conn, "some")
	require.NoError(t, err)
	<-begun
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	require.Error(t, s.Shutdown(ctx), "the upload was under way")
	err = <-ended
	assert.Equal(t, fault.Unavailable, fault.CodeOf(err), "woken, not left to its idle time: %v", err)
}

// giving is an API whose newest backup has this content.
func giving(content []byte, configure ...func(*httpapi.Config)) func(t *testing.T) *server {
	return func(t *testing.T) *server {
		t.Helper()
		uc := useCases()
		uc.Storage.ReadBackup = does[storage.ReadBackupInput, storage.ReadBackupOutput](func(_ context.Context, in storage.ReadBackupInput) (storage.ReadBackupOutput, error) {
			m := savedBackup(content)
			part, partial, err := m.Part(in.Wanted)
			return storage.ReadBackupOutput{Backup: m, Part: part, Partial: partial,
				Body: io.NopCloser(bytes.NewReader(content[part.Offset:][:part.Length]))}, err
		})
		return serve(t, uc, configure...)
	}
}

func TestAnHonestDownloadMayBeSlowAndOneThatNobodyTakesIsCut(t *testing.T) {
	t.Parallel()
	const idle = 400 * time.Millisecond
	content := bytes.Repeat([]byte("0123456789abcdef"), 2<<20) // more than systems hold in between
	s := giving(content, impatient(idle))(t)
	get := func(size int, pause func(pieces int) time.Duration) (int, error) {
		conn, err := net.Dial("tcp", s.addr)
		require.NoError(t, err)
		defer func() { _ = conn.Close() }()
		_, err = io.WriteString(conn, "GET /api/v1/backup HTTP/1.1\r\nHost: x\r\n"+asUser+"\r\nConnection: close\r\n\r\n")
		require.NoError(t, err)
		n := 0
		for i, piece := 0, make([]byte, size); ; i++ {
			got, err := io.ReadFull(conn, piece)
			n += got
			if err != nil {
				return n, err
			}
			time.Sleep(pause(i))
		}
	}
	begin := time.Now()
	n, err := get(256<<10, func(i int) time.Duration { // longer than what lies in between would last
		if i < 50 {
			return idle / 4
		}
		return 0
	})
	require.ErrorIs(t, err, io.ErrUnexpectedEOF) // the end: the header is no whole piece
	assert.Greater(t, n, len(content))
	assert.Greater(t, time.Since(begin), 3*idle)
	n, err = get(1<<20, func(i int) time.Duration { // takes one piece, and then nothing for long
		if i == 0 {
			return 10 * idle
		}
		return 0
	})
	require.Error(t, err)
	assert.Less(t, n, len(content))
	assert.Contains(t, s.log.String(), `"complete":false`)
}
