package orchestration

import (
	"context"

	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/plan"
)

// Orchestrate answers a message, when the whole answer is there.
type Orchestrate struct {
	Responder *Responder
}

// OrchestrateInput is who asks what.
type OrchestrateInput struct {
	UserID  string
	Request chat.Request
}

// Answer is what a request came to: a reply, or in Plan mode a plan, with what it cost in the reply.
type Answer struct {
	Reply chat.Reply
	Plan  *plan.Plan // nil in Direct mode
}

// Execute classifies the message, lets the agents of the user's tier work on it, and answers with what they say and what
// they prepared; in Plan mode, with the plan by which the client lets them work. Everything in the answer passes the
// sanitizer.
//
// ValidationFailed for a request or a model that is not allowed, TierRequired for a choice of model, or in Plan mode for an
// agent, that the tier does not have, UpstreamTimeout when it takes too long, and what the model fails with.
func (u *Orchestrate) Execute(ctx context.Context, in OrchestrateInput) (Answer, error) {
	return u.Responder.respond(ctx, in.UserID, in.Request, nil, nil)
}

// OrchestrateStream answers a message piece by piece, while it is written.
type OrchestrateStream struct {
	Responder *Responder
}

// OrchestrateStreamInput is who asks what, who listens, and who can be asked.
type OrchestrateStreamInput struct {
	UserID  string
	Request chat.Request
	Sink    chat.Sink   // hears of the answer while it is made
	Lookup  chat.Lookup // nil if the client cannot be asked for what it did not send
}

// Execute is Orchestrate's, and the sink hears of it as it happens: what was said is the reply's text, to the letter. A plan
// is there at once and is not streamed. When the sink fails, the model is stopped and the error is the sink's.
func (u *OrchestrateStream) Execute(ctx context.Context, in OrchestrateStreamInput) (Answer, error) {
	return u.Responder.respond(ctx, in.UserID, in.Request, in.Sink, in.Lookup)
}

func (p *Responder) respond(ctx context.Context, userID string, r chat.Request, sink chat.Sink, lookup chat.Lookup) (Answer, error) {
	x, err := p.begin(ctx, userID, r, sink, lookup)
	if err != nil {
		return Answer{}, err
	}
	if r.Mode == chat.Plan {
		return x.planned(ctx)
	}
	reply, err := x.within(ctx, x.answer)
	return Answer{Reply: reply}, err
}
