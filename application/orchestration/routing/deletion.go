package routing

import (
	"slices"
	"strings"

	"github.com/adiuva/cloud/domain/chat"
)

// deletionWords begin the words with which people ask for a deletion, in the languages that the app is sold in.
var deletionWords = []string{
	"delet", "remov", "eras", "trash", "discard", "cancel", "scrap", "purge", "wipe",
	"lösch", "entfern", "supprim", "effac", "elimin", "rimuov", "togli", "borra", "quita", "suprim",
}

// shortDeletionWords are whole words: as a beginning they would be found in quite other ones.
var shortDeletionWords = []string{"bin", "rid", "drop", "clear", "throw"}

// mentionsDeletion reports whether the user, or the question that the user answers, speaks of deleting something. It is asked
// where a model names agents and says nothing else; texts of others do not count.
func mentionsDeletion(r chat.Request) bool {
	said := []chat.Message{{Content: r.Message}}
	said = append(said, r.Context.History(2, maxTurnBytes)...)
	for _, m := range said {
		for w := range strings.FieldsSeq(strings.ToLower(m.Content)) {
			w = strings.Trim(w, "\"'().,;:!?")
			begins := func(begin string) bool { return strings.HasPrefix(w, begin) }
			if slices.Contains(shortDeletionWords, w) || slices.ContainsFunc(deletionWords, begins) {
				return true
			}
		}
	}
	return false
}
