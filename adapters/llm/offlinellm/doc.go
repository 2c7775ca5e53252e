// Package offlinellm is a stand-in for a language model: deterministic rules that speak the OpenAI wire protocol in
// process, so that a server without any key still runs the same way as one with a real model. It understands everyday
// English about tasks, milestones, projects and notes, runs the steps of our plans, says so when it doesn't understand,
// and never claims to be more: its model is called "offline".
//
// The same request gives the same bytes. It names only ids that it was sent, reads what is asked for in the user's own
// message alone, and so nothing that stands in a note, an e-mail or a document can make it act.
//
// It imports the standard library and domain/chat. Start at NewTransport; then parser.go, where a message becomes
// intents, classify.go and agentcall.go, where intents become answers. lexicon.go has the verbs, frames.go and
// questionframes.go the tables of whole sentences, steps.go the steps of plans, switches.go what fails on request.
package offlinellm
