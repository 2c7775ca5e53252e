package offlinellm

// heading are the words of a heading above things to do: "to do today:", "my list for tomorrow:".
var heading = set("to do todo to-do todos to-dos tasks task list my our the new for on things work agenda plan i need have need must following these reminders errands chores open what one more another thing here's here is are also add")

// agenda reads a heading and what stands behind it: "to do today: buy coffee and call mom".
func (p *parser) agenda(v *view, i int) bool {
	k, said := i, 0
	var due *when
	for k < len(v.ts) && k < i+9 && !v.ts[k].is(":") {
		if w, n := p.calendar().read(v.ts, k); n > 0 {
			due, k = &w, k+n
			continue
		}
		if !v.ts[k].in(heading) {
			return false
		}
		if v.ts[k].is("do", "todo", "to-do", "todos", "to-dos", "tasks", "list", "things", "agenda", "reminders", "errands", "chores") {
			said++
		}
		k++
	}
	if said == 0 || k >= len(v.ts) || !v.ts[k].is(":") || due == nil && k < i+2 {
		return false
	}
	v.take(i, k+1)
	first := len(p.out)
	p.verb = create
	p.newTasks(v, true)
	for n := first; n < len(p.out); n++ {
		if p.out[n].due == nil {
			p.out[n].due = due
		}
	}
	if p.header {
		p.shared.due = due
	}
	return true
}
