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
func (r *Reader) dialled(e164 string) []string {
	parsed, err := phonenumbers.Parse(e164, r.region)
	if e164 == "" || err != nil {
		return nil
	}
	international := strings.TrimPrefix(e164, "+")
	forms := []string{e164, international}
	national := phonenumbers.GetNationalSignificantNumber(parsed)
	if int(parsed.GetCountryCode()) == r.code {
		forms = append(forms,
			r.trunk+national, national,
			// The national format is not always trunk prefix and number: mobile phones in Argentina
			// are 0 11 15 …
			phonenumbers.NormalizeDigitsOnly(phonenumbers.Format(parsed, phonenumbers.NATIONAL)))
	}
	return append(forms, "00"+international,
		phonenumbers.NormalizeDigitsOnly(phonenumbers.FormatOutOfCountryCallingNumber(parsed, r.region)))
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
