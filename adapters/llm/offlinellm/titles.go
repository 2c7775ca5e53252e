package offlinellm

// description takes "with the description ..." to the clause's end.
func (v *view) description() string {
	for _, d := range []string{"with|and a|the? description|details|detail of|that|saying|?", "description|details is?", "described as"} {
		i, n := v.find(0, d)
		if i < 0 || i == v.first() {
			continue
		}
		k := i + n
		if !v.ts[i].is("with", "and", "described") && (k >= len(v.ts) || !v.ts[k].is(":", "-")) {
			continue
		}
		for k < len(v.ts) && v.ts[k].is(":", "-", ",", "of", "saying") {
			k++
		}
		end := len(v.ts)
		if k < end && v.ts[k].sort == quoted {
			end = k + 1
		}
		body := cleanTitle(v.text(k, end))
		if body == "" {
			continue
		}
		for i > 0 && v.ts[i-1].is(",", "with") {
			i--
		}
		v.take(i, end)
		return body
	}
	return ""
}

// listTitles are the titles that a clause gives: the parts of a list where it is one, else the whole.
func (v *view) listTitles(from int, plural bool) []string {
	var cuts [][2]int
	if n := v.at(from, oneOfThem); plural && n > 1 {
		v.take(from, from+n)
		from = v.next(from)
	}
	start, imperative := from, from < len(v.ts) && v.ts[from].in(imperatives)
	commas, quotes := 0, 0
	for k := from; k < len(v.ts); k++ {
		if v.ts[k].sort == quoted && !v.used[k] {
			quotes++
		}
		if v.used[k] || v.inside(k) && v.inside(k-1) || !v.ts[k].is(",", "and", "&", "/", "+") {
			continue
		}
		if v.ts[k].is(",") {
			commas++
		}
		if k > start {
			cuts = append(cuts, [2]int{start, k})
		}
		start = k + 1
		for start < len(v.ts) && v.ts[start].is("and", "to", ",", "then") {
			start++
		}
		imperative = imperative && start < len(v.ts) && v.ts[start].in(imperatives)
	}
	cuts = append(cuts, [2]int{start, len(v.ts)})
	several := plural || quotes > 1 && quotes >= len(cuts) || imperative && len(cuts) > 2 || imperative && len(cuts) == 2 && v.p.verb == remind && v.first() == 0
	if !several || len(cuts) < 2 {
		if t := cleanTitle(v.title(from)); t != "" && !onlyTails(t) {
			return []string{t}
		}
		return nil
	}
	var out []string
	for _, c := range cuts {
		i := c[0]
		if n := v.at(i, oneOfThem); n > 1 && i+n < c[1] {
			i += n
		}
		for i < c[1] && (v.used[i] || v.ts[i].in(titleLeads)) {
			i++
		}
		if t := cleanTitle(v.text(i, c[1])); t != "" {
			out = append(out, t)
		}
	}
	return out
}

// onlyTails reports whether nothing but joining words is left.
func onlyTails(s string) bool {
	for _, t := range tokenize(s) {
		if t.sort == quoted || !t.in(titleTails) && !t.in(titleLeads) && !t.is("it", "that", "this", "one", "something", "the", "a") {
			return false
		}
	}
	return true
}

// oneOfThem leads to one of several titles that were announced: "one to buy stamps and the other to post the letter".
const oneOfThem = "one|another|the first|second|third|last|other? one? is? to|for|called|named|titled"
