package httpapi

import (
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"github.com/adiuva/cloud/adapters/httpapi/middleware"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/valyala/fasthttp"
)

// What becomes of an answer that does not reach its end.
var (
	errGone   = fault.New(fault.RequestTimeout, "The client went away before the answer was complete.") // its doing, no error of ours
	errLonger = errors.New("the source holds more bytes than were announced")
)

// outgoing is an answer on its way: it reads from src as the client takes it and holds no more than one byte, the last,
// until src has ended without a failure. A failure breaks the connection off, so that a client never takes a part, or
// damaged bytes, for the whole; so does a panic, which would end the process otherwise.
type outgoing struct {
	src     io.ReadCloser
	end     func() // of the request's context
	size    int64  // -1 if it is not known
	conn    *fasthttp.RequestCtx
	idle    time.Duration // for each piece to be taken by the client; zero for what holds for all of it
	began   time.Time
	sent    int64
	failed  error
	done    bool
	once    sync.Once
	onClose func(sent int64, err error)
}

var _ middleware.Stream = (*outgoing)(nil)

// OnClose implements middleware.Stream.
func (o *outgoing) OnClose(f func(int64, error)) { o.onClose = f }

// The patience with who has taken much at once: a client that keeps to a rate of its own makes up for it by a rest, which
// can last as long as slowestLine bytes a second would have taken, but no more than longestRest times idle.
const (
	slowestLine = 16 << 10
	longestRest = 5
)

// patience is until when the next piece has to be taken.
func (o *outgoing) patience(now time.Time) time.Time {
	if o.began.IsZero() {
		o.began = now
	}
	rest := o.began.Add(time.Duration(o.sent/slowestLine) * time.Second).Sub(now)
	return now.Add(min(max(rest, o.idle), longestRest*o.idle))
}

// narrowBuffer is what the system may hold of an answer that nobody has taken yet. A third of it has to drain before it
// takes more: so it must be little, or a slow client would seem to rest. It is still enough for 10 MB a second over a
// line of 100 ms.
const narrowBuffer = 512 << 10

func narrow(conn net.Conn) {
	if c, ok := conn.(interface{ SetWriteBuffer(bytes int) error }); ok {
		_ = c.SetWriteBuffer(narrowBuffer) // the system may know better
	}
}

// Read implements io.Reader.
func (o *outgoing) Read(p []byte) (n int, err error) {
	defer func() {
		if r := recover(); r != nil {
			n, err = 0, middleware.Panicked(r)
		}
		o.sent += int64(n)
		if errors.Is(err, io.EOF) {
			o.done = true
		} else if err != nil {
			o.failed = err
		}
	}()
	n, err = o.read(p)
	if o.idle > 0 {
		_ = o.conn.SetWriteDeadline(o.patience(time.Now())) // without a connection, in tests, nobody is waited for
	}
	return n, err
}

func (o *outgoing) read(p []byte) (int, error) {
	left := o.size - o.sent
	if o.size < 0 {
		return o.src.Read(p)
	}
	if left > 1 {
		n, err := o.src.Read(p[:min(int64(len(p)), left-1)])
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF // fewer bytes than were announced
		}
		return n, err
	}
	var last [2]byte
	n, err := io.ReadFull(o.src, last[:left+1])
	switch {
	case err == nil:
		return 0, errLonger
	case int64(n) == left && (errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)):
		return copy(p, last[:n]), io.EOF
	case errors.Is(err, io.EOF):
		return 0, io.ErrUnexpectedEOF
	}
	return 0, err
}

// Close is called by fasthttp when the answer is out, or can't be.
func (o *outgoing) Close() error {
	o.once.Do(func() {
		o.end()
		_ = o.src.Close()
		if o.onClose == nil {
			return
		}
		switch {
		case o.failed != nil:
			o.onClose(o.sent, o.failed)
		case o.done || o.sent == o.size:
			o.onClose(o.sent, nil)
		default:
			o.onClose(o.sent, errGone)
		}
	})
	return nil
}
