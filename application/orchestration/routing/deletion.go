package routing

import (
	"strings"

	"github.com/adiuva/cloud/domain/chat"
)

// deletionWords begin the words with which people ask for a deletion, in the languages that the app is sold in.
var deletionWords = []string{
	"delet", "remov", "eras", "trash", "discard", "cancel", "drop", "clear", "scrap", "purge", "wipe", "rid", "throw", "bin",
	"lösch", "entfern", "supprim", "effac", "elimin", "cancell", "rimuov", "togli", "borr", "quit", "suprim",
}

// mentionsDeletion reports whether the user, or the question that the user answers, speaks of deleting something. It is asked
// where a model names agents and says nothing else; texts of others do not count.
func mentionsDeletion(r chat.Request) bool {
	said := []chat.Message{{Content: r.Message}}
	said = append(said, r.Context.History(2, maxTurnBytes)...)
	for _, m := range said {
		for w := range strings.FieldsSeq(strings.ToLower(m.Content)) {
			for _, begin := range deletionWords {
				if strings.HasPrefix(strings.Trim(w, "\"'(.,;:!?"), begin) {
					return true
				}
			}
		}
	}
	return false
}
