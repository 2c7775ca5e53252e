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
// It imports domain, ports, application, fiber, fasthttp and huma (for schemas and the OpenAPI document). Start at New in
// app.go, then handle.go.
package httpapi
