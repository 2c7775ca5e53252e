// Package agents are the specialists that answer: each a prompt and the tools that it may use. A model chooses the tools
// and their arguments; what a tool may do is decided here, whatever the model was talked into.
//
// To add an agent: write a file like task.go, its prompt in prompts/templates, and one line in NewRegistry.
//
// It imports domain, ports, the sibling prompts, and google/jsonschema-go, which makes the tools' JSON Schemas from their
// argument types and checks calls against them. Start at Agent and Loop.Run; Turn has the rules that all tools share.
package agents
