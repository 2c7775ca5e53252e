package orchestration

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/adiuva/cloud/application/orchestration/sanitizer"
	"github.com/adiuva/cloud/domain/chat"
)

// errLeaked ends a run whose answer began to give away what must not leave. It never reaches a client: what was said until
// then, with a refusal, is the answer.
var errLeaked = errors.New("the answer would have given a prompt away")

// filter stands between a run and its client. All that leaves passes the sanitizer here and nowhere else.
//
// With a sink, text leaves as soon as it cannot become part of a leak any more. Without one it is collected, so that a leak
// can be cut off before its first letter.
type filter struct {
	sanitizer *sanitizer.Sanitizer
	own       *sanitizer.Own
	stream    *sanitizer.Stream
	sink      chat.Sink // nil: nobody hears of anything before the end
	raw       strings.Builder
	said      strings.Builder
	asked     []chat.Withheld // what leaked in questions to the client
	finished  chat.Event      // the step that is over, told when all that it said is out
}

func newFilter(s *sanitizer.Sanitizer, r chat.Request, sink chat.Sink) *filter {
	own := sanitizer.OwnOf(r)
	return &filter{sanitizer: s, own: own, stream: s.Stream(own), sink: sink}
}

// Send implements chat.Sink.
func (f *filter) Send(ctx context.Context, e chat.Event) error {
	if err := f.flush(ctx); err != nil { // whatever comes now belongs to no step that is over
		return err
	}
	if _, over := e.(chat.StepFinished); over {
		f.finished = e
		return nil
	}
	token, ok := e.(chat.Token)
	if !ok {
		return f.pass(ctx, e)
	}
	f.raw.WriteString(token.Text)
	if err := f.say(ctx, f.stream.Write(token.Text)); err != nil {
		return err
	}
	if f.stream.Leaked() {
		return errLeaked
	}
	return nil
}

func (f *filter) say(ctx context.Context, text string) error {
	if text == "" {
		return nil
	}
	f.said.WriteString(text)
	return f.pass(ctx, chat.Token{Text: text})
}

// flush tells of the step that is over.
func (f *filter) flush(ctx context.Context) error {
	if f.finished == nil {
		return nil
	}
	e := f.finished
	f.finished = nil
	return f.pass(ctx, e)
}

func (f *filter) pass(ctx context.Context, e chat.Event) error {
	if f.sink == nil {
		return nil
	}
	return f.sink.Send(ctx, e)
}

// finish makes of a run's reply what its client gets: the text as it left, and the actions if nothing leaked.
func (f *filter) finish(ctx context.Context, r chat.Reply) (chat.Reply, error) {
	if f.sink == nil {
		r.Text = f.raw.String()
		return f.sanitizer.Reply(r, f.own), nil
	}
	err := f.say(ctx, f.stream.Close())
	r.Withheld = f.stream.Withheld()
	hits := slices.Concat(f.asked, f.sanitizer.Leaks(r, f.own))
	if len(hits) > 0 && !f.stream.Leaked() && err == nil {
		err = f.say(ctx, refusal(f.said.Len() > 0))
	}
	r.Withheld = append(r.Withheld, hits...)
	if len(hits) > 0 || f.stream.Leaked() {
		r.Actions, r.Pending, r.Model = nil, nil, ""
	}
	r.Text = f.said.String()
	if err == nil {
		err = f.flush(ctx)
	}
	for _, a := range r.Actions {
		if err == nil {
			err = f.pass(ctx, chat.Proposed{Action: a})
		}
	}
	return r, err
}

// guardedLookup is a client's lookup: what an agent asks of it leaves the server too.
type guardedLookup struct {
	*filter
	next chat.Lookup
}

// Lookup implements chat.Lookup.
func (g guardedLookup) Lookup(ctx context.Context, calls []chat.ToolCall) ([]chat.Finding, error) {
	if g.asked = g.sanitizer.Leaks(chat.Reply{Pending: calls}, g.own); len(g.asked) > 0 {
		return nil, errLeaked
	}
	found, err := g.next.Lookup(ctx, calls)
	for _, f := range found {
		g.own.Add(f.Result)
	}
	return found, err
}

// refusal is what is said in place of what leaked, after something or at first.
func refusal(after bool) string {
	if after {
		return "\n\n" + sanitizer.Refusal
	}
	return sanitizer.Refusal
}
