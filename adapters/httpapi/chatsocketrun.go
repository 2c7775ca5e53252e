package httpapi

import (
	"context"
	"errors"
	"time"

	"github.com/adiuva/cloud/adapters/httpapi/middleware"
	"github.com/adiuva/cloud/application/accounts"
	"github.com/adiuva/cloud/application/orchestration"
	"github.com/adiuva/cloud/application/usecase"
	"github.com/adiuva/cloud/domain/account"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/fasthttp/websocket"
)

// errCancelled ends a run that its client cancelled.
var errCancelled = fault.New(fault.RequestTimeout, "The answer was cancelled by the client.")

// take does what a client's frame says.
func (s *socket) take(text string) {
	says, err := s.dialect.read(s.api, text)
	if says.found != nil { // first: an agent may be waiting, whatever is wrong with it
		err = errors.Join(s.deliver(*says.found), err)
	}
	switch {
	case err != nil:
		s.refuse(fault.From(err), says.kind)
	case says.ask != nil:
		s.begin(*says.ask)
	case says.cancel:
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.run != nil {
			s.run.cancel(errCancelled)
		}
	}
}

func (s *socket) deliver(f chat.Finding) error {
	s.mu.Lock()
	r := s.run
	s.mu.Unlock()
	if r == nil {
		return noSuchRequest()
	}
	return r.questions.answer(f)
}

// begin starts a run, unless one is under way. One that has only its last frame to queue is waited for.
func (s *socket) begin(request chat.Request) {
	s.mu.Lock()
	last := s.run
	s.mu.Unlock()
	if last != nil {
		select {
		case <-last.answered:
			<-last.done
		default:
			s.refuse(fault.New(fault.Conflict, "An answer is under way. Wait for its end, or cancel it."), "chat")
			return
		}
	}
	ctx, end := s.within(chatBody.work)
	r := &chatRun{socket: s, request: request, answered: make(chan struct{}), done: make(chan struct{})}
	r.script = s.dialect.script(s.api.ids.NewID())
	ctx, r.cancel = context.WithCancelCause(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended != nil || s.draining {
		end()
		return // the socket is being closed
	}
	s.run = r
	s.runs.Go(func() {
		defer end()
		r.serve(ctx)
	})
}

// chatRun is one request under way.
type chatRun struct {
	socket    *socket
	request   chat.Request
	script    script
	runes     runes
	started   bool
	cancel    context.CancelCauseFunc
	questions questions
	answered  chan struct{} // closed before the last frame is queued
	done      chan struct{} // closed when the next run may begin
}

var (
	_ chat.Sink   = (*chatRun)(nil)
	_ chat.Lookup = (*chatRun)(nil)
)

// serve runs the request and writes its last frame, whatever becomes of it.
func (r *chatRun) serve(ctx context.Context) {
	defer r.leave()
	defer r.cancel(nil)
	defer func() {
		if v := recover(); v != nil {
			r.socket.stop(ending{code: websocket.CloseInternalServerErr, err: middleware.Panicked(v)})
		}
	}()
	out, err := r.answer(ctx)
	close(r.answered)
	if err != nil {
		r.fail(err)
		return
	}
	if rest := r.runes.rest(); rest != "" {
		_ = r.write(context.Background(), r.script.token(rest)...)
	}
	_ = r.write(context.Background(), r.script.ended(out)...) // an error is the end of the socket, which its reader sees
}

func (r *chatRun) leave() {
	s := r.socket
	s.mu.Lock()
	s.run = nil
	draining, held := s.draining, s.held
	s.held = nil
	s.mu.Unlock()
	for _, f := range held {
		_ = s.out.put(f) // an error is the end of the socket, which its reader sees
	}
	close(r.done)
	if draining {
		s.drain()
	}
}

func (r *chatRun) fail(err error) {
	s := r.socket
	f := fault.From(err)
	middleware.LogFault(s.api.log, s.requestID, err)
	p := problemOf(f, s.requestID)
	if !r.started {
		_ = s.out.put(frame{websocket.TextMessage, s.dialect.refused(p, "chat")})
	} else {
		_ = r.write(context.Background(), r.script.failed(p))
	}
	if f.Code == fault.Unauthenticated {
		s.stop(ending{code: websocket.ClosePolicyViolation, reason: "The session has ended. Log in again."})
	}
}

// answer asks whether the session still lives, then the agents. A panic is a failure of this run alone.
func (r *chatRun) answer(ctx context.Context) (out orchestration.Answer, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = middleware.Panicked(v)
		}
	}()
	s := r.socket
	uc := s.api.useCases
	check := caused[accounts.CheckSessionInput, account.Principal]{uc.Accounts.CheckSession}
	who, err := usecase.Observe(ctx, s.api.observer, "checkSession", check, accounts.CheckSessionInput{UserID: s.who.UserID, SessionID: s.who.SessionID})
	if err != nil {
		return out, err
	}
	r.started = true
	if err := r.write(ctx, r.script.begun()...); err != nil {
		return out, err
	}
	in := orchestration.OrchestrateStreamInput{UserID: who.UserID, Request: r.request, Sink: r}
	if s.dialect.asks() {
		in.Lookup = r
	}
	stream := caused[orchestration.OrchestrateStreamInput, orchestration.Answer]{uc.Orchestration.OrchestrateStream}
	return usecase.Observe(ctx, s.api.observer, "chatStream", stream, in)
}

// caused is a use case that fails with the reason for which its context ended: a client that leaves is no fault of ours or
// of a provider's, whatever the call that was broken off says.
type caused[In, Out any] struct{ usecase.UseCase[In, Out] }

// Execute implements usecase.UseCase.
func (u caused[In, Out]) Execute(ctx context.Context, in In) (Out, error) {
	out, err := u.UseCase.Execute(ctx, in)
	if reason, ok := errors.AsType[*fault.Error](context.Cause(ctx)); ok && err != nil {
		err = reason
	}
	return out, err
}

// Send implements chat.Sink.
func (r *chatRun) Send(ctx context.Context, e chat.Event) error {
	token, ok := e.(chat.Token)
	if !ok {
		return r.write(ctx, r.script.event(e)...)
	}
	text := r.runes.next(token.Text)
	if text == "" {
		return nil
	}
	return r.write(ctx, r.script.token(text)...)
}

func (r *chatRun) write(ctx context.Context, list ...any) error {
	for _, v := range list {
		f := frame{kind: websocket.TextMessage}
		if text, ok := v.(string); ok {
			f.data = []byte(text)
		} else {
			f.data = asJSON(v)
		}
		if err := r.socket.out.send(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

// Lookup implements chat.Lookup.
func (r *chatRun) Lookup(ctx context.Context, calls []chat.ToolCall) ([]chat.Finding, error) {
	all := r.questions.ask(calls)
	for _, call := range calls {
		if err := r.write(ctx, r.script.asked(call)); err != nil {
			return nil, err
		}
	}
	timer := time.NewTimer(r.socket.api.sockets.bounds.Lookup)
	defer timer.Stop()
	select {
	case <-all:
	case <-timer.C:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	return r.questions.close(), nil
}
