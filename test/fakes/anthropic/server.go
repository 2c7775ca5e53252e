// Package anthropic is a provider that speaks Anthropic's messages protocol on a local port, for tests: it answers from a
// script, with everything that the real one and the network between do wrong, refuses requests that the real one refuses,
// and remembers what it was asked.
//
// It imports the suite of the port that it stands behind, and the server that it shares with other fakes. Start at Start;
// reply.go has the answers, failure.go the failures, request.go what a request must be like, contract.go what the suite
// asks for.
package anthropic

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
		Path: "/messages", Hello: Message{Pieces: []string{"Hello."}}.Reply(), NoRoute: Status(http.StatusNotFound, "not_found_error"),
	}, script...)
}
