// Package assembly puts the house together: it is the only place that knows which adapter stands behind which port.
//
// wire.go has the one injector, New. Each port's provider stands in a file named for it (rows.go, blobs.go, llm.go,
// credentials.go), where the choice is made from the settings; usecases.go is the table of contents of what the product
// does. To add an adapter: write it, pass its port's suite, and choose it in the provider. To add a use case: one line in
// usecases.go, then `make generate`. Tests have no other wiring: they pass other settings and Overrides.
//
// It imports everything, and google/wire, which has its only home here. Start at New.
package assembly
