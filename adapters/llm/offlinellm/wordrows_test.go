package offlinellm

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// rowWords are words that rules look for, names of known things and marks.
const rowWords = `what . am do did we our i the a milestone milestones : ; , and on 2027-02-01 tomorrow Orion it needs give me us for call 911 if you created
	drop to low not is isn't task again in my notes 'x' ( ) ? should be could first one another called with name idea thing this turn off order asked wants
	promised said show which delete rename note project add mark as done comment move - … archive remind`

func TestNoRowOfWordsBreaksTheParser(t *testing.T) {
	t.Parallel()
	words := strings.Fields(rowWords)
	r := rand.New(rand.NewPCG(1, 2)) // the same rows each time
	rows := []string{"did is ? us my called did Orion another wants Orion"}
	for range 6000 {
		var row []string
		for range 1 + r.IntN(12) {
			row = append(row, words[r.IntN(len(words))])
		}
		rows = append(rows, strings.Join(row, " "))
	}
	for _, row := range rows {
		w := &world{now: noon, items: []item{
			item{kind: project, id: "p", title: "Orion"}.matchable(),
			item{kind: task, id: "t", title: "Call first one", status: "todo"}.matchable(),
			item{kind: note, id: "n", title: "thing idea"}.matchable(),
		}}
		assert.NotPanics(t, func() { parse(row, w) }, row)
	}
}
