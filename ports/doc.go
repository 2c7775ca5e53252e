// Package ports is what the application needs from the outside world, in the application's words. Every interface here
// has a suite in ports/porttest, an adapter in adapters/memory, and at least one real adapter.
//
// The doc comment of a method is its contract: each sentence has a case in the suite. Errors are faults (domain/fault)
// with the codes that the comment names; any method may also fail with Unavailable when its dependency is down, and with
// the context's error when ctx ends. Whose data it is comes in as a parameter; what belongs to somebody else is NotFound,
// and the adapter sees to it. Slices and maps that are returned belong to the caller. Whoever opens a reader closes it.
//
// What changes together goes through a Work port: its Do runs a function that gets a Tx, a plain struct of ports. The
// function may run more than once and touches nothing but its Tx.
//
// To add a port: write the interface and its contract here, its suite in porttest, the memory adapter, the real one, and
// a provider in cmd/assembly. It imports domain only. Start at accounts.go or records.go.
package ports
