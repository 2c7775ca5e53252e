package httpapi

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// The bounds of reading on after the answer.
const (
	lingerTime  = 5 * time.Second
	lingerBytes = 256 << 20
)

// lingering closes connections so that the last answer arrives: a client that is still sending a body which was refused
// would see its connection reset, and the answer lost, if we closed at once (RFC 9112, 9.6). What it sends is dropped.
type lingering struct {
	net.Listener
	open atomic.Int64 // connections that are not closed for the peer yet
}

// wait returns when every connection is closed for its peer too, or after limit.
func (l *lingering) wait(limit time.Duration) {
	for end := time.Now().Add(limit); l.open.Load() > 0 && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
	}
}

// Accept implements net.Listener.
func (l *lingering) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	if tcp, ok := c.(*net.TCPConn); ok {
		l.open.Add(1)
		return &lingerConn{TCPConn: tcp, owner: l}, nil
	}
	return c, nil
}

// lingerConn is closed for its user by Close, and for the peer when the peer is done too or the bounds are reached.
type lingerConn struct {
	*net.TCPConn
	owner   *lingering
	reading sync.Mutex // held by whoever reads
	mu      sync.Mutex
	closed  bool // guarded by mu, as is setting deadlines
}

// Read implements net.Conn.
func (c *lingerConn) Read(p []byte) (int, error) {
	c.reading.Lock()
	defer c.reading.Unlock()
	if c.isClosed() {
		return 0, net.ErrClosed
	}
	n, err := c.TCPConn.Read(p)
	if err != nil && c.isClosed() {
		err = net.ErrClosed
	}
	return n, err
}

func (c *lingerConn) isClosed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closed
}

// SetReadDeadline implements net.Conn.
func (c *lingerConn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return net.ErrClosed
	}
	return c.TCPConn.SetReadDeadline(t)
}

// SetDeadline implements net.Conn.
func (c *lingerConn) SetDeadline(t time.Time) error {
	if err := c.SetReadDeadline(t); err != nil {
		return err
	}
	return c.SetWriteDeadline(t)
}

// Close implements net.Conn. It returns at once: our side is closed by then, the rest happens in the background.
func (c *lingerConn) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return net.ErrClosed
	}
	c.closed = true
	_ = c.CloseWrite()
	_ = c.TCPConn.SetReadDeadline(time.Unix(1, 0)) // wakes whoever reads
	go c.linger()                                  // ends by its bounds
	return nil
}

func (c *lingerConn) linger() {
	c.reading.Lock()
	defer c.reading.Unlock()
	defer func() {
		_ = c.TCPConn.Close()
		c.owner.open.Add(-1)
	}()
	_ = c.TCPConn.SetReadDeadline(time.Now().Add(lingerTime))
	_, _ = io.CopyN(io.Discard, c.TCPConn, lingerBytes)
}
