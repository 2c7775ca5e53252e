package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"sync"
	"time"

	"github.com/adiuva/cloud/adapters/httpapi/middleware"
)

// EventBounds are what an event stream does while nothing happens, and how long it waits for its reader. A zero field
// stands for its default.
type EventBounds struct {
	Silence time.Duration // before a comment is sent: a client that went away is noticed by the second; 400 ms
	Write   time.Duration // for the client to take one piece; 20 s
}

// farewell is how long the last event of a run that was broken off may take.
const farewell = time.Second

// ping is a comment of server-sent events, which clients pass over.
const ping = ": ping\n\n"

// eventStream is an answer of server-sent events. One goroutine puts them in, as fast as the connection takes them; the
// connection reads them and, when there are none, a comment, so that it learns whether anybody listens.
type eventStream struct {
	bounds   EventBounds
	extend   func(time.Time) error // moves the connection's write deadline
	end      func()                // of the run's context
	pieces   chan []byte
	gone     chan struct{} // closed when the connection takes no more
	done     chan struct{} // closed when the run is over
	err      error         // of the run; read after done
	left     []byte        // of the piece that is being read
	sent     int64
	complete bool // the connection has all
	once     sync.Once
	onClose  func(sent int64, err error)
}

var (
	_ io.ReadCloser     = (*eventStream)(nil)
	_ middleware.Stream = (*eventStream)(nil)
)

func newEventStream(bounds EventBounds, extend func(time.Time) error, end func()) *eventStream {
	if bounds.Silence <= 0 {
		bounds.Silence = 400 * time.Millisecond
	}
	if bounds.Write <= 0 {
		bounds.Write = 20 * time.Second
	}
	return &eventStream{bounds: bounds, extend: extend, end: end, pieces: make(chan []byte), gone: make(chan struct{}), done: make(chan struct{})}
}

// perform runs what writes the events. Its panic is a failure of the run.
func (s *eventStream) perform(run func() error) {
	defer close(s.done)
	defer func() {
		if r := recover(); r != nil {
			s.err = middleware.Panicked(r)
		}
	}()
	s.err = run()
}

// send puts one event in and waits until the connection takes it.
func (s *eventStream) send(ctx context.Context, event any) error {
	var b bytes.Buffer
	b.WriteString("data: ")
	if err := json.NewEncoder(&b).Encode(event); err != nil {
		return err
	}
	b.WriteByte('\n')
	select {
	case s.pieces <- b.Bytes():
		return nil
	case <-s.gone:
		return errGone
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Read implements io.Reader.
func (s *eventStream) Read(p []byte) (int, error) {
	if len(s.left) == 0 {
		if err := s.next(); err != nil {
			return 0, err
		}
		_ = s.extend(time.Now().Add(s.bounds.Write)) // without a connection, in tests, nobody is waited for
	}
	n := copy(p, s.left)
	s.left = s.left[n:]
	s.sent += int64(n)
	return n, nil
}

func (s *eventStream) next() error {
	silence := time.NewTimer(s.bounds.Silence)
	defer silence.Stop()
	select {
	case s.left = <-s.pieces:
	case <-silence.C:
		s.left = []byte(ping)
	case <-s.done: // everything that was put in is taken by now
		s.complete = true
		return io.EOF
	}
	return nil
}

// OnClose implements middleware.Stream.
func (s *eventStream) OnClose(f func(int64, error)) { s.onClose = f }

// Close is called when the answer is out, or can't be. It waits for the run to end.
func (s *eventStream) Close() error {
	s.once.Do(func() {
		close(s.gone)
		s.end()
		<-s.done
		switch {
		case s.onClose == nil:
		case s.complete:
			s.onClose(s.sent, s.err)
		default:
			s.onClose(s.sent, errGone)
		}
	})
	return nil
}
