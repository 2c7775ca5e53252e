package offlinellm

// fixedChange is what a verb changes by itself.
var fixedChange = map[verb]intent{
	finish: {status: "done"}, begin: {status: "in_progress"}, reopen: {status: "todo"},
	archive: {status: "archived"}, unarchive: {status: "active"}, prioritize: {priority: "high"}, relax: {priority: "low"},
}

// change reads everything that updates: mark, set, move, rename, assign, finish, archive ...
func (p *parser) change(v *view, h head) {
	if p.changesLast(v, h) {
		return
	}
	switch h.verb {
	case rename:
		p.rename(v)
		return
	case assign:
		p.assign(v)
		return
	case change:
		if h.word == "give" && has(v.ts, "to") {
			p.assign(v)
			return
		}
	default: // a field, by what follows
	}
	if p.noteChange(v, h) || (h.verb == change || h.verb == postpone) && p.fieldOf(v) {
		return
	}
	if h.verb == begin && p.startsNew(v, h) {
		return
	}
	if p.changesAll(v, h) {
		return
	}
	items, tr, said := v.target(set("to as by until till from with ="))
	if said == note && h.verb == finish && tr.code == fine && h.word == "check" {
		p.show(items)
		return
	}
	if found := p.spokenOf(nil, false); tr.code == unsaid && len(found) == 1 && v.first() >= len(v.ts) {
		items, tr = found, trouble{} // "..., reopen"
	}
	in := fixedChange[h.verb]
	in.do, in.items, in.trouble, in.kind = changes, items, tr, said
	if len(items) > 0 {
		in.kind = items[0].kind
	}
	if tr.code == ambiguous && len(tr.candidates) > 0 {
		in.kind = tr.candidates[0].kind
	}
	if in.kind == noKind {
		in.kind = p.verbKind(h.verb)
	}
	if tr.code == missing && v.said != "" && said == noKind { // "low priority: replace the hinge"
		p.errandOf(v, h)
		return
	}
	if tr.code == missing && p.instead(v, h, said) {
		return
	}
	v.features(&in, h.verb)
	p.finishChange(in, h)
}

// changesAll changes all things of a kind at once: "mark all kitchen tasks as done".
func (p *parser) changesAll(v *view, h head) bool {
	found, k := p.bulk(v)
	if len(found) == 0 {
		return false
	}
	in := fixedChange[h.verb]
	in.do, in.items, in.kind = changes, found, k
	v.features(&in, h.verb)
	p.finishChange(in, h)
	return true
}

func (p *parser) verbKind(v verb) kind {
	if v == archive || v == unarchive {
		return project
	}
	return task
}

// features takes the new values out of what is left.
func (v *view) features(in *intent, h verb) {
	if in.kind == task || in.kind == checkpoint {
		v.shifted(in)
		if in.later.zero() {
			in.due = v.when()
		}
	}
	switch in.kind {
	case task:
		if in.status == "" {
			in.status = v.status()
		}
		if i, n := v.find(0, "as"); in.status == "" && i >= 0 && i+n < len(v.ts) && len(in.items) == 1 && past(v.ts[i+n], in.items[0]) {
			in.status = "done"
		}
		if level := v.priority(true); in.priority == "" {
			in.priority = level
		}
		in.project, in.unknown = v.project()
		if v.place != nil {
			in.project = nil
		}
		in.people = v.people(-1)
		if h == change && len(in.people) == 0 && v.find0("assignee|owner") {
			in.people = v.tailNames()
		}
		in.body = v.description()
	case project:
		v.projectStatus(in)
	case note:
		in.project, in.unknown = v.project()
	case checkpoint, comment, noKind:
	}
}

func (v *view) find0(pattern string) bool {
	i, _ := v.find(0, pattern)
	return i >= 0
}

func (v *view) tailNames() []string {
	i, n := v.find(0, "to|is|:")
	if i < 0 {
		return nil
	}
	out, _ := v.names(i + n)
	return out
}

var projectStatuses = map[string]string{"archived": "archived", "archive": "archived", "closed": "archived", "done": "archived", "complete": "archived",
	"finished": "archived", "completed": "archived", "inactive": "archived", "active": "active", "open": "active", "reopened": "active"}

// projectStatus takes a project's new status. What is finished is archived: a project knows no other end.
func (v *view) projectStatus(in *intent) {
	switch in.status {
	case "done":
		in.status = "archived"
	case "todo", "in_progress":
		in.status = "active"
	}
	for i := range v.ts {
		if s, ok := projectStatuses[v.ts[i].word]; ok && !v.used[i] && v.ts[i].sort == word && in.status == "" {
			in.status = s
			v.used[i] = true
		}
	}
}

// shifted takes "by two days", "a week later", "two days earlier".
func (v *view) shifted(in *intent) {
	for i := range v.ts {
		if v.used[i] {
			continue
		}
		s, n := v.p.calendar().length(v.ts, i)
		if n == 0 {
			continue
		}
		by := i > 0 && (v.ts[i-1].is("by", "back", "forward", "out", "another") || i == v.next(0))
		after := i+n < len(v.ts) && v.ts[i+n].is("later", "earlier", "back", "forward", "out", "ahead", "sooner")
		if !by && !after {
			continue
		}
		if i > 0 && v.ts[i-1].is("in", "within") || i+n < len(v.ts) && v.ts[i+n].is("from", "before", "after") {
			continue
		}
		if i+n < len(v.ts) && v.ts[i+n].is("earlier", "sooner", "ahead") || v.find0("earlier|forward|sooner") {
			s = shift{-s.months, -s.days, -s.rest}
		}
		in.later = s
		v.take(max(0, i-1), min(len(v.ts), i+n+1))
		return
	}
}

// finishChange keeps a change that says what is to become of its target, and asks about any other.
func (p *parser) finishChange(in intent, h head) {
	said := in.status != "" || in.priority != "" || in.due != nil || !in.later.zero() || in.project != nil || len(in.people) > 0 || in.body != ""
	switch {
	case in.trouble.code != fine:
		in.do = nothing
	case in.kind == task && (h.verb == archive || h.verb == unarchive):
		if h.verb == unarchive {
			in.status = "todo"
		} else {
			in.do, in.trouble = nothing, trouble{code: unable, phrase: "Only projects can be archived; a task can be marked as done or deleted."}
		}
	case in.kind == note && in.project != nil:
	case in.kind == note || in.kind == checkpoint && in.due == nil && in.later.zero():
		switch {
		case h.verb == finish || in.status != "" || h.verb == archive:
			in.do, in.trouble = nothing, trouble{code: unable, phrase: "A " + kindName(in.kind) + " has no status to set."}
		case in.later.zero() && in.due == nil:
			in.do, in.trouble = nothing, trouble{code: unsaid, phrase: "what to change about " + quote(first(in.items).title)}
		}
	case in.kind == project && in.status == "":
		in.do, in.trouble = nothing, trouble{code: unsaid, phrase: "what to change about " + quote(first(in.items).title)}
	case !said && in.unknown != "":
		in.do, in.trouble = nothing, trouble{code: missing, phrase: in.unknown}
	case !said:
		in.do, in.trouble = nothing, trouble{code: unsaid, phrase: "what to change about " + quote(first(in.items).title)}
	}
	p.add(in)
}

func first(items []item) item {
	if len(items) == 0 {
		return item{}
	}
	return items[0]
}

func quote(s string) string { return `"` + s + `"` }

// startsNew reads "start the laundry" as an errand and "start a project" elsewhere: beginning needs something known.
func (p *parser) startsNew(v *view, h head) bool {
	if p.known(v.ts, h.end) {
		return false
	}
	if _, fit := p.world.resolve(unused(v, h.end, len(v.ts))); fit >= loose {
		return false
	}
	if n, _, _ := p.nounPhrase(v.ts, h.end); n.kind != noKind {
		return false
	}
	return p.instead(v, h, noKind)
}

// instead makes an errand of an imperative whose object isn't known: "finish the report by Friday", "move the sofa".
func (p *parser) instead(v *view, h head, said kind) bool {
	if said != noKind || len(h.said) == 0 || v.ts[h.said[0]].is("i", "i'm", "i've", "i'll", "we", "we've", "mark", "set", "just", "done", "finished", "completed", "prioritize", "reopen", "archive", "rename", "work", "working") {
		return false
	}
	v.priority(false)
	if s := p.view(v.ts).status(); s != "" && h.verb == change || h.verb == archive || h.verb == unarchive || h.verb == reopen || h.verb == postpone && len(v.dates()) > 0 || h.verb == change {
		return false
	}
	if has(v.ts, "it", "them") && len(v.ts) < 5 {
		return false
	}
	fresh := p.view(v.ts)
	fresh.place = v.place
	fresh.take(0, h.said[0])
	fresh.courteous()
	p.newTasks(fresh, false)
	return true
}
