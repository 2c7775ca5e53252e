// Package sanitizer keeps what models are told inside the server. Every text that leaves a chat passes it: whole answers,
// the values of actions, questions to the client, and streams piece by piece.
//
// A text is reduced to its letters, so that case, punctuation, spaces, accents and look-alikes hide nothing. The letters
// walk an automaton of all prompts; how long the current match is says whether they are let through, held back, or a leak:
// any eight words in a row of a prompt or of a tool's description are, and so are 32 letters of a prompt. Beside the plain reading, others
// look through disguises: every letter moved in the alphabet, text backwards, letters or words in between, escape sequences,
// digits for letters, base64, base32, hexadecimal, binary and character codes. Matches that follow one another as they stand
// in a prompt are a leak together, so a few changed words hide little.
//
// Chunks don't exist at that level, so it makes no difference how a stream is cut. A leak is not blanked out in place, which
// would show where it stood: the answer ends there with a refusal. A stream may have shown up to eleven letters of it by then;
// a text that is there from the start ends before the first letter, so the two differ by those letters and in nothing else.
// What is held back of a stream are the letters of a possible leak, at most 2 KiB with all that is no letter between them.
//
// It finds wording, not knowledge. A paraphrase or a translation passes, and so do the first letters of words, pig latin, keys
// that change from word to word, three or more letters or words between any two, base85, octal, anything encoded twice,
// words in a new order, and pieces of a few words each. So prompts hold no secrets.
//
// What the user sent may be said to the user again. It imports domain/chat, the standard library and
// golang.org/x/text/unicode/norm. Start at Sanitizer.
package sanitizer
