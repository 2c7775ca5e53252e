package sanitizer

// The bounds of what is taken for a prompt with words changed, left out or put in: several matches that are no leak, in the
// order and about as far from one another as they stand in it.
const (
	seed      = 8  // letters: a shorter match says nothing
	freshest  = 6  // letters that a match must have of its own
	gapText   = 14 // letters between two matches, in the text
	gapPrompt = 14 // and in the prompt
	chainSum  = 28 // letters in matches: so many are a leak
)

// chain is matches that follow one another.
type chain struct {
	place int32 // where the last one ends in the prompts
	end   int   // and in the text, in letters
	sum   int   // letters
	start int   // where the first one stands in the text
}

// chains are those of late.
type chains struct {
	live [16]chain
	next int
}

// extends is the chain that a match of length letters can go on, nil if there is none.
func (c *chains) extends(places []int32, length, end int) (*chain, int32) {
	var best *chain
	var at int32
	for i := range c.live {
		l := &c.live[i]
		gap := end - length - l.end
		if l.sum == 0 || gap > gapText || l.end >= end {
			continue
		}
		fresh := length + min(gap, 0)
		if fresh < freshest {
			continue
		}
		for _, p := range places {
			missing := int(p-l.place) - fresh
			if missing >= 0 && missing <= gapPrompt && (best == nil || l.sum > best.sum) {
				best, at = l, p
			}
		}
	}
	return best, at
}

// begin remembers a match that nothing came before.
func (c *chains) begin(places []int32, length, end, start int) {
	for _, p := range places {
		c.live[c.next%len(c.live)] = chain{place: p, end: end, sum: length, start: start}
		c.next++
	}
}
