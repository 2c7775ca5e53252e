// Package contract is the API's own words: the shapes of requests and answers, named as the public contract names them.
//
// The OpenAPI document, validation and typed clients all come from these types, so they cannot drift apart. Times are
// integers, milliseconds since the Unix epoch; checksums are lower-case hexadecimal SHA-256; []byte is standard base64
// with padding; a map is free-form and passes through unread. Tags: json names a field (omitempty: a client may leave it
// out), doc, example, enum, pattern and the bounds describe it, path, query and header say where else it travels.
//
// It imports the standard library only: shapes, no behaviour. Start at accounts.go.
package contract
