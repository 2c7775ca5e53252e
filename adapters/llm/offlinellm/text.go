package offlinellm

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// sort is what a token is.
type sort int

const (
	word   sort = iota
	quoted      // a quotation: opaque, nothing inside is ever a verb, a date or a priority
	mark        // punctuation
	line        // a line's end
)

// token is one piece of a message. The message itself is kept, so that titles are cut out of it as they were written.
type token struct {
	sort       sort
	start, end int    // bytes in the message, quotation marks included
	word       string // lower case with straight apostrophes; of a quotation what stands inside, as written
}

var closing = map[rune]string{'"': "\"", '“': "”\"", '„': "“”", '«': "»", '\'': "'", '‘': "’'", '`': "`"}

// tokenize cuts a message into tokens. It never fails: what it doesn't know is a mark.
func tokenize(s string) []token {
	var out []token
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '\n':
			out = append(out, token{line, i, i + n, "\n"})
		case unicode.IsSpace(r):
		case closing[r] != "":
			if end := quotation(s, i, n, closing[r]); end > 0 {
				out = append(out, token{quoted, i, end, inner(s[i+n : end])})
				n = end - i
			} else {
				out = append(out, token{mark, i, i + n, string(r)})
			}
		case isWord(r) || (r == '@' || r == '#') && startsWord(s[i+n:]):
			end := wordEnd(s, i+n)
			out = append(out, token{word, i, end, fold(s[i:end])})
			n = end - i
		case strings.HasPrefix(s[i:], "->") || strings.HasPrefix(s[i:], "=>") || strings.HasPrefix(s[i:], "→"):
			n = len("->")
			if r == '→' {
				n = len("→")
			}
			out = append(out, token{mark, i, i + n, "->"})
		default:
			end := i + n
			for end < len(s) && s[end] == s[i] && n == 1 {
				end++
			}
			out = append(out, token{mark, i, end, s[i:end]})
			n = end - i
		}
		i += n
	}
	return out
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) }

func startsWord(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return isWord(r)
}

// quotation returns where a quotation that opens at i ends, or 0. An apostrophe opens one only before a word and after a
// gap, and closes one only after a word and before a gap, so that "don't" and "the kids' room" stay words.
func quotation(s string, i, n int, closers string) int {
	before, _ := utf8.DecodeLastRuneInString(s[:i])
	if i > 0 && isWord(before) {
		return 0
	}
	next, _ := utf8.DecodeRuneInString(s[i+n:])
	if unicode.IsSpace(next) {
		return 0
	}
	single := strings.ContainsAny(closers, "'’")
	for j, r := range s[i+n:] {
		if r == '\n' {
			return 0
		}
		if j == 0 || !strings.ContainsRune(closers, r) {
			continue
		}
		end := i + n + j + utf8.RuneLen(r)
		if after, _ := utf8.DecodeRuneInString(s[end:]); single && end < len(s) && isWord(after) {
			continue
		}
		return end
	}
	return 0
}

// inner is a quotation's text without its closing mark and the punctuation that was drawn inside.
func inner(s string) string {
	_, n := utf8.DecodeLastRuneInString(s)
	return strings.TrimSpace(strings.TrimRight(s[:len(s)-n], ",;"))
}

// wordEnd returns the end of the word that has begun before i. Marks inside a word belong to it: sign-off, 3:30, don't.
func wordEnd(s string, i int) int {
	for i < len(s) {
		r, n := utf8.DecodeRuneInString(s[i:])
		if isWord(r) {
			i += n
			continue
		}
		before, _ := utf8.DecodeLastRuneInString(s[:i])
		after, _ := utf8.DecodeRuneInString(s[i+n:])
		digits := unicode.IsDigit(before) && unicode.IsDigit(after)
		switch {
		case i+n >= len(s) || !isWord(after):
			if r == '%' || r == '+' {
				i += n
			}
			return i
		case strings.ContainsRune("'’-_.@&+/", r), digits && strings.ContainsRune(":,", r):
			i += n
		default:
			return i
		}
	}
	return i
}

func fold(s string) string { return strings.ReplaceAll(strings.ToLower(s), "’", "'") }

// is reports whether a token is one of these words.
func (t token) is(words ...string) bool {
	if t.sort == quoted {
		return false
	}
	return slices.Contains(words, t.word)
}

func (t token) in(set map[string]bool) bool { return t.sort != quoted && set[t.word] }

// capital reports whether the token was written with a capital letter.
func capital(message string, t token) bool {
	r, _ := utf8.DecodeRuneInString(strings.TrimLeft(message[t.start:t.end], "@"))
	return unicode.IsUpper(r)
}

// set makes a set of the words in a text.
func set(words string) map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		out[w] = true
	}
	return out
}

// irregular are past forms that no ending gives away.
var irregular = map[string]string{
	"bought": "buy", "wrote": "write", "written": "write", "sent": "send", "made": "make", "paid": "pay", "did": "do", "done": "do",
	"met": "meet", "ran": "run", "got": "get", "took": "take", "taken": "take", "gave": "give", "given": "give", "found": "find",
	"built": "build", "spoke": "speak", "told": "tell", "sold": "sell", "drew": "draw", "drove": "drive", "brought": "bring",
	"taught": "teach", "chose": "choose", "chosen": "choose", "hung": "hang", "held": "hold", "kept": "keep", "left": "leave",
	"swept": "sweep", "fed": "feed", "dug": "dig", "rang": "ring", "sung": "sing", "saw": "see", "seen": "see", "knew": "know", "said": "say", "lost": "lose", "won": "win", "thought": "think",
	"caught": "catch", "came": "come", "began": "begin", "broke": "break", "broken": "break", "ate": "eat", "flew": "fly", "grew": "grow", "grown": "grow",
	"heard": "hear", "lent": "lend", "spent": "spend", "stole": "steal", "threw": "throw", "thrown": "throw", "wore": "wear", "worn": "wear", "slept": "sleep", "rode": "ride", "went": "go", "gone": "go",
}

// stem cuts English endings, so that "calling" and "calls" meet "call". It is coarse on purpose: stems are compared
// with each other only.
func stem(w string) string {
	if base, ok := irregular[w]; ok {
		w = base
	}
	w = strings.TrimSuffix(strings.TrimSuffix(w, "'s"), "'")
	for _, e := range [...]struct{ end, put string }{{"ies", "y"}, {"ing", ""}, {"ed", ""}, {"es", ""}, {"s", ""}, {"tion", "t"}, {"sion", "s"}, {"ewal", "ew"}, {"ental", "ent"}, {"oval", "ov"}, {"yment", "y"}, {"pment", "p"}} {
		if base, ok := strings.CutSuffix(w, e.end); ok && len(base) >= min(3, 5-len(e.put)-len(e.put)) && !strings.HasSuffix(w, "ss") {
			w = base + e.put
			break
		}
	}
	if n := len(w); n > 3 && w[n-1] == w[n-2] && (w[n-1] != 'l' || n > 5) && w[n-1] != 's' {
		w = w[:n-1]
	}
	if len(w) > 3 {
		w = strings.TrimSuffix(w, "e")
	}
	return w
}
