package httpapi

import (
	"sync"

	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/fault"
)

// questions are what a run asks its client, round after round.
type questions struct {
	mu    sync.Mutex
	state map[string]state // guarded by mu: of all rounds, by the id of the call
	open  int              // guarded by mu
	found []chat.Finding   // guarded by mu: in this round
	all   chan struct{}    // guarded by mu: closed when nothing of this round is open
}

// state is what became of a question.
type state int

const (
	asked state = iota + 1
	answered
	late
)

// ask begins a round. The channel is closed when every call has its answer.
func (q *questions) ask(calls []chat.ToolCall) <-chan struct{} {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.state == nil {
		q.state = map[string]state{}
	}
	q.all, q.found, q.open = make(chan struct{}), nil, 0
	for _, call := range calls {
		if q.state[call.ID] == 0 {
			q.state[call.ID] = asked
			q.open++
		}
	}
	if q.open == 0 {
		close(q.all)
	}
	return q.all
}

// answer takes what the client found. NotFound for what was never asked, Conflict for what has its answer, RequestTimeout
// for what nobody waits for any more.
func (q *questions) answer(f chat.Finding) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch q.state[f.CallID] {
	case asked:
	case answered:
		return fault.New(fault.Conflict, "This tool request has been answered.")
	case late:
		return fault.New(fault.RequestTimeout, "This result came too late: the answer went on without it.")
	default:
		return noSuchRequest()
	}
	q.state[f.CallID] = answered
	q.found = append(q.found, f)
	if q.open--; q.open == 0 {
		close(q.all)
	}
	return nil
}

// close ends the round and answers with what was found. What is still open comes too late from now on.
func (q *questions) close() []chat.Finding {
	q.mu.Lock()
	defer q.mu.Unlock()
	for id, s := range q.state {
		if s == asked {
			q.state[id] = late
		}
	}
	found := q.found
	q.found, q.open = nil, 0
	return found
}

func noSuchRequest() error {
	return fault.New(fault.NotFound, "There is no tool request with this id.")
}
