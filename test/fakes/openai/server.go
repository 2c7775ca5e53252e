// Package openai is a provider that speaks OpenAI's chat completions protocol on a local port, for tests: it answers from
// a script, with everything that real providers and the network between do wrong, and remembers what it was asked.
//
// It imports the suite of the port that it stands behind, and the server that it shares with other fakes. Start at Start;
// reply.go has the answers, failure.go the failures, contract.go what the suite asks for.
package openai

import (
	"net/http"
	"testing"

	"github.com/adiuva/cloud/test/fakes/provider"
)

// What this fake has from the server beneath it.
type (
	Server   = provider.Server
	Request  = provider.Request
	Exchange = provider.Exchange
	Reply    = provider.Reply
)

// Start runs a server until the test ends.
func Start(t testing.TB, script ...Reply) *Server {
	t.Helper()
	s := New(script...)
	t.Cleanup(s.Close)
	return s
}

// New runs a server until Close.
func New(script ...Reply) *Server {
	return provider.New(provider.Protocol{
		Path:    "/chat/completions",
		Hello:   Completion{Pieces: []string{"Hello."}}.Reply(),
		NoRoute: Status(http.StatusNotFound, Problem{Message: "Unknown request URL", Type: "invalid_request_error"}),
	}, script...)
}
