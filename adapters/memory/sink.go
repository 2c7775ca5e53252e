package memory

import (
	"context"
	"strings"
	"sync"

	"github.com/adiuva/cloud/domain/chat"
)

var _ chat.Sink = (*Sink)(nil)

// Sink keeps what it hears. Its zero value is ready.
type Sink struct {
	Fail func(chat.Event) error // what Send answers instead of keeping; nil for never

	mu     sync.Mutex
	events []chat.Event // guarded by mu
}

// Send implements chat.Sink.
func (s *Sink) Send(ctx context.Context, e chat.Event) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if s.Fail != nil {
		if err := s.Fail(e); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, e)
	return nil
}

// Events are what was heard, in order.
func (s *Sink) Events() []chat.Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]chat.Event(nil), s.events...)
}

// Text is all tokens put together.
func (s *Sink) Text() string {
	var b strings.Builder
	for _, e := range s.Events() {
		if token, ok := e.(chat.Token); ok {
			b.WriteString(token.Text)
		}
	}
	return b.String()
}
