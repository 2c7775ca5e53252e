package httpapi_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/adiuva/cloud/adapters/httpapi"
	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// rawSocket is a WebSocket of which the test writes every byte.
func rawSocket(t *testing.T, s *server) (net.Conn, *bufio.Reader) {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", s.addr)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
	_, err = io.WriteString(conn, "GET "+socketPath+" HTTP/1.1\r\nHost: x\r\n"+strings.Join(upgrade, "\r\n")+"\r\n\r\n")
	require.NoError(t, err)
	r := bufio.NewReader(conn)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://x", http.NoBody)
	require.NoError(t, err)
	resp, err := http.ReadResponse(r, req)
	require.NoError(t, err)
	_ = resp.Body.Close()
	require.Equal(t, http.StatusSwitchingProtocols, resp.StatusCode)
	return conn, r
}

func TestABrokenProtocolClosesTheSocket(t *testing.T) {
	t.Parallel()
	s := serve(t, chatting(says("Hello.")))
	mask := "\x00\x00\x00\x00"
	for name, row := range map[string]struct {
		bytes string
		code  uint16
	}{
		"a frame without a mask":          {"\x81\x02hi", 1002},
		"a frame with a reserved bit":     {"\xc1\x82" + mask + "hi", 1002},
		"an unknown opcode":               {"\x83\x82" + mask + "hi", 1002},
		"a continuation of nothing":       {"\x80\x82" + mask + "hi", 1002},
		"a ping that is too long":         {"\x89\xfe\x01\x00" + mask, 1002},
		"a ping in parts":                 {"\x09\x80" + mask, 1002},
		"a length below zero":             {"\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff" + mask, 0},
		"a message within a message":      {"\x01\x82" + mask + "hi\x81\x82" + mask + "hi", 1002},
		"a close with an impossible code": {"\x88\x82" + mask + "\x03\xed", 1002},
	} {
		conn, r := rawSocket(t, s)
		_, err := io.WriteString(conn, row.bytes)
		require.NoError(t, err, name)
		got, err := io.ReadAll(r)
		require.NoError(t, err, name)
		if row.code == 0 {
			assert.Empty(t, got, name)
			continue
		}
		require.GreaterOrEqual(t, len(got), 4, name)
		assert.Equal(t, byte(0x88), got[0], name)
		assert.Equal(t, row.code, uint16(got[2])<<8|uint16(got[3]), name)
	}
	c := s.open(t)
	c.say(`{"message":"hi"}`)
	_, end := c.answer()
	assert.Equal(t, "Hello.", end.Response)
}

func TestAMessageThatTricklesInIsNotAwaitedForEver(t *testing.T) {
	t.Parallel()
	s := serve(t, chatting(says()), func(cfg *httpapi.Config) { cfg.Sockets.Silence = 300 * time.Millisecond })
	conn, r := rawSocket(t, s)
	go func() {
		_, err := io.WriteString(conn, "\x01\x80\x00\x00\x00\x00")
		for err == nil {
			time.Sleep(20 * time.Millisecond)
			_, err = io.WriteString(conn, "\x00\x81\x00\x00\x00\x00 \x89\x80\x00\x00\x00\x00") // a space and a ping
		}
	}()
	got, err := io.ReadAll(r)
	require.NoError(t, err)
	assert.Contains(t, string(got), "\x8a\x00", "pings are answered meanwhile")
	assert.Contains(t, string(got), "\x03\xf0The connection was silent for too long.")
}

func TestAMessageThatDoesNotEndClosesTheSocket(t *testing.T) {
	t.Parallel()
	c := serve(t, chatting(says())).open(t)
	go func() {
		ctx, cancel := within(t)
		defer cancel()
		_ = c.Write(ctx, websocket.MessageText, make([]byte, 70<<20)) // the server need not take all of it
	}()
	assert.Equal(t, websocket.StatusMessageTooBig, c.closed())
}

func TestAMessageMayComeInPartsWithPingsBetween(t *testing.T) {
	t.Parallel()
	s := serve(t, chatting(says("Hello.")))
	conn, r := rawSocket(t, s)
	mask := "\x00\x00\x00\x00"
	part := func(op byte, text string) string { return string([]byte{op, 0x80 | byte(len(text))}) + mask + text }
	_, err := io.WriteString(conn, part(0x01, `{"mess`)+part(0x89, "p")+part(0x00, `age":`)+part(0x80, `"hi"}`))
	require.NoError(t, err)
	pong := make([]byte, 3)
	_, err = io.ReadFull(r, pong)
	require.NoError(t, err)
	assert.Equal(t, "\x8a\x01p", string(pong))
	hello := make([]byte, 8)
	_, err = io.ReadFull(r, hello)
	require.NoError(t, err)
	assert.Equal(t, "\x81\x06Hello.", string(hello))
}
