package anthropic

import (
	"encoding/json"

	"github.com/adiuva/cloud/test/fakes/provider"
)

// Problem is an error object of this type. Its message is text that no log may repeat.
func Problem(kind string) string {
	b, err := json.Marshal(object{"type": "error", "error": object{"type": kind, "message": "SECRET words about it"}, "request_id": "req_011"})
	if err != nil {
		panic(err)
	}
	return string(b)
}

// Status refuses the request with a status, an error object of this type, and headers given as "Name: value".
func Status(status int, kind string, headers ...string) Reply {
	return provider.Body(status, "application/json", Problem(kind), headers...)
}

// Overloaded is Anthropic's own status for too much to do.
func Overloaded() Reply { return Status(529, "overloaded_error") }

// UnknownModel is 404 for a model that does not exist.
func UnknownModel() Reply { return Status(404, "not_found_error") }

// Stalling opens a stream, writes text and then says nothing more.
func Stalling(text string) Reply { return Writing(text).Then(provider.Silent()) }

// Muttering opens a stream, writes text and then pings for ever.
func Muttering(text string) Reply {
	return Writing(text).Then(provider.Muttering("event: ping\ndata: {\"type\": \"ping\"}\n\n"))
}

// Cutting opens a stream, writes text and then breaks the connection.
func Cutting(text string) Reply { return Writing(text).Then(provider.Cut()) }

// Failing goes on with an error event, and the end that follows one.
func Failing(kind string) Reply {
	return func(x *Exchange) { x.Write("event: error\ndata: " + Problem(kind) + "\n\n") }
}

// Refusal is a model that declines.
func Refusal() Reply { return Message{Pieces: []string{"I "}, Stop: "refusal", Untold: true}.Reply() }
