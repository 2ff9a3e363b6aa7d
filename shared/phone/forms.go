package phone

import (
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// Forms returns all forms in which a PBX of the region may send the number, without spaces:
// +74951234567, 74951234567, 84951234567, 4951234567, 0074951234567 and so on, and each as it is
// before the CallerID rules. All of them have the same Key. A number without E164 has its original
// form only, a withheld one none.
//
// It serves comparisons of text: Asterisk's BLACKLIST looks up the exact CallerID.
func (r *Reader) Forms(n Number) []string {
	if n.Kind == Withheld || n.Key() == "" {
		return nil
	}
	var forms []string
	add := func(form string) {
		if form != "" && !slices.Contains(forms, form) && r.Read(form).Key() == n.Key() {
			forms = append(forms, form)
		}
	}
	normalized := append([]string{n.Local}, r.dialled(n.E164)...)
	for _, form := range normalized {
		add(form)
	}
	for _, rule := range r.rules {
		for _, form := range normalized {
			if before, ok := rule.undo(form); ok {
				add(before)
			}
		}
	}
	return forms
}

// dialled lists the ways to dial a public number, international ones first.
func (r *Reader) dialled(e164 string) (forms []string) {
	if e164 == "" {
		return nil
	}
	for _, e164 := range variants(e164) {
		parsed := valid(e164, r.region)
		if parsed == nil {
			continue
		}
		international := e164[1:]
		forms = append(forms, e164, international)
		if int(parsed.GetCountryCode()) == r.code {
			nsn := phonenumbers.GetNationalSignificantNumber(parsed)
			// The national format is not always trunk prefix and number: mobile phones in Argentina
			// are 011 15 …, and are also sent without the zero.
			formatted := phonenumbers.NormalizeDigitsOnly(national(parsed))
			forms = append(forms, r.trunk+nsn, nsn, formatted, strings.TrimPrefix(formatted, r.trunk))
		}
		forms = append(forms, "00"+international,
			phonenumbers.NormalizeDigitsOnly(phonenumbers.FormatOutOfCountryCallingNumber(parsed, r.region)))
	}
	return forms
}

// undo returns the number from which the rule makes form. ok is false if there is none, or if the
// rule strips unknown characters.
func (r Rule) undo(form string) (before string, ok bool) {
	rest, ok := strings.CutPrefix(form, r.Add)
	if !ok || r.Strip > len(r.Prefix) {
		return "", false
	}
	before = r.Prefix[:r.Strip] + rest
	return before, r.matches(before)
}

// Form is how a number is dialled.
type Form string

// The forms.
const (
	National      Form = "national"      // as in the region: 84951234567, abroad 81044…
	International Form = "international" // +74951234567
	Digits        Form = "digits"        // 74951234567
	AsTyped       Form = "typed"         // its digits as they are
)

// Dialled returns the number in a form, for a PBX to dial. One without E164 is as it was typed.
func (r *Reader) Dialled(n Number, form Form) string {
	parsed := valid(n.E164, r.region)
	switch {
	case n.E164 == "" || parsed == nil || form == AsTyped:
		return compact(n.Local)
	case form == International:
		return n.E164
	case form == Digits:
		return n.E164[1:]
	case int(parsed.GetCountryCode()) == r.code:
		return r.trunk + phonenumbers.GetNationalSignificantNumber(parsed)
	}
	return phonenumbers.NormalizeDigitsOnly(phonenumbers.FormatOutOfCountryCallingNumber(parsed, r.region))
}
