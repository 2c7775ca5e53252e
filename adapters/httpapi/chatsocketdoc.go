package httpapi

import (
	"net/http"
	"reflect"

	"github.com/adiuva/cloud/adapters/httpapi/contract"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/danielgtaylor/huma/v2"
)

// frames are the schemas of what a client sends over a WebSocket.
type frames struct {
	request, cancel, result *huma.Schema
	sent                    []*huma.Schema // all of adiuva.v1
}

// socketText tells developers of both protocols: OpenAPI has no words of its own for what follows an upgrade. The shapes
// are in x-websocket-frames.
const socketText = "Open it with one credential: the Authorization header, the subprotocols `adiuva.v1, bearer.<access token>` (where headers cannot be set), or " +
	"?ticket= from POST /auth/ws-ticket. An access token in the address is refused. Pages of other origins than the allowed ones are refused. " +
	"Only adiuva.v1 is ever selected; a browser gives up if it has offered subprotocols and none is selected, so a page that wants the original protocol takes a ticket.\n\n" +
	"Every frame is text. A socket takes any number of requests, one at a time; a second one meanwhile is refused with conflict, and the first goes on. " +
	"Each request asks anew whether the session lives: if not, it fails with unauthenticated and the socket is closed (1008); an access token that only grows old does not end a socket. " +
	"A frame that is too large, not JSON or not a request is answered with an error, and the socket stays usable. " +
	"The server pings every 30 s and closes a socket that was silent for 60 s (1008); when it shuts down, after the answer under way (1001).\n\n" +
	"**Without a subprotocol** each frame of the client is a ChatRequest. The pieces of the answer follow as they are, never as a frame that could be read as a JSON object; the last " +
	"frame is a StreamEnd or a StreamFailure.\n\n" +
	"**With adiuva.v1** all frames are JSON with a type. The client sends chat, cancel and tool_result; the server sends run.started, step.started, step.finished, token, " +
	"tool_request, action, usage, then done or error. All frames of a run carry its run_id. An error with a run_id ends that run, one without answers a frame that was not taken. " +
	"A run that is cancelled ends with an error whose code is request_timeout. A tool_request that has no answer after 30 s has failed, and the run goes on; " +
	"a result that comes twice is refused with conflict, one that is too late with request_timeout, one that nobody asked for with not_found."

// shape is the type of a contract's shape.
func shape[T any]() reflect.Type { return reflect.TypeFor[T]() }

// describeSocket documents the WebSocket and the frames of both its protocols.
func (a *API) describeSocket() operation {
	op := operation{
		id: "chatStream", method: http.MethodGet, path: "/chat/stream", tag: "chat", status: http.StatusSwitchingProtocols, class: noBody,
		summary: "Ask the agents over a WebSocket", description: socketText, fails: []fault.Code{fault.UpgradeRequired, fault.Forbidden, fault.RateLimited},
	}
	describeRequest[nothing](a, &op, &huma.Response{Description: "The WebSocket is open.", Headers: map[string]*huma.Header{
		"Sec-WebSocket-Protocol": {Description: "adiuva.v1 if the client offered it.", Schema: &huma.Schema{Type: huma.TypeString, Enum: []any{typedProtocol}}},
	}})
	doc := a.operation(&op)
	text := &huma.Schema{Type: huma.TypeString}
	doc.Parameters = append(doc.Parameters,
		&huma.Param{Name: "ticket", In: "query", Description: "From POST /auth/ws-ticket, good once, for 30 s.", Schema: text},
		&huma.Param{Name: "Sec-WebSocket-Protocol", In: "header", Description: "adiuva.v1 for typed frames; bearer.<access token> to log in.", Schema: text, Example: "adiuva.v1, bearer.eyJhbGciOi"})
	a.doc.Components.SecuritySchemes["ticket"] = &huma.SecurityScheme{Type: "apiKey", In: "query", Name: "ticket", Description: "Of POST /auth/ws-ticket, good once, for 30 s."}
	a.doc.Components.SecuritySchemes["subprotocol"] = &huma.SecurityScheme{Type: "apiKey", In: "header", Name: "Sec-WebSocket-Protocol", Description: "bearer.<access token>, as one of the subprotocols."}
	doc.Security = []map[string][]string{{"bearer": {}}, {"subprotocol": {}}, {"ticket": {}}}
	refs := func(list ...reflect.Type) []*huma.Schema {
		out := make([]*huma.Schema, 0, len(list))
		for _, t := range list {
			out = append(out, schemaOf(a.doc.Components.Schemas, t))
		}
		return out
	}
	asks := refs(shape[contract.ChatRequest]())
	says := refs(shape[contract.ChatFrame](), shape[contract.CancelFrame](), shape[contract.ToolResultFrame]())
	a.frames = frames{request: asks[0], cancel: says[1], result: says[2], sent: says}
	doc.Extensions = map[string]any{"x-websocket-frames": map[string]any{
		"original": map[string]any{"client": asks, "server": append(refs(shape[contract.StreamEnd](), shape[contract.StreamFailure]()), text)},
		typedProtocol: map[string]any{"client": says, "server": refs(shape[contract.RunStarted](), shape[contract.StepFrame](), shape[contract.TokenFrame](),
			shape[contract.ToolRequestFrame](), shape[contract.ActionFrame](), shape[contract.UsageFrame](), shape[contract.DoneFrame](), shape[contract.ErrorFrame]())},
	}}
	return op
}
