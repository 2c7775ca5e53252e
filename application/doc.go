// Package application is what the product does: one use case a file, named as its verb, in one folder an area.
//
// A use case is a struct of exported ports with one method, Execute(ctx, XInput) (XOutput, error). It reads from top to
// bottom: gate, load, decide (in domain), write, answer. It knows nothing of HTTP, SQL or any library, logs nothing, and
// may import domain, ports, application/usecase and application/entitlements; areas never import each other. The areas:
//
//	accounts       who you are: register, login, sessions, password, leaving
//	storage        encrypted records and their objects
//	orchestration  chat: classify, route, run agents
//	operations     how the server is
package application
