package phone

import (
	"errors"
	"fmt"
	"strings"
)

// Rule mends a number as the PBX presents it: hub.yml's caller_id.rules.
type Rule struct {
	Prefix string // what the number begins with; empty: any number
	Min    int    // the shortest number it is for, in characters, the prefix counted; 0: any
	Max    int    // the longest; 0: any
	Strip  int    // how many characters to cut at the front
	Add    string // what to put in front afterwards
	Show   bool   // agents see the mended number; otherwise what the PBX presented
}

// String writes the rule as in hub.yml.
func (r Rule) String() string {
	return fmt.Sprintf("prefix: %q, min: %d, max: %d, strip: %d, add: %q, show: %t", r.Prefix, r.Min, r.Max, r.Strip,
		r.Add, r.Show)
}

func (r Rule) check() error {
	switch {
	case r.Min < 0 || r.Max < 0 || r.Strip < 0:
		return errors.New("min, max and strip must not be negative")
	case r.Max > 0 && r.Max < r.Min:
		return fmt.Errorf("max is less than min, so that no number matches; give a max of at least %d, or 0 for any "+
			"length",
			r.Min)
	case r.Max > 0 && r.Max < len(r.Prefix):
		return fmt.Errorf("a number of at most %d characters cannot begin with %q; give a greater max, or 0 for any "+
			"length",
			r.Max, r.Prefix)
	case r.Max > 0 && r.Strip >= r.Max && r.Add == "":
		return errors.New("strip leaves nothing of any number; give a smaller strip, or something to add")
	case strings.Trim(r.Add, "0123456789+*#") != "":
		return fmt.Errorf("add %q: only digits, +, * and # make a number", r.Add)
	}
	return nil
}

// matches tells whether the rule is for a number. A number that the rule would leave nothing of is
// none of its business.
func (r Rule) matches(number string) bool {
	return strings.HasPrefix(number, r.Prefix) &&
		len(number) >= r.Min && (r.Max == 0 || len(number) <= r.Max) &&
		(r.Strip < len(number) || r.Strip == len(number) && r.Add != "")
}

func (r Rule) apply(number string) string { return r.Add + number[r.Strip:] }

// matching returns the index of the first rule for a number, or -1. A name is no number: no rule
// mends it.
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
