package condition

import (
	"fmt"
	"regexp"
	"strings"
)

// functions are those that rules are likely to use.
var functions = []string{
	"all", "contains", "endsWith", "exists", "getHours", "getMinutes", "indexOf", "int", "lowerAscii", "matches",
	"replace", "size", "split", "startsWith", "string", "substring", "trim", "upperAscii",
}

// habits are what people write in the way of other languages, and what conditions have instead. Each
// expression matches at the beginning of a text.
var habits = []struct {
	pattern *regexp.Regexp
	remedy  string // a format with what was written
}{
	{regexp.MustCompile(`^(?i:and)\b`), "use && instead of %s"},
	{regexp.MustCompile(`^(?i:or)\b`), "use || instead of %s"},
	{regexp.MustCompile(`^(?i:not)\b`), "use ! instead of %s, such as !call.missed"},
	{regexp.MustCompile(`^(?i:if|when)\b`), "leave out %s: the condition itself is enough"},
	{regexp.MustCompile(`^(?i:like)\b`), "use .contains(), .startsWith() or .matches() instead of %s"},
	{regexp.MustCompile(`^\d{1,2}:\d{2}`), "compare the time of the day as a text: time.clock >= \"%s\""},
	{
		regexp.MustCompile(`^\d+ ?(?i:s|sec|m|min|h)\b`),
		"use a number without a unit instead of %s; call.rang is in seconds",
	},
	{regexp.MustCompile(`^={3,}`), "use == instead of %s"},
	{regexp.MustCompile(`^(?:[=!<>]=)`), ""},
	{regexp.MustCompile(`^=~`), "use .matches() instead of %s"},
	{regexp.MustCompile(`^=`), "use == to compare instead of %s"},
	{regexp.MustCompile(`^<>`), "use != instead of %s"},
	{regexp.MustCompile(`^&&|^\|\|`), ""},
	{regexp.MustCompile(`^&`), "use && instead of %s"},
	{regexp.MustCompile(`^\|`), "use || instead of %s"},
	{regexp.MustCompile(`^[\p{L}\p{N}_.]+`), ""}, // any other name or number as a whole
}

// remedy returns the first thing in a condition that is not of its language, where it is in characters,
// and how to write it. The text is empty if there is none.
func remedy(source string) (text string, at int) {
	runes := []rune(source)
	for i := 0; i < len(runes); {
		if quote := runes[i]; quote == '"' || quote == '\'' {
			end := closing(runes, i)
			if end < 0 {
				return fmt.Sprintf("the text that begins here has no %c at its end", quote), i
			}
			i = end + 1
			continue
		}
		length := 1
		for _, h := range habits {
			found := h.pattern.FindString(string(runes[i:]))
			if found == "" {
				continue
			}
			if h.remedy != "" {
				return fmt.Sprintf(h.remedy, found), i
			}
			length = len([]rune(found))
			break
		}
		i += length
	}
	return "", 0
}

// closing returns where a quoted text ends; -1: it does not.
func closing(runes []rune, from int) int {
	for i := from + 1; i < len(runes); i++ {
		switch runes[i] {
		case '\\':
			i++
		case runes[from]:
			return i
		}
	}
	return -1
}

// syntax explains a syntax error.
func syntax(source, message string, at int) (text string, place int) {
	const prefix = "Syntax error: "
	if text, place := remedy(source); text != "" {
		return prefix + text, place
	}
	if strings.Contains(message, "'<EOF>'") {
		return prefix + "the condition is not complete: something is missing at its end", at
	}
	before, _, _ := strings.Cut(message, " expecting ")
	return before, at
}

// mismatch explains an operator between values of types that do not fit.
func mismatch(message string) string {
	for _, h := range []struct{ part, remedy string }{
		{"(int, string)", "write a number without quotes"},
		{"(string, int)", "write a text in quotes"},
		{"(bool, string)", "it is true or false already: leave out the comparison, or put ! before it"},
		{"there is no in for '(string, string)'", "use .contains() to look for a part of a text"},
		{"'(string)'", "it is a text: compare it, such as with \"\""},
		{"'(int)'", "it is a number: compare it, such as with 0"},
	} {
		if strings.Contains(message, h.part) {
			return message + "; " + h.remedy
		}
	}
	return message
}
