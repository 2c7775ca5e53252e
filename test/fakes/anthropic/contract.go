package anthropic

import (
	"net/http"

	"github.com/adiuva/cloud/ports"
	"github.com/adiuva/cloud/ports/porttest"
	"github.com/adiuva/cloud/test/fakes/provider"
)

// Wire is a model and a server as the suite of ports.LLM wants them: open makes the model for the base URL. The model
// should wait about a second for a first event and long for the others.
func Wire(t porttest.T, open func(baseURL string) ports.LLM) porttest.LLMWire {
	s := New()
	t.Cleanup(s.Close)
	return porttest.LLMWire{
		LLM: open(s.URL), Say: func(turn porttest.LLMTurn) { s.Always(said(turn)) }, Closed: s.Closed,
		Break: func(f porttest.LLMFailure) {
			if f == porttest.LLMUnreachable {
				s.Close()
				return
			}
			s.Always(failure(f))
		},
	}
}

func said(turn porttest.LLMTurn) Reply {
	m := Message{Pieces: turn.Pieces, Input: turn.Usage.PromptTokens, Output: turn.Usage.CompletionTokens, Untold: turn.Untold, Model: turn.Model}
	for _, call := range turn.Calls {
		m.Calls = append(m.Calls, Call{ID: call.ID, Name: call.Name, Input: call.Arguments})
	}
	return m.Reply()
}

func failure(f porttest.LLMFailure) Reply {
	switch f {
	case porttest.LLMNonsense:
		return provider.Body(http.StatusOK, "text/html", "<html>SECRET</html>")
	case porttest.LLMRefusing:
		return Message{Stop: "refusal"}.Reply()
	case porttest.LLMCut:
		return Cutting(porttest.LLMHalf)
	case porttest.LLMSilent:
		return provider.Silent()
	case porttest.LLMOverloaded:
		return Overloaded()
	case porttest.LLMUnknownModel:
		return UnknownModel()
	case porttest.LLMHanging:
		return Stalling(porttest.LLMHalf)
	default:
		panic("no such failure: " + string(f))
	}
}
