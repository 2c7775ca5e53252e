// Package orchestration is chat: it decides which agents a message needs, lets them work, and answers with a text and the
// actions that the client is asked to carry out. The server itself changes nothing, and keeps nothing of what it was told.
//
// It imports domain, ports, application/entitlements and its own subpackages: routing (who works), agents (what they can
// do), prompts (what models are told), sanitizer (what must not leave). Start at Orchestrate.
package orchestration
