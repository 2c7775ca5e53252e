// Package memory is every port in memory: honest, fast, and passing the same suites as the real adapters. Tests of use
// cases run on it, and so does a server that is told to keep nothing.
//
// Rows share one Store, so that units of work span ports and a user cannot be deleted while data refers to them. Values
// are copied in and out. It imports domain and ports. Start at Store.
package memory
