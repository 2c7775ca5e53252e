package offlinellm

// nameBefore finds a new name that stands before its kind, "a Newsletter Relaunch project": the name's tokens are [from, k).
func (p *parser) nameBefore(ts []token, i int) (n noun, from, k int) {
	from = i
	for from < len(ts) && ts[from].is("a", "an", "another", "new", "our", "my") {
		from++
	}
	if from == i {
		return noun{}, i, i
	}
	for k = from; k < len(ts) && k < from+6 && ts[k].sort != mark; k++ {
		n, ok := nounOf(ts[k])
		if !ok {
			if ts[k].sort == word && !capital(p.message, ts[k]) && k == from && !ts[k].is("of", "and", "the", "for", "&", "in", "to") {
				return noun{}, i, i
			}
			continue
		}
		ends := k+1 >= len(ts) || ts[k+1].sort == mark || ts[k+1].in(behindProject) || ts[k+1].is("going", "up", "started", "under", "of")
		if k == from || !ends || n.plural || n.kind != project && n.kind != checkpoint || len(p.mentions(ts[from:k])) > 0 {
			return noun{}, i, i
		}
		return n, from, k
	}
	return noun{}, i, i
}

// namedBefore makes a thing whose name stands before its kind.
func (p *parser) namedBefore(v *view, i int) bool {
	n, from, k := p.nameBefore(v.ts, i)
	if n.kind == noKind {
		return false
	}
	in := intent{kind: n.kind, do: makes, title: cleanTitle(v.text(from, k))}
	v.take(i, k+1)
	p.noun = n
	if n.kind == checkpoint {
		in.project, in.unknown = v.project()
		in.due = v.when()
		p.housed(&in)
	} else {
		in.client = v.client()
	}
	p.add(in)
	return true
}
