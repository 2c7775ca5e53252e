package offlinellm

import (
	"strings"
)

// filters takes what bounds a list.
func (v *view) filters(in *intent) {
	f := &in.filter
	for k := range v.ts {
		switch {
		case v.used[k] || v.inside(k):
		case v.ts[k].is("archived", "archive"), in.kind == project && v.ts[k].is("closed", "inactive", "finished", "completed", "shelved", "retired", "dormant"):
			f.archived, f.all = true, true
			v.used[k] = true
		case v.ts[k].is("all", "every", "everything", "including"):
			f.all = true
		case v.ts[k].is("overdue", "late", "missed"):
			f.overdue = true
			v.used[k] = true
		case v.ts[k].is("active", "current") && in.kind == project:
			in.status = "active"
		}
	}
	if in.kind == comment {
		v.commentsOf(in)
		return
	}
	for _, m := range v.mentions {
		if m.item.kind == project && in.kind != project {
			in.project = &m.item
			v.take(m.i, m.j)
		}
	}
	if in.project == nil && in.kind != project {
		in.project, in.unknown = v.project()
	}
	if in.project == nil && in.unknown == "" && in.kind != project {
		in.project = v.anyPlace(1)
	}
	switch in.kind {
	case task:
		v.taskFilters(in)
	case checkpoint:
		v.dueOn(f)
		if f.label == "in the next seven days" {
			f.to, f.label = f.from.plus(10*366), "from today on"
		}
	default: // nothing more to bound
	}
	f.search = v.search()
}

// taskFilters takes what bounds a list of tasks.
func (v *view) taskFilters(in *intent) {
	f := &in.filter
	v.ordered(f)
	f.waiting = has(v.ts, "suggestion", "suggestions", "suggested", "suggest", "proposed", "proposal", "proposals", "propose", "approval", "approve")
	if i, n := v.find(0, "not|isn't|aren't yet? done|finished|completed|complete yet?"); i >= 0 {
		f.open = true
		v.take(i, i+n)
	}
	if i, n := v.find(0, "most|more important|urgent|critical|pressing"); i >= 0 {
		in.priority = "high"
		v.take(i, i+n)
	}
	v.whose(f)
	v.dueOn(f)
	if i, n := v.find(0, "to|have do|be? done?"); i >= 0 {
		f.open = f.open || v.ts[i+n-1].is("done")
		v.take(i, i+n)
	}
	if level := v.priority(true); in.priority == "" {
		in.priority = level
	}
	open := has(v.ts, "open", "left", "remaining", "pending", "outstanding", "unfinished", "incomplete", "still", "remains", "remain")
	if in.status = v.status(); in.status == "todo" && open {
		in.status, f.open = "", true
	}
	if i, _ := v.find(0, "working on"); i >= 0 && in.status == "" {
		in.status = "in_progress"
	}
}

// search takes "about X" and "containing X".
func (v *view) search() string {
	if i, n := v.find(0, "with|containing|having the? word|words|text|name"); i >= 0 && i+n < len(v.ts) {
		return strings.TrimRight(cleanTitle(v.text(i+n, len(v.ts))), "?! ")
	}
	i, n := v.find(0, "about|containing|mentioning|matching|with|regarding|related to?|word|text|?")
	if i < 0 || n == 0 || i+n >= len(v.ts) {
		return ""
	}
	if w := v.ts[i]; !w.is("about", "containing", "mentioning", "matching", "regarding", "related") {
		return ""
	}
	end := len(v.ts)
	for k := i + n + 1; k < len(v.ts); k++ {
		if v.at(k, "among|in|on|within|from|of my|the|our|all? tasks|notes|list|projects|milestones|todos|items|records") > 0 {
			end = k
			break
		}
	}
	s := strings.TrimRight(cleanTitle(v.text(v.trimLeft(i+n, set("the my to")), end)), "?! ")
	if s == "" || onlyTails(s) {
		return ""
	}
	return s
}

// commentsOf bounds a list of comments to a task.
func (v *view) commentsOf(in *intent) {
	items, tr, _ := v.targetOf(task)
	in.items, in.trouble = items, tr
	if tr.code != fine {
		in.do = nothing
	}
}

func (v *view) targetOf(k kind) ([]item, trouble, kind) {
	for i := range v.ts {
		if !v.used[i] && v.ts[i].is("on", "of", "for", "about", "to", "under") && !v.inside(i) {
			rest := v.p.view(v.ts[i+1:])
			return rest.target(set("to"), k)
		}
	}
	if items, fit := v.p.world.resolve(unused(v, 0, len(v.ts)), k); fit >= partOf {
		return v.single(items, []kind{k})
	}
	return nil, trouble{code: unsaid, phrase: "which task"}, k
}
