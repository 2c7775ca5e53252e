package offlinellm

import "strings"

// nobody are words that are no one's name.
var nobody = set(`the a an my our your this that it them those these to in on at by for with and or as of due project task tasks
	note today tomorrow next high low medium urgent asap please is be everyone someone do who until before because so
	team-mate done progress then also but priority`)

// name reads one name at token i: a word, or several with capitals.
func (v *view) name(i int) (string, int) {
	if i >= len(v.ts) || v.used[i] {
		return "", 0
	}
	if v.ts[i].sort == quoted {
		return v.ts[i].word, 1
	}
	if v.ts[i].sort != word || nobody[v.ts[i].word] {
		return "", 0
	}
	if v.ts[i].is("me", "myself") {
		if v.p.world.user != "" {
			return v.p.world.user, 1
		}
		return "me", 1
	}
	j := i + 1
	if capital(v.p.message, v.ts[i]) {
		for j < len(v.ts) && j < i+3 && v.ts[j].sort == word && capital(v.p.message, v.ts[j]) && !nobody[v.ts[j].word] && !v.ts[j].is("i") {
			if _, n := v.p.calendar().day(v.ts, j); n > 0 {
				break
			}
			j++
		}
	}
	return strings.TrimLeft(v.p.message[v.ts[i].start:v.ts[j-1].end], "@"), j - i
}

// names reads "Dana", "Dana and Bob", "Dana, Bob and Eve" at token i.
func (v *view) names(i int) (out []string, end int) {
	end = i
	for {
		n, m := v.name(i)
		if m == 0 {
			return out, end
		}
		out, end = append(out, n), i+m
		i = end
		for i < len(v.ts) && v.ts[i].is(",", "and", "&") {
			i++
		}
		if i == end || i >= len(v.ts) || !capital(v.p.message, v.ts[i]) || v.isDate(i) {
			return out, end
		}
	}
}

var assigners = []string{
	"and? assign|assigned|assigning|delegate|delegated|given it|this|that? to", "assignee|assignees|owner is?", "with? assignee|owner",
	"owned|handled by", "responsible is?",
}

// people takes the assignees that a new task names: "assigned to Dana", "@dana", "for Dana to ...".
func (v *view) people(afterNoun int) []string {
	for _, a := range assigners {
		i, n := v.find(0, a)
		if i < 0 || v.ts[i+n-1].is("assign") {
			continue
		}
		k := i + n
		for k < len(v.ts) && v.ts[k].is(":", "=") {
			k++
		}
		if out, end := v.names(k); len(out) > 0 {
			for i > 0 && !v.used[i-1] && v.ts[i-1].is(",", "and", "with", "which", "is") {
				i--
			}
			v.take(i, end)
			return out
		}
	}
	for i, t := range v.ts {
		if t.sort == word && strings.HasPrefix(t.word, "@") && !v.used[i] {
			v.used[i] = true
			if i > 0 && v.ts[i-1].is("for", "to", "with") {
				v.used[i-1] = true
			}
			return []string{strings.TrimPrefix(v.p.message[t.start:t.end], "@")}
		}
	}
	return v.taskFor(afterNoun)
}

// taskFor reads "a task for Dana to review the contract" and "a task for Dana: review".
func (v *view) taskFor(i int) []string {
	if i < 0 || i >= len(v.ts) || v.used[i] || !v.ts[i].is("for") || i+1 >= len(v.ts) {
		return nil
	}
	colon := i+2 < len(v.ts) && v.ts[i+2].is(":")
	if !capital(v.p.message, v.ts[i+1]) && !v.ts[i+1].is("me") && !colon || v.inside(i+1) {
		return nil
	}
	out, end := v.names(i + 1)
	if len(out) == 0 || end < len(v.ts) && !v.used[end] && !v.ts[end].is("to", ":", "called", "titled", "named", "-") && v.ts[end].sort != quoted {
		return nil
	}
	v.take(i, end)
	if out[0] == "me" {
		return nil
	}
	return out
}
