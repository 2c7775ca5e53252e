package offlinellm

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestTheLargestMessageAmongManyItemsIsReadInTime(t *testing.T) {
	t.Parallel()
	for _, unit := range []string{"lorem ipsum, dolor and sit ", "add a task to call Bob and ", "Review item, and mark of the backlog and delete it, ", "buy milk tomorrow, "} {
		w := &world{now: noon}
		for i := range 500 {
			w.items = append(w.items, item{kind: task, id: fmt.Sprint("t", i), title: fmt.Sprintf("Review item number %d of the backlog", i)}.matchable())
		}
		started := time.Now()
		parse(strings.Repeat(unit, (32<<10)/len(unit)), w)
		assert.Less(t, time.Since(started), 20*time.Second, unit)
		t.Log(unit, time.Since(started))
	}
}
