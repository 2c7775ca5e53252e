package httpapi_test

import (
	"io"
	"net"
	"runtime"
	"strings"
	"testing"

	"github.com/adiuva/cloud/adapters/httpapi"
	"github.com/stretchr/testify/require"
)

// BenchmarkIdleSockets measures what a socket costs that only waits, in bytes of heap and stack. The clients are bare
// connections, so that next to nothing of it is theirs.
func BenchmarkIdleSockets(b *testing.B) {
	const sockets = 1000
	s := serve(b, chatting(says()), func(cfg *httpapi.Config) { cfg.Sockets.User = sockets })
	for b.Loop() {
		before := inUse()
		conns := make([]net.Conn, 0, sockets)
		for range sockets {
			conn, err := new(net.Dialer).DialContext(b.Context(), "tcp", s.addr)
			require.NoError(b, err)
			_, err = io.WriteString(conn, "GET "+socketPath+" HTTP/1.1\r\nHost: x\r\n"+strings.Join(upgrade, "\r\n")+"\r\n\r\n")
			require.NoError(b, err)
			_, err = conn.Read(make([]byte, 4<<10))
			require.NoError(b, err)
			conns = append(conns, conn)
		}
		b.ReportMetric(float64(inUse()-before)/sockets, "B/socket")
		for _, conn := range conns {
			require.NoError(b, conn.Close())
		}
	}
}

// inUse is what is in use after a collection.
func inUse() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse + m.StackInuse)
}
