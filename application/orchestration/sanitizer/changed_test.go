package sanitizer

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestWordsThatAreChangedPutInOrLeftOutHideLittle tells how much of a prompt may be hidden with other words, by the share of
// attempts that are seen through at 8, 12, 30 and 80 words.
func TestWordsThatAreChangedPutInOrLeftOutHideLittle(t *testing.T) {
	t.Parallel()
	s, all := whole(t), library(t)
	lengths, tries := []int{8, 12, 30, 80}, 100
	for name, c := range map[string]struct {
		say   disguise
		least [4]int // of a hundred
	}{
		"one in three changed":  {changed(3), [4]int{10, 15, 45, 95}},
		"one in four changed":   {changed(4), [4]int{20, 65, 95, 100}},
		"one in six changed":    {changed(6), [4]int{40, 80, 97, 100}},
		"one in ten changed":    {changed(10), [4]int{100, 90, 100, 100}},
		"every fourth left out": {func(w []string) string { return leftOut(w, 4) }, [4]int{15, 65, 95, 100}},
		"a filler for three":    {filled(3, "banana"), [4]int{40, 70, 95, 100}},
		"seven words at a time": {filled(7, "banana"), [4]int{35, 65, 97, 100}},
	} {
		rng := rand.New(rand.NewPCG(7, 8))
		for i, n := range lengths {
			caught := 0
			for _, run := range some(all, n, tries, rng) {
				if _, f := filter(s, nil, "Here: "+c.say(run)+" - done, as you wished.", rng); f.Leaked() {
					caught++
				}
			}
			t.Logf("%-22s %2d words: %3d of %d", name, n, caught, tries)
			assert.GreaterOrEqual(t, caught, c.least[i], "%s, %d words", name, n)
		}
	}
}
