package chainllm

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/adiuva/cloud/domain/chat"
)

// maxText bounds an answer's text, in bytes.
const maxText = 4 << 20

// brokenError marks a failure of the provider's stream, apart from the caller's own errors.
type brokenError struct{ cause error }

func (e *brokenError) Error() string { return e.cause.Error() }
func (e *brokenError) Unwrap() error { return e.cause }

func broken(cause error) error { return &brokenError{cause} }

// answer is what the model says, put together while it arrives.
type answer struct {
	onText     func(string) error
	modelAsked bool // the request named a model

	text    strings.Builder
	calls   calls
	hidden  int  // bytes that were written and belong to no text: thoughts, a refusal
	told    told // what the provider says that it cost
	model   string
	refused bool
	begun   bool   // something of the answer was there
	finish  string // why the model stopped, as it said
	over    bool   // the provider said that nothing more comes
}

// read reads the stream to its end; take handles each event. A document instead of a stream, from a server that cannot
// stream, is read as one event.
func (a *answer) read(r io.Reader, take func(event) error) error {
	b := bufio.NewReader(r)
	if c, err := firstByte(b); err == nil && c == '{' {
		return a.readDocument(b, take)
	}
	stream := newEvents(b)
	for !a.over {
		e, err := stream.next()
		if err != nil {
			return a.ended(err)
		}
		if len(bytes.TrimSpace(e.data)) == 0 || e.name == "ping" {
			continue // a sign of life is no word of an answer
		}
		if err := take(e); err != nil {
			return err
		}
	}
	return a.ended(io.EOF)
}

// firstByte is the first one that is no space, left in the reader.
func firstByte(b *bufio.Reader) (byte, error) {
	for {
		p, err := b.Peek(1)
		if err != nil {
			return 0, err
		}
		if !bytes.ContainsAny(p, " \t\r\n") {
			return p[0], nil
		}
		if _, err := b.Discard(1); err != nil {
			return 0, err
		}
	}
}

func (a *answer) readDocument(r io.Reader, take func(event) error) error {
	body, err := io.ReadAll(io.LimitReader(r, maxEvent+1))
	switch {
	case err != nil:
		return a.ended(err)
	case len(body) > maxEvent:
		return broken(errTooLong)
	}
	if err := take(event{data: body}); err != nil {
		return err
	}
	return a.ended(io.EOF)
}

// ended judges what ended the stream. Whatever happens after the model has said why it stopped, the answer is whole; an
// end in order without that is for complete to judge.
func (a *answer) ended(err error) error {
	switch {
	case errors.Is(err, errTooLong):
		return broken(err)
	case a.finish != "", errors.Is(err, io.EOF):
		return nil
	default:
		return broken(errCut)
	}
}

// patience is how long the provider may be silent from now on.
func (a *answer) patience(idle time.Duration) time.Duration {
	if a.finish != "" {
		return min(idle, afterwards)
	}
	return idle
}

// failed is a failure that the provider reports within a stream. What began is cut off; before that it is as if the
// provider had answered with an error.
func (a *answer) failed(data []byte) error {
	e := problem(http.StatusOK, data)
	if a.begun {
		return broken(fmt.Errorf("%w: %w", errCut, e))
	}
	return e.fault(a.modelAsked)
}

// write takes a piece of the text and hands it on.
func (a *answer) write(piece string) error {
	if piece == "" {
		return nil
	}
	a.begun = true
	if a.text.Len()+len(piece) > maxText {
		return broken(errTooLong)
	}
	a.text.WriteString(piece)
	if a.onText == nil {
		return nil
	}
	return a.onText(piece)
}

// complete judges the whole answer: why the model stopped, and whether the calls can be used. Unknown reasons are not
// taken for success. Calls get ids that no call of the conversation has.
func (a *answer) complete(history []chat.Message) error {
	if a.refused {
		return nonsense(errRefused)
	}
	switch a.finish {
	case "stop", "eos", "end_turn", "stop_sequence":
	case "tool_calls", "function_call", "tool_use":
		if len(a.calls.list) == 0 {
			return nonsense(errNoCall)
		}
	case "length", "max_tokens", "model_length", "model_context_window_exceeded":
		return nonsense(errLength)
	case "content_filter", "safety", "refusal":
		return nonsense(errRefused)
	case "":
		return nonsense(errUnended)
	default:
		return nonsense(errReason)
	}
	if err := a.calls.finish(history); err != nil {
		return nonsense(err)
	}
	return nil
}
