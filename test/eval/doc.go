// Package eval judges what a chat request leads to: which agents answer, what they ask the client to do, and what they
// say. It sends cases through the orchestration use case, with the real adapter over the offline model, and reports the
// share that is right. Each file of testdata is one set of cases; ROUTING_CASES names another file to judge instead.
//
// It may import everything. Start at TestRouting.
package eval
