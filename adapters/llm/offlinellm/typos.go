package offlinellm

import "unicode/utf8"

// distance is the number of letters to insert, drop, change or swap with a neighbour on the way from a to b; at most
// bound+1 is told apart.
func distance(a, b string, bound int) int {
	x, y := []rune(a), []rune(b)
	if len(x)-len(y) > bound || len(y)-len(x) > bound {
		return bound + 1
	}
	before, last, row := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			row[j] = min(row[j-1]+1, last[j]+1, last[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(y)]
}

// misspelt reports whether written is probably meant to be the keyword: the same first letter, and one slip in a word of
// four letters or more, two from eight. Four letters allow only a swap or a letter too many or too few: "taks" is a
// task, "tusk" is a tusk.
func misspelt(written, keyword string) bool {
	n := utf8.RuneCountInString(keyword)
	if n < 4 || written == "" || written[0] != keyword[0] || realWords[written] {
		return false
	}
	bound := 1
	if n >= 8 {
		bound = 2
	}
	if distance(written, keyword, bound) > bound {
		return false
	}
	return n > 4 || len(written) != len(keyword) || sameLetters(written, keyword)
}

func sameLetters(a, b string) bool {
	var count [256]int
	for i := range len(a) {
		count[a[i]]++
		count[b[i]]--
	}
	return count == [256]int{}
}

// realWords lie one letter from a keyword and mean something else.
var realWords = set(`noted nodes noses crate create deleted updated not node tak as ask asks mask masks tank tanks
	art chow shown shows shop shot show lost lit lie list lift last mask marks market mart marked make makes maker
	made move moved mover moves movie more open opens opener oven ad and odd reminded reminds project projects
	projected protect protects notes notice noticed complete completed competed compete change changed charge chance changes
	started state stare stars stair starts tasked achieve renamed finished finishes comment comments commit commits
	commented content assigned assign design sign remover removed moved postponed rescheduled reader read real red
	tomorrow delegate relate date update updates pate milestones task tasks memo demo stay star closet closed close closes
	clone projector projectors protests proceeds products prospects prefects contents commands commends commons remainder
	cancelled cancel canceled reopened saves saved save same wave archived archives find fine finds fund`)
