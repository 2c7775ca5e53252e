package offlinellm

// bulk reads "mark all kitchen tasks as done" and "set every task in Orion to high priority": what is to change are all
// things of a kind that a project, a status or a priority bounds.
func (p *parser) bulk(v *view) (found []item, k kind) {
	i := v.first()
	if i >= len(v.ts) || !v.ts[i].is("all", "every", "each") {
		return nil, noKind
	}
	end := i + 1
	for end < len(v.ts) && end < i+7 {
		if n, ok := nounOf(v.ts[end]); ok && n.kind != project && n.kind != comment {
			k = n.kind
			break
		}
		end++
	}
	if k == noKind {
		return nil, noKind
	}
	between := p.view(v.ts[i+1 : end])
	status, late := between.status(), has(between.ts, "overdue", "late")
	rest := between.trimLeft(0, set("my our the of open overdue late"))
	v.take(i, end+1)
	var where *item
	if rest < len(between.ts) {
		if homes, fit := p.world.resolve(names(between.ts[rest:]), project); fit >= partOf && len(homes) == 1 {
			where = &homes[0]
		} else if status == "" {
			return nil, k
		}
	}
	if where == nil {
		where, _ = v.project()
	}
	if where == nil {
		where = v.anyPlace(1)
	}
	for _, it := range p.world.all(k) {
		if where != nil && it.project != where.id || status != "" && it.status != status || status == "" && it.status == "done" || late && (it.due.IsZero() || !it.due.Before(p.world.now)) {
			continue
		}
		found = append(found, it)
	}
	return found, k
}
