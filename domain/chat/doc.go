// Package chat is the vocabulary of a conversation: what a client asks, what a model is told and says, what agents want
// the client to do, and what a stream carries.
//
// It imports the standard library and domain/fault. Start at Request and Reply.
package chat
