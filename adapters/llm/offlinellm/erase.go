package offlinellm

import "strings"

// erase reads deletions. A description must be clear: what fits only loosely is asked about, since a deletion can't be
// taken back.
func (p *parser) erase(v *view) {
	if p.erasesComment(v) {
		return
	}
	if n, end, det := p.nounPhrase(v.ts, v.first()); n.plural && len(v.mentions) == 0 && (det == "all" || det == "every" || det == "my" || det == "") && n.kind != comment {
		if v.trimLeft(end, set("the called named titled :")) >= len(v.ts) || v.ts[v.first()].is("all", "every", "everything") {
			p.eraseAll(v, n.kind, end)
			return
		}
	}
	if len(p.out) > 0 && v.first() < len(v.ts) && v.ts[v.first()].is("it", "that") {
		if last := p.out[len(p.out)-1]; last.do == changes {
			p.add(intent{kind: last.kind, do: removes, items: last.items})
			return
		}
	}
	items, tr, said := v.target(set("from in because since"))
	in := intent{kind: said, do: removes, items: items, trouble: tr}
	if len(items) > 0 {
		in.kind = items[0].kind
	}
	if tr.code == ambiguous && in.kind == noKind {
		in.kind = tr.candidates[0].kind
	}
	if in.kind == noKind {
		in.kind = task
	}
	if in.trouble.code != fine {
		in.do = nothing
		p.add(in)
		return
	}
	p.addByKind(in)
}

// addByKind parts an intent whose targets belong to several agents.
func (p *parser) addByKind(in intent) {
	var order []kind
	byKind := map[kind][]item{}
	for _, it := range in.items {
		if byKind[it.kind] == nil {
			order = append(order, it.kind)
		}
		byKind[it.kind] = append(byKind[it.kind], it)
	}
	for _, k := range order {
		one := in
		one.kind, one.items = k, byKind[k]
		p.add(one)
	}
}

// eraseAll deletes all of a kind that a project or a status bounds; without a bound it asks which.
func (p *parser) eraseAll(v *view, k kind, end int) {
	v.take(v.first(), end)
	where, unknown := v.project()
	status := ""
	for _, t := range v.ts {
		if t.is("done", "completed", "finished") {
			status = "done"
		}
	}
	in := intent{kind: k, do: removes, unknown: unknown}
	for _, it := range p.world.all(k) {
		if where != nil && it.project != where.id || status != "" && it.status != status {
			continue
		}
		in.items = append(in.items, it)
	}
	switch {
	case where == nil && status == "":
		in.do, in.trouble = nothing, trouble{code: ambiguous, candidates: in.items, phrase: "all"}
	case len(in.items) == 0:
		in.do, in.trouble = nothing, trouble{code: missing, phrase: "matching " + plural(kindName(k))}
	}
	p.add(in)
}

// erasesComment reads "delete the comment ... on X".
func (p *parser) erasesComment(v *view) bool {
	by, start := v.authorAt(v.first())
	n, end, _ := p.nounPhrase(v.ts, start)
	if n.kind != comment {
		return false
	}
	latest := has(v.ts[start:end], "last", "latest", "newest")
	v.take(v.first(), end)
	if k := v.first(); by == "" && k < len(v.ts) && v.ts[k].is("by", "from") {
		if by, _ = v.name(k + 1); by != "" {
			v.take(k, k+2)
		}
	}
	in := intent{kind: comment, do: removes}
	comments := p.world.all(comment)
	var onTask string
	for k := range v.ts {
		if v.ts[k].is("on", "of", "from", "for", "to") && !v.used[k] {
			if items, fit := p.world.resolve(names(v.ts[k+1:]), task); fit >= partOf && len(items) == 1 {
				onTask = items[0].id
				v.take(k, len(v.ts))
			}
		}
	}
	if phrase := names(remaining(v)); len(content(phrase, false)) > 0 {
		found, _ := p.world.resolve(phrase, comment)
		comments = found
	}
	for _, c := range comments {
		if (onTask == "" || c.project == onTask) && (by == "" || sameText(c.author, by)) {
			in.items = append(in.items, c)
		}
	}
	if n := len(in.items); latest && n > 1 {
		in.items = in.items[n-1:]
	}
	switch len(in.items) {
	case 0:
		in.do, in.trouble = nothing, trouble{code: missing, phrase: "such comment"}
	case 1:
	default:
		in.do, in.trouble, in.items = nothing, trouble{code: ambiguous, candidates: in.items}, nil
	}
	p.add(in)
	return true
}

// commentGoes reads "the comment from Priya can be deleted".
func (p *parser) commentGoes(v *view, i int) bool {
	_, start := v.authorAt(i)
	if n, _, det := p.nounPhrase(v.ts, start); n.kind != comment || det == "a" || det == "an" {
		return false
	}
	at, n := v.find(i, "can|could|should|must|may now? be? deleted|removed|erased|taken|go off|out|down|away?")
	if at < 0 {
		return false
	}
	v.take(at, at+n)
	p.verb = erase
	return p.erasesComment(v)
}

// authorAt reads "Priya's" before a comment, where a comment of hers is known.
func (v *view) authorAt(i int) (by string, end int) {
	if i >= len(v.ts) || v.ts[i].sort != word {
		return "", i
	}
	name, ok := strings.CutSuffix(v.ts[i].word, "'s")
	if !ok {
		return "", i
	}
	for _, c := range v.p.world.all(comment) {
		if sameText(c.author, name) {
			return name, i + 1
		}
	}
	return "", i
}

func remaining(v *view) []token {
	var out []token
	for k, t := range v.ts {
		if !v.used[k] {
			out = append(out, t)
		}
	}
	return out
}

// annotate reads a comment on a task: "comment on X: text", "add a comment to X saying text", "add 'text' as a comment on X".
func (p *parser) annotate(v *view) {
	p.noun = noun{comment, false}
	in := intent{kind: comment, do: makes}
	i := v.first()
	if i < len(v.ts) && v.ts[i].sort == quoted {
		in.body = v.ts[i].word
		v.used[i] = true
	}
	on := v.first()
	for k := on; k < len(v.ts) && in.body == ""; k++ {
		if v.ts[k].is("on", "to", "under", "for", "in") && !v.used[k] && k > on && !v.inside(k) {
			if _, fit := p.world.resolve(names(v.ts[k+1:]), task); fit >= partOf && !has(v.ts[on:k], ":") {
				in.body = v.extension(v.trimLeft(on, set(": saying that")), k)
				v.take(on, k)
			}
		}
	}
	if k := v.first(); k < len(v.ts) && v.ts[k].is(":", "saying", "that", "-") && !has(v.ts[:k], "on", "to", "for", "under") && len(p.out) > 0 {
		if last := p.out[len(p.out)-1]; len(last.items) == 1 && last.items[0].kind == task { // "... and add a comment: ..."
			in.items, in.body = last.items, v.freeText(v.trimLeft(k, set(": saying that -")))
			p.add(in)
			return
		}
	}
	v.take(v.first(), v.trimLeft(v.first(), set("on to under for in the task about")))
	items, tr, _ := v.target(set(": saying says that with , - – —"), task)
	in.items, in.trouble = items, tr
	if in.body == "" {
		if at, n := v.contentMark(v.first(), true); at >= 0 {
			in.body = v.freeText(at + n)
		} else {
			in.body = v.freeText(v.trimLeft(v.first(), set("saying says that with : , - – —")))
		}
	}
	if in.trouble.code == fine && in.body == "" {
		in.trouble = trouble{code: unsaid, phrase: "what the comment should say"}
	}
	if in.trouble.code != fine {
		in.do, in.wants = nothing, makes
	}
	p.add(in)
}
