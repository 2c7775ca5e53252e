package offlinellm

import (
	"slices"
	"strings"
)

// frame is a way to say something about things that are there, as a whole clause: words and slots. In a pattern | parts
// alternatives and ? makes a word optional, as in an opener; the slots are
//
//	ITEM TASK CHECK PROJECT NOTE  a reference to something known, and to one thing only
//	SURETASK  the same, called a task or by its full title
//	PLACE  a known project that something belongs to
//	WHO    a person's name
//	WHEN   a date, with the words that lead to it
//	LEVEL  a priority        STATE  a status
//	LATER  a length of time by which a date moves
//	DONE   a participle of a task's own verb or of an everyday one
//	NEW    a new title       TEXT   free text; both reach to the clause's end
type frame struct {
	pattern string
	do      deed
	fixed   intent // what the frame says by itself
}

type compiledFrame struct {
	frame
	pieces []piece
	needs  []map[string]bool // words without which it can't fit
}

type piece struct {
	part
	slot string
}

// longestFrame is how many tokens a clause has at most that frames are tried on.
const longestFrame = 40

// frameBook is a table of frames, with an index: the frames that a word is necessary for.
type frameBook struct {
	frames []compiledFrame
	by     map[string][]int
}

// candidates are the frames that some of the words speak for, in the table's order.
func (b frameBook) candidates(said map[string]bool) []int {
	var out []int
	for w := range said {
		out = append(out, b.by[w]...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func compileFrames(rows []frame) frameBook {
	book := frameBook{frames: make([]compiledFrame, len(rows)), by: map[string][]int{}}
	out := book.frames
	for i, r := range rows {
		out[i].frame = r
		for w := range strings.FieldsSeq(r.pattern) {
			base, optional := strings.CutSuffix(w, "?")
			p := piece{part: part{nil, optional && base != ""}}
			switch {
			case base == "": // a question mark by itself
				p.any = set("?")
			case strings.ToUpper(base) == base && strings.ToLower(base) != base:
				p.slot = base
			default:
				p.any = set(strings.ReplaceAll(base, "|", " "))
				if p.any[":"] { // marks between pieces are passed over
					delete(p.any, ":")
					p.optional = true
				}
			}
			if p.slot == "" && !p.optional {
				out[i].needs = append(out[i].needs, p.any)
			}
			out[i].pieces = append(out[i].pieces, p)
		}
		if len(out[i].needs) == 0 {
			panic("a frame without a word that it can be found by: " + r.pattern) // at start-up, by a table of ours
		}
		rarest := slices.MinFunc(out[i].needs, func(a, b map[string]bool) int { return len(a) - len(b) })
		for w := range rarest {
			book.by[w] = append(book.by[w], i)
		}
	}
	return book
}

// framed reads the clause from token i on as one of the frames.
func (p *parser) framed(v *view, i int) (intent, bool) {
	if len(v.ts)-i > longestFrame || len(v.ts)-i < 2 {
		return intent{}, false
	}
	if in, ok := p.fitted(v, i); ok {
		return in, true
	}
	if open, ok := uncontracted(v.ts[i:]); ok {
		return p.fitted(p.view(open), 0)
	}
	return intent{}, false
}

// uncontracted opens "the budget's ready" into "the budget is ready".
func uncontracted(ts []token) ([]token, bool) {
	var out []token
	for k, t := range ts {
		base, ok := strings.CutSuffix(t.word, "'s")
		if !ok || t.sort != word || k+1 >= len(ts) || k > 8 || len(base) < 3 && k == 0 {
			out = append(out, t)
			continue
		}
		out = append(out, token{word, t.start, t.end - 2, base}, token{word, t.end - 1, t.end, "is"})
	}
	return out, len(out) > len(ts)
}

func (p *parser) fitted(v *view, i int) (intent, bool) {
	said := map[string]bool{}
	for _, t := range v.ts[i:] {
		if t.sort != quoted {
			said[t.word] = true
			said[strings.TrimSuffix(t.word, "'s")] = true
		}
	}
	for _, book := range []frameBook{frames, questionFrames} {
		for _, n := range book.candidates(said) {
			f := book.frames[n]
			if slices.ContainsFunc(f.needs, func(words map[string]bool) bool { return !meets(words, said) }) {
				continue
			}
			m := match{v: v, in: f.fixed}
			m.in.do = f.do
			if m.fits(f.pieces, i) {
				return m.finished()
			}
		}
	}
	return intent{}, false
}

func meets(a, b map[string]bool) bool {
	for w := range a {
		if b[w] {
			return true
		}
	}
	return false
}
