package phone

import (
	"errors"
	"fmt"
	"strings"
)

// Rule modifies a number from the PBX: an entry of caller_id.rules in hub.yml.
type Rule struct {
	Prefix string // start of the number; empty: any number
	Min    int    // minimum length in characters, including the prefix; 0: any
	Max    int    // maximum length; 0: any
	Strip  int    // number of characters to remove from the start
	Add    string // text to prepend afterwards
	Show   bool   // agents see the result; otherwise the number from the PBX
}

// String returns the rule as in hub.yml.
func (r Rule) String() string {
	return fmt.Sprintf("prefix: %q, min: %d, max: %d, strip: %d, add: %q, show: %t", r.Prefix, r.Min, r.Max, r.Strip,
		r.Add, r.Show)
}

func (r Rule) check() error {
	switch {
	case r.Min < 0 || r.Max < 0 || r.Strip < 0:
		return errors.New("min, max and strip must not be negative")
	case r.Max > 0 && r.Max < r.Min:
		return fmt.Errorf("max is less than min: no number matches; set max to at least %d, or 0 for any length",
			r.Min)
	case r.Max > 0 && r.Max < len(r.Prefix):
		return fmt.Errorf("a number of at most %d characters cannot begin with %q; increase max, or set 0 for any "+
			"length",
			r.Max, r.Prefix)
	case r.Max > 0 && r.Strip >= r.Max && r.Add == "":
		return errors.New("strip leaves nothing of any number; reduce strip or set add")
	case strings.Trim(r.Add, "0123456789+*#") != "":
		return fmt.Errorf("add %q: only digits, +, * and # are allowed", r.Add)
	}
	return nil
}

// matches reports whether the rule applies to a number. It does not if nothing would remain.
func (r Rule) matches(number string) bool {
	return strings.HasPrefix(number, r.Prefix) &&
		len(number) >= r.Min && (r.Max == 0 || len(number) <= r.Max) &&
		(r.Strip < len(number) || r.Strip == len(number) && r.Add != "")
}

func (r Rule) apply(number string) string { return r.Add + number[r.Strip:] }

// matching returns the index of the first matching rule, or -1. Rules do not apply to names.
func matching(rules []Rule, number string) int {
	if strings.Trim(number, "0123456789+*#") != "" {
		return -1
	}
	for i, rule := range rules {
		if rule.matches(number) {
			return i
		}
	}
	return -1
}
