// Package middleware is what every request passes, one concern a file: it looks at headers only and never at a body.
//
// Failures are returned as errors (domain/fault) for the application's error handler, never written here. It imports
// domain, ports and fiber. The order in which they run stands in httpapi's package comment. Start at RequestID.
package middleware
