package phone

import (
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// Forms returns every form in which a PBX of the region may present the number, without spaces:
// +74951234567, 74951234567, 84951234567, 4951234567, 0074951234567 and so on, and each as it looks
// before the CallerID rules mend it. All of them are read back as the same number (Key). What has
// no E164 has the one form that it came in; a withheld number has none.
//
// It is for those who compare text and not numbers: Asterisk's BLACKLIST looks for the very
// characters of the CallerID.
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
	mended := append([]string{n.Local}, r.dialled(n.E164)...)
	for _, form := range mended {
		add(form)
	}
	for _, rule := range r.rules {
		for _, form := range mended {
			if before, ok := rule.undo(form); ok {
				add(before)
			}
		}
	}
	return forms
}

// dialled lists the ways to write a number of the public network, the international ones first.
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
			// What people dial is not always the trunk prefix and the number: a mobile phone in
			// Argentina is 0 11 15 …
			phonenumbers.NormalizeDigitsOnly(phonenumbers.Format(parsed, phonenumbers.NATIONAL)))
	}
	return append(forms, "00"+international,
		phonenumbers.NormalizeDigitsOnly(phonenumbers.FormatOutOfCountryCallingNumber(parsed, r.region)))
}

// undo returns what the rule would make form of. ok is false where the rule makes no such number,
// or cuts off characters that nobody knows.
func (r Rule) undo(form string) (before string, ok bool) {
	rest, ok := strings.CutPrefix(form, r.Add)
	if !ok || r.Strip > len(r.Prefix) {
		return "", false
	}
	before = r.Prefix[:r.Strip] + rest
	return before, r.matches(before)
}
