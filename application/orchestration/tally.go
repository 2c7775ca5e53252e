package orchestration

import (
	"context"
	"sync"
	"time"

	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/ports"
)

// meterTimeout bounds how long the end of a request waits for its usage to be counted.
const meterTimeout = 2 * time.Second

// tally is a model that remembers what it cost: every call of one request, those that failed or were broken off included.
type tally struct {
	ports.LLM

	mu    sync.Mutex
	spent map[string]chat.Spend // guarded by mu: by model
	last  string                // guarded by mu: the model of the last call
}

// Complete implements ports.LLM.
func (t *tally) Complete(ctx context.Context, req ports.LLMRequest, onText func(string) error) (ports.LLMReply, error) {
	reply, err := t.LLM.Complete(ctx, req, onText)
	if reply.Model == "" && reply.Usage == (chat.Usage{}) {
		return reply, err // it never came to a call
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.spent[reply.Model]
	s.Model = reply.Model
	s.Calls++
	s.Prompt += int64(reply.Usage.PromptTokens)
	s.Written += int64(reply.Usage.CompletionTokens)
	if reply.Estimated {
		s.Estimated++
	}
	if t.spent == nil {
		t.spent = map[string]chat.Spend{}
	}
	t.spent[reply.Model], t.last = s, reply.Model
	return reply, err
}

// lastModel is what was called last, as the provider names it.
func (t *tally) lastModel() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.last
}

// usage is the sum over all models.
func (t *tally) usage() chat.Usage {
	t.mu.Lock()
	defer t.mu.Unlock()
	var u chat.Usage
	for _, s := range t.spent {
		u = u.Add(chat.Usage{PromptTokens: int(s.Prompt), CompletionTokens: int(s.Written)})
	}
	return u
}

// settle counts it all for the user, whatever became of the request. A count that cannot be kept does not spoil an answer
// that is there: it is reported and given up.
func (t *tally) settle(ctx context.Context, userID string, clock ports.Clock, m ports.Meter, o ports.Observer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.spent) == 0 {
		return
	}
	start := clock.Now()
	list := make([]chat.Spend, 0, len(t.spent))
	for _, s := range t.spent {
		s.Day = chat.DayOf(start)
		list = append(list, s)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), meterTimeout)
	defer cancel()
	ctx = o.Start(ctx, "meter")
	err := m.Add(ctx, userID, list...)
	o.End(ctx, "meter", clock.Now().Sub(start), fault.CodeOf(err), err)
}
