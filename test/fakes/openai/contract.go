package openai

import (
	"net/http"
	"time"

	"github.com/adiuva/cloud/ports"
	"github.com/adiuva/cloud/ports/porttest"
)

// Wire is a model and a server as the suite of ports.LLM wants them: open makes the model for the base URL. The model
// should wait about a second for a first event and long for the others.
func Wire(t porttest.T, open func(baseURL string) ports.LLM) porttest.LLMWire {
	s := New()
	t.Cleanup(s.Close)
	return porttest.LLMWire{LLM: open(s.URL), Say: s.say, Break: s.fail, Closed: s.closed}
}

func (s *Server) say(turn porttest.LLMTurn) {
	c := Completion{Pieces: turn.Pieces, Prompt: turn.Usage.PromptTokens, Completion: turn.Usage.CompletionTokens, Model: turn.Model}
	for _, call := range turn.Calls {
		c.Calls = append(c.Calls, Call{ID: call.ID, Name: call.Name, Arguments: call.Arguments})
	}
	s.Always(c.Reply())
}

func (s *Server) fail(f porttest.LLMFailure) {
	switch f {
	case porttest.LLMNonsense:
		s.Always(Body(http.StatusOK, "text/html", "<html>SECRET</html>"))
	case porttest.LLMRefusing:
		s.Always(Deltas("stop", `{"refusal":"I will not talk about SECRET."}`))
	case porttest.LLMCut:
		s.Always(Cutting(porttest.LLMHalf))
	case porttest.LLMSilent:
		s.Always(Silent())
	case porttest.LLMUnreachable:
		s.Close()
	case porttest.LLMOverloaded:
		s.Always(Status(http.StatusServiceUnavailable, Problem{Message: "SECRET", Type: "server_error"}))
	case porttest.LLMUnknownModel:
		s.Always(UnknownModel())
	case porttest.LLMHanging:
		s.Always(Stalling(porttest.LLMHalf))
	default:
		panic("no such failure: " + string(f))
	}
}

// closed reports whether the latest reply is over, or is within d.
func (s *Server) closed(d time.Duration) bool {
	all := s.Requests()
	if len(all) == 0 {
		return true
	}
	select {
	case <-all[len(all)-1].Done():
		return true
	case <-time.After(d):
		return false
	}
}
