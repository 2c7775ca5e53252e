// Package operations is what those who run the server ask of it.
//
// It imports domain and ports. Start at CheckHealth.
package operations
