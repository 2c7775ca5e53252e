// Package httpapi is the HTTP side of the product: it turns requests into inputs of use cases, and outputs and failures
// into answers.
//
// A request's way: guard (what no route takes) -> request id -> access log -> recover -> security headers -> CORS ->
// draining -> the route: authenticate, read the body within its bound, decode strictly, validate, map, use case, map,
// encode. Failures travel as errors to one table, problem.go.
//
// To add a route: shapes in contract, then one call of route in the file of its resource, which declares method, path,
// body class, credentials, and two mappings. The OpenAPI document follows from it. Answers that stream bytes use
// routeRaw and stream.go.
//
// A WebSocket is refused as any request is, and leaves the server's hands once it is open: chatsocket.go has the handshake,
// chatsocketconn.go the connection, chatsocketrun.go one request on it, and the two dialects what their frames look like.
//
// It imports domain, ports, application, fiber, fasthttp with its WebSockets, and huma (for schemas and the OpenAPI
// document). Start at New in app.go, then handle.go.
package httpapi
