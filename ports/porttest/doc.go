// Package porttest holds the conformance suites of the ports: what every adapter must do, written once.
//
// Each port has a function of its name that an adapter's test calls with an opener for an empty store, and a list of
// cases named as sentences of the contract:
//
//	func TestUsers(t *testing.T) { porttest.Users(t, func(t porttest.T) ports.AccountWork { ... }) }
//
// A case never depends on another. Failing runs a suite without a testing.T and says which cases fail: with it a broken
// adapter proves that the suite can fail. It imports domain, ports and testify only. Start at porttest.go.
package porttest
