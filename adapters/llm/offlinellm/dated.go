package offlinellm

// dated is a title with a date of its own.
type dated struct {
	title    string
	due      *when
	priority string
}

// of is what the entry makes of what all entries have in common.
func (d dated) of(base intent) intent {
	base.title, base.due = d.title, d.due
	if d.priority != "" {
		base.priority = d.priority
	}
	return base
}

// eachDated reads a list whose entries have each a date: "Alpha on 1 May, Beta on 1 June and Gamma (1 July)". It is nil, and
// nothing is taken, unless there are several entries and all of them have a title and a date.
func (v *view) eachDated(from int) []dated {
	spans := v.dates()
	if len(spans) < 2 {
		return nil
	}
	inDate := func(k int) bool {
		for _, s := range spans {
			if s.i <= k && k < s.j {
				return !v.ts[k].is("and", ";") || k > s.i
			}
		}
		return false
	}
	var cuts [][2]int
	start := from
	for k := from; k <= len(v.ts); k++ {
		if k < len(v.ts) && (v.used[k] || v.inside(k) && v.inside(k-1) || inDate(k) || !v.ts[k].is(",", "and", "&", ";", "/", "then", "+")) {
			continue
		}
		if v.next(start) < k {
			cuts = append(cuts, [2]int{start, k})
		}
		start = k + 1
	}
	var out []dated
	for _, c := range cuts {
		d, ok := v.entry(c[0], c[1])
		if !ok {
			return nil
		}
		out = append(out, d)
	}
	if len(out) < 2 {
		return nil
	}
	return out
}

// entry reads one title and its date out of tokens [i, j), and takes nothing.
func (v *view) entry(i, j int) (dated, bool) {
	part := v.p.view(v.ts[i:j])
	copy(part.used, v.used[i:j])
	if n := part.at(part.first(), oneOfThem); n > 1 {
		part.take(part.first(), part.first()+n)
	}
	for k, t := range part.ts {
		if t.is("(", ")", "[", "]") {
			part.used[k] = true
		}
	}
	due, level := part.when(), part.priority(false)
	title := cleanTitle(part.title(part.trimLeft(0, set("a an another one milestone checkpoint : called named titled for the"))))
	if due == nil || title == "" || onlyTails(title) || len(part.dates()) > 0 {
		return dated{}, false
	}
	return dated{title, due, level}, true
}

// oneMoreDated reads a clause behind ";" that is one more entry of a list of milestones: "; Beta on 1 June".
func (p *parser) oneMoreDated(v *view) bool {
	if len(p.out) == 0 || !p.noun.plural || p.noun.kind != checkpoint || len(v.ts) == 0 || p.opening(v.ts, p.skip(v.ts, 0)).verb != noVerb {
		return false
	}
	last := p.out[len(p.out)-1]
	e, ok := v.entry(0, len(v.ts))
	if !ok || last.kind != checkpoint || last.do != makes {
		return false
	}
	p.add(e.of(last))
	return true
}
