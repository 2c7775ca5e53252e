package orchestration

import (
	"context"
	"fmt"

	"github.com/adiuva/cloud/application/orchestration/agents"
	"github.com/adiuva/cloud/domain/chat"
)

// ConfirmDeletions carries on with deletions that an earlier answer proposed, now that a person has decided on them.
//
// Nothing is kept between two answers: a proposal comes back by way of the client, and may be anything. It counts for no
// more than a model's wish: only what an agent could have proposed in an answer to the same request comes of it.
type ConfirmDeletions struct{}

// ConfirmDeletionsInput is what was decided.
type ConfirmDeletionsInput struct {
	Request  chat.Request  // that the deletions were proposed in an answer to
	Approved []chat.Action // which a person said yes to
	Declined int           // how many a person said no to
}

// Execute answers with the deletions that are to be carried out, and with a sentence that says what becomes of all.
func (u *ConfirmDeletions) Execute(_ context.Context, in ConfirmDeletionsInput) (chat.Reply, error) {
	actions := agents.Deletable(in.Request, in.Approved)
	return chat.Reply{Text: verdict(len(actions), in.Declined, len(in.Approved)-len(actions)), Actions: actions}, nil
}

func verdict(approved, declined, refused int) string {
	text := "Nothing was deleted."
	if approved > 0 {
		text = "Confirmed: the app deletes " + count(approved) + "."
	}
	if approved > 0 && declined > 0 {
		text += " You kept " + count(declined) + "."
	}
	if refused > 0 {
		text += fmt.Sprintf(" I know nothing of %s that I was told to delete, so that was left alone.", count(refused))
	}
	return text
}

func count(n int) string {
	if n == 1 {
		return "1 record"
	}
	return fmt.Sprintf("%d records", n)
}
