package offlinellm

import "strings"

// participle is the everyday verb that a past form belongs to, empty for any other word: "serviced" belongs to "service",
// "written" to "write".
func participle(w string) string {
	if base, ok := irregular[w]; ok {
		return base
	}
	if !strings.HasSuffix(w, "ed") || len(w) < 5 {
		return ""
	}
	base := strings.TrimSuffix(w, "ed")
	for _, try := range []string{base + "e", base, strings.TrimSuffix(base, "i") + "y", base[:len(base)-1]} {
		if imperatives[try] && (try != base[:len(base)-1] || base[len(base)-1] == base[len(base)-2]) {
			return try
		}
	}
	return ""
}

// gerund is the everyday verb of an -ing form: "cleaning" belongs to "clean".
func gerund(w string) string {
	base, ok := strings.CutSuffix(w, "ing")
	if !ok || len(base) < 3 {
		return ""
	}
	for _, try := range []string{base, base + "e", base[:len(base)-1]} {
		if imperatives[try] && (try != base[:len(base)-1] || base[len(base)-1] == base[len(base)-2]) {
			return try
		}
	}
	return ""
}
