package offlinellm

import (
	"slices"
	"strings"
)

// maxQuoted is how many lines of a note that was found are shown.
const maxQuoted = 4

// foundNotes are the notes that speak of what was searched, with the lines that do: those that have all the words, else
// those that have most, if that is a third of them.
func (in intent) foundNotes(results []string, w *world) string {
	want := carrying(plainWords(in.filter.search), true)
	var found []item
	best := 0
	for _, r := range results {
		for _, fields := range records(r) {
			it := newItem(note, fields, w.now.Location())
			if s, ok := w.texts[it.id]; ok {
				it.content = s
			}
			score := nearly(want, carrying(append(slices.Clone(it.words), plainWords(it.content)...), false))
			if score > best {
				found, best = nil, score
			}
			if score == best {
				found = append(found, it)
			}
		}
	}
	if best*3 < len(want) || best == 0 {
		return "I found no notes about " + quote(in.filter.search) + "."
	}
	var out []string
	for _, it := range found[:min(len(found), maxShown)] {
		out = append(out, "The note "+quote(it.title)+":\n"+strings.Join(it.linesAbout(want), "\n"))
	}
	return strings.Join(out, "\n\n")
}

// linesAbout are the lines of a note that have one of the words, else its first.
func (it item) linesAbout(want []string) []string {
	var about, first []string
	for line := range strings.SplitSeq(it.content, "\n") {
		if strings.TrimSpace(line) == "" {
			continue
		}
		if len(first) < maxQuoted {
			first = append(first, line)
		}
		if nearly(want, carrying(plainWords(line), false)) > 0 && len(about) < maxQuoted {
			about = append(about, line)
		}
	}
	if len(about) == 0 {
		return first
	}
	return about
}
