package offlinellm

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// worldlyOrders are such as only the world could carry out.
var worldlyOrders = []string{
	"call 911", "call the fire brigade", "get me a taxi", "order me a pizza", "buy 10 shares of Tesla", "transfer 50 euros to Anna", "turn off the lights",
	"play some jazz", "lock the front door", "define entropy", "spell rhythm", "rate my productivity", "search the web for cats", "find me a cheap flight",
	"look up the weather in Oslo", "draw a cat", "translate bonjour to English", "summarize this article", "text Bob that I'm late", "send an email to Bob saying hi",
	"make me a sandwich", "book a table for me", "post this on Instagram", "fly to the moon",
}

func TestAnOrderToTheWorldIsNoTaskUnlessOneIsAskedFor(t *testing.T) {
	t.Parallel()
	for _, order := range worldlyOrders {
		for _, in := range parse(order, &world{now: noon}) {
			assert.False(t, in.writes(), order)
		}
		for _, asked := range []string{"remind me to " + order, "task: " + order, order + " tomorrow", "urgent: " + order} {
			ins := parse(asked, &world{now: noon})
			require.Len(t, ins, 1, asked)
			assert.True(t, ins[0].writes() && ins[0].kind == task, asked)
		}
	}
}

func TestEachMilestoneOfAListKeepsItsOwnDate(t *testing.T) {
	t.Parallel()
	w := func() *world {
		return &world{now: noon, items: []item{item{kind: project, id: "p", title: "Orion"}.matchable()}}
	}
	for _, said := range []string{
		"add the milestones Alpha on 2027-02-01, Beta on 2027-03-01 and Gamma on 2027-04-01 to Orion",
		"milestones for Orion: Alpha (1 February 2027), Beta (1 March 2027), Gamma (1 April 2027)",
		"Orion needs three milestones: Alpha by 1 February 2027, Beta by 1 March 2027 and Gamma by 1 April 2027",
		"in Orion create milestones Alpha 2027-02-01; Beta 2027-03-01; Gamma 2027-04-01",
	} {
		ins := parse(said, w())
		require.Len(t, ins, 3, said)
		for i, title := range []string{"Alpha", "Beta", "Gamma"} {
			require.NotNil(t, ins[i].due, said)
			assert.Equal(t, title, ins[i].title, said)
			assert.Equal(t, 2+i, int(ins[i].due.at.Month()), said)
			require.NotNil(t, ins[i].project, said)
			assert.Equal(t, "p", ins[i].project.id, said)
		}
	}
}
