// Package storage is what the product does with encrypted data: it keeps records and backups, gives them back byte for
// byte, and clears away what nobody needs any more. It cannot decrypt any of it.
//
// The bytes are in the object store, the row about them in the database, and no transaction spans the two. So a write
// names its future object in the garbage list first (its intent), then puts the object under a key that is new, and then
// in one unit of work takes the name back and makes the row point to the object. A crash in between leaves an object
// that the list names, and Sweep deletes it; never a row without its object. See write.go, and
// store_backup.go for what is too large to be held.
//
// Items that can be found by likeness follow the same order with points of a search index in place of objects; their bytes
// are in the row. See upsert_vectors.go.
//
// It imports domain, ports and application/entitlements. Start at store_blob.go.
package storage
