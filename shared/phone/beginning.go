package phone

import "strings"

// Beginnings returns how the E.164 numbers may begin, without the plus, of which a person has typed
// the first digits: in Russia 8495 is the beginning of +7495…, and perhaps of +8495…. It is empty
// without digits.
func (r *Reader) Beginnings(typed string) (all []string) {
	digits := strings.Map(func(c rune) rune {
		if c < '0' || c > '9' {
			return -1
		}
		return c
	}, typed)
	switch {
	case digits == "":
		return nil
	case strings.HasPrefix(strings.TrimSpace(typed), "+"):
		return []string{digits}
	case strings.HasPrefix(digits, "00"):
		return []string{digits[2:]}
	}
	if national, ok := strings.CutPrefix(digits, r.trunk); ok && r.trunk != "" {
		all = append(all, r.prefix+national)
	}
	return append(all, r.prefix+digits, digits)
}
