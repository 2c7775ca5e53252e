// Package sanitizer keeps what models are told inside the server. Every text that leaves a chat passes it: whole answers,
// the values of actions, and streams piece by piece.
//
// A text is reduced to its letters, so that case, punctuation, spaces, accents and look-alikes hide nothing. The letters
// walk an automaton of all prompts; how long the current match is says whether they are let through, held back, or a leak.
// Chunks don't exist at that level, so it makes no difference how a stream is cut. A leak is not blanked out in place,
// which would show where it stood: the answer ends there with a refusal.
//
// It finds wording, not knowledge: a translation or a paraphrase passes, so prompts hold no secrets. It imports the
// standard library and golang.org/x/text/unicode/norm. Start at Sanitizer.
package sanitizer
