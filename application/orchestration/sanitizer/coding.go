package sanitizer

import (
	"slices"
	"strings"
	"unicode"
)

// The ways in which a text is made letters that an automaton reads.

// steps is how far each letter of a folded text is from the one before, as a letter: the same whatever all letters were
// moved by.
func steps(text string) string {
	s := fold(text)
	if s == "" {
		return ""
	}
	b := make([]byte, len(s)-1)
	for i := range b {
		b[i] = distance(s[i], s[i+1])
	}
	return string(b)
}

func distance(from, to byte) byte { return 'a' + (to-from+26)%26 }

// runs are all runs of n words of a text, coded, that are shorter than most letters. Longer ones need no mark. Words end
// wherever a letter or digit does not follow: no other way of counting finds more of them.
func runs(text string, n, most int, code func(string) string) []string {
	words := strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	var found []string
	for i := 0; i+n <= len(words); i++ {
		if run := code(strings.Join(words[i:i+n], " ")); len(run) < most {
			found = append(found, run)
		}
	}
	return found
}

// turned are the ways to say a text backwards: letter by letter, word by word, and each word for itself.
func turned(text string) []string {
	words := strings.Fields(text)
	slices.Reverse(words)
	letters := reversed(text)
	each := strings.Fields(letters)
	slices.Reverse(each)
	return []string{letters, strings.Join(words, " "), strings.Join(each, " ")}
}

func reversed(s string) string {
	b := []rune(s)
	slices.Reverse(b)
	return string(b)
}
