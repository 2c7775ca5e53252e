package offlinellm

// initials are what several words of a title are called for short, with the words: "pr" for "pull request".
func initials(words []string) map[string][]string {
	out := map[string][]string{}
	for i := range words {
		var short []byte
		for j := i; j < len(words) && j < i+4; j++ {
			if words[j] == "" || weak[words[j]] || words[j][0] < 'a' || words[j][0] > 'z' {
				break
			}
			short = append(short, words[j][0])
			if j > i {
				out[string(short)] = words[i : j+1]
			}
		}
	}
	return out
}

// spelledOut writes the initials in a phrase out as the title has them, and short as the title has it what a phrase
// spells out.
func spelledOut(phrase []string, it item) ([]string, bool) {
	for k, w := range phrase {
		if len(w) < 2 || len(w) > 4 || weak[w] {
			continue
		}
		if long := it.initials[w]; long != nil {
			return append(append(append([]string{}, phrase[:k]...), long...), phrase[k+1:]...), true
		}
	}
	for _, w := range it.plain {
		if len(w) < 2 || len(w) > 4 {
			continue
		}
		for k := range phrase {
			if k+len(w) <= len(phrase) && abbreviates(w, phrase[k:k+len(w)]) {
				return append(append(append([]string{}, phrase[:k]...), w), phrase[k+len(w):]...), true
			}
		}
	}
	return phrase, false
}

func abbreviates(short string, long []string) bool {
	for i, w := range long {
		if w == "" || w[0] != short[i] || len(w) < 3 {
			return false
		}
	}
	return true
}
