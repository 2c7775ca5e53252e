// Package gormstore keeps rows in PostgreSQL or SQLite, from one source, through GORM.
//
// A port is a small type over access, which knows whether it runs on the pools or inside a unit of work: reading,
// writing and several writes together are its three methods, each bounded in time, retried where a database says "again",
// and with its errors translated in errors.go, the one place that knows driver codes. The guard (guard.go) refuses any
// statement on a user's table that does not say whose rows it means; a test keeps hand-made SQL out of the sources.
//
// The tables come from the package migrations, which the caller runs on Store.SQL. Row structs are private to their file
// and never leave it.
//
// It imports domain, ports, GORM and the drivers. Start at Open, then read records.go as an example of a port.
package gormstore
