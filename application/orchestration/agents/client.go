package agents

import (
	"slices"
	"time"

	"github.com/adiuva/cloud/domain/chat"
)

// maxID is the longest id of a record, in bytes.
const maxID = 128

// LooksUp reports whether a client can be asked to run the tool of this name.
func LooksUp(name string) bool { return lookedUp[name] != "" }

// Deletable are those of the proposed deletions that an agent could propose in an answer to r: of a record of one of the
// client's own tables that the request knows of, each once, and no more than one answer may delete. Of their data only the
// id is kept.
func Deletable(r chat.Request, proposed []chat.Action) []chat.Action {
	t := NewTurn(r, time.Time{}, nil)
	for _, a := range proposed {
		id := chat.ID(a.Data)
		if a.Type != chat.DeleteRecord || !slices.Contains(ownTables(), a.Table) || id == "" || len(id) > maxID {
			continue
		}
		_, _ = t.remove(a.Table, recordID(id)) // what may not be deleted is left out
	}
	return t.Actions()
}

// ownTables are the tables of which records can be deleted.
func ownTables() []string {
	return []string{chat.Tasks, chat.TaskComments, chat.Checkpoints, chat.Projects, chat.Notes}
}
