package httpapi

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/adiuva/cloud/adapters/httpapi/middleware"
	"github.com/adiuva/cloud/domain/account"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/fasthttp/websocket"
)

// The bounds of what a client sends and of saying goodbye.
const (
	discardBytes = 64 << 20 // of a message that is too large are read over, so that the socket stays usable
	goodbyeTime  = 5 * time.Second
	controlTime  = time.Second
	maxHeld      = 16 // of what a client sent before its turn; who sends more is not told of each
)

// ending is why a socket ends. A code of 0 closes it without a word: the client is gone, or does not read.
type ending struct {
	code   int
	reason string
	err    error // for the log; nil if all is well
}

// socket is one WebSocket. One goroutine, the one that serves it, reads; so a client that goes away is noticed whatever else
// is under way. A run has a goroutine of its own, and so has writing while there is something to write.
type socket struct {
	api       *API
	who       account.Principal
	requestID string
	dialect   dialect
	release   func()                                                // gives the place back
	within    func(time.Duration) (ctx context.Context, end func()) // begins a run's context
	onClose   func(sent int64, err error)

	conn *websocket.Conn
	raw  net.Conn // below conn, for deadlines only
	out  *outbox
	sent atomic.Int64

	mu       sync.Mutex
	run      *chatRun    // guarded by mu: the one under way
	held     []frame     // guarded by mu: answers to frames that were not taken meanwhile
	ended    *ending     // guarded by mu: why no more is read
	draining bool        // guarded by mu
	reading  bool        // guarded by mu: a message is arriving, and has a deadline
	beats    *time.Timer // guarded by mu
	runs     sync.WaitGroup
}

var _ middleware.Stream = (*socket)(nil)

// OnClose implements middleware.Stream.
func (s *socket) OnClose(f func(sent int64, err error)) { s.onClose = f }

// serve talks until one side has had enough, and returns when nothing of the socket is left.
func (s *socket) serve(ctx context.Context, conn *websocket.Conn, raw net.Conn) {
	s.conn, s.raw = conn, raw
	s.out = newOutbox(s.write, s.unwritten, func() { _ = raw.SetWriteDeadline(time.Unix(1, 0)) })
	closed := s.api.observer.Opened(ctx, "websocket")
	defer closed()
	if tcp, ok := raw.(interface{ SetWriteBuffer(int) error }); ok {
		_ = tcp.SetWriteBuffer(socketSendBuffer)
	}
	conn.SetPingHandler(func(data string) error {
		s.out.offer(frame{websocket.PongMessage, []byte(data)})
		s.heard()
		return nil
	})
	conn.SetPongHandler(func(string) error { s.heard(); return nil })
	conn.SetCloseHandler(func(int, string) error { return nil }) // finish answers it
	s.heard()
	s.mu.Lock()
	s.beats = time.AfterFunc(s.api.sockets.bounds.Ping, s.beat)
	s.mu.Unlock()
	if s.api.sockets.enter(s) {
		s.drain()
	}
	s.finish(s.read())
}

// beat pings the client, again and again.
func (s *socket) beat() {
	s.out.offer(frame{websocket.PingMessage, nil})
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended == nil {
		s.beats.Reset(s.api.sockets.bounds.Ping)
	}
}

// heard is called for every sign of life.
func (s *socket) heard() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended == nil && !s.reading {
		_ = s.raw.SetReadDeadline(time.Now().Add(s.api.sockets.bounds.Silence))
	}
}

// arriving is called when a message begins and when it is there. Meanwhile nothing counts as a sign of life: a message that
// trickles in would hold on to its memory for ever.
func (s *socket) arriving(yes bool) {
	s.mu.Lock()
	s.reading = yes
	if s.ended == nil && yes {
		_ = s.raw.SetReadDeadline(time.Now().Add(s.api.sockets.bounds.Silence))
	}
	s.mu.Unlock()
	s.heard()
}

// stop ends the reading, and with it the socket. The first reason counts.
func (s *socket) stop(why ending) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended == nil {
		s.ended = &why
	}
	_ = s.raw.SetReadDeadline(time.Unix(1, 0)) // wakes the reader
}

// drain ends the socket when no run is under way.
func (s *socket) drain() {
	s.mu.Lock()
	s.draining = true
	idle := s.run == nil
	s.mu.Unlock()
	if idle {
		s.stop(ending{code: websocket.CloseGoingAway, reason: "The server is shutting down."})
	}
}

// write is how the outbox writes. What cannot be written is the client's doing: it is gone, or reads too slowly.
func (s *socket) write(f frame) error {
	deadline := time.Now().Add(s.api.sockets.bounds.Write)
	var err error
	if f.kind == websocket.TextMessage {
		_ = s.conn.SetWriteDeadline(deadline) // never fails
		err = s.conn.WriteMessage(f.kind, f.data)
	} else {
		err = s.conn.WriteControl(f.kind, f.data, deadline)
	}
	if err != nil {
		return fault.Wrap(err, errGone.Code, errGone.Message)
	}
	s.sent.Add(int64(len(f.data)))
	return nil
}

// unwritten is told why nothing is written any more. Half a frame may be out, so there is no way left to say goodbye.
func (s *socket) unwritten(err error) { s.stop(ending{err: err}) }

// read takes the client's messages until there are no more, and says why.
func (s *socket) read() (why ending) {
	defer func() {
		if r := recover(); r != nil {
			why = ending{code: websocket.CloseInternalServerErr, err: middleware.Panicked(r)}
		}
	}()
	for {
		kind, r, err := s.conn.NextReader()
		if err != nil {
			return s.unread(err)
		}
		s.arriving(true)
		text, err := s.message(kind, r)
		s.arriving(false)
		if f, ok := errors.AsType[*fault.Error](err); ok {
			s.refuse(f, "")
			continue
		}
		if err != nil {
			return s.unread(err)
		}
		s.take(text)
	}
}

// errEndless is a message of which more was read over than is worth it.
var errEndless = errors.New("the message does not end")

// message is the text of one message. A fault is an answer to it, any other error is the end of the socket.
func (s *socket) message(kind int, r io.Reader) (string, error) {
	limit := s.dialect.maxBytes()
	if kind != websocket.TextMessage {
		return "", s.skip(r, fault.New(fault.UnsupportedMediaType, "Only text frames are spoken here."))
	}
	var b strings.Builder
	n, err := collect(&b, io.LimitReader(r, limit+1))
	switch {
	case err != nil:
		return "", err
	case n > limit:
		return "", s.skip(r, fault.From(tooLarge(chatBody.maxBytes)))
	}
	return b.String(), nil
}

// skip reads over the rest of a message that is refused.
func (s *socket) skip(r io.Reader, refused *fault.Error) error {
	n, err := io.Copy(io.Discard, io.LimitReader(r, discardBytes))
	switch {
	case err != nil:
		return err
	case n == discardBytes:
		return errEndless
	}
	return refused
}

// unread is why nothing more is read.
func (s *socket) unread(err error) ending {
	s.mu.Lock()
	ended := s.ended
	s.mu.Unlock()
	var closed *websocket.CloseError
	switch {
	case ended != nil:
		return *ended
	case errors.As(err, &closed):
		if closed.Code == websocket.CloseNoStatusReceived {
			return ending{code: websocket.CloseNormalClosure}
		}
		return ending{code: closed.Code}
	case errors.Is(err, errEndless):
		return ending{code: websocket.CloseMessageTooBig, reason: "The message is too large."}
	case isTimeout(err):
		return ending{code: websocket.ClosePolicyViolation, reason: "The connection was silent for too long.", err: errGone}
	}
	return ending{err: errGone} // gone, or not speaking the protocol; then it was told so
}

// refuse answers a frame that is not taken. Where nothing in a frame says what it belongs to, a client takes it for the end of
// the answer under way: there it waits until that has come.
func (s *socket) refuse(f *fault.Error, kind string) {
	middleware.LogFault(s.api.log, s.requestID, f)
	answer := frame{websocket.TextMessage, s.dialect.refused(problemOf(f, s.requestID), kind)}
	s.mu.Lock()
	if s.run != nil && s.dialect.name() == "" {
		defer s.mu.Unlock()
		if len(s.held) < maxHeld {
			s.held = append(s.held, answer)
		}
		return
	}
	s.mu.Unlock()
	_ = s.out.put(answer)
}

// finish ends what is under way, says goodbye if somebody is there to hear it, and lets go of everything.
func (s *socket) finish(why ending) {
	defer s.over(why.err)
	s.stop(why)
	s.mu.Lock()
	if s.run != nil {
		s.run.cancel(errGone)
	}
	s.beats.Stop()
	s.mu.Unlock()
	grace := goodbyeTime
	if why.code == 0 {
		grace = 0
		s.out.end(errClosed)
	}
	late := time.AfterFunc(grace, func() { s.out.end(errClosed) }) // nobody waits for longer to be written
	defer late.Stop()
	s.runs.Wait()
	if s.out.close(grace) && why.code != 0 {
		_ = s.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(why.code, why.reason), time.Now().Add(controlTime))
	}
}

// over gives everything back, whether the socket was served or not.
func (s *socket) over(err error) {
	s.api.sockets.leave(s)
	s.release()
	if s.onClose != nil {
		s.onClose(s.sent.Load(), err)
	}
}
