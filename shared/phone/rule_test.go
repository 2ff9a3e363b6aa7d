package phone_test

import (
	"testing"

	"traybell/shared/phone"
)

// TestRuleKeys has a rule for each key of the administrator's guide: prefix, min, max, strip, add,
// show.
func TestRuleKeys(t *testing.T) {
	type want struct{ local, shown, e164 string }
	for name, c := range map[string]struct {
		rule phone.Rule
		raw  string
		want want
	}{
		"prefix and strip, shown": {
			phone.Rule{Prefix: "0", Strip: 1, Show: true},
			"084951234567",
			want{"84951234567", "84951234567", "+74951234567"},
		},
		"prefix and strip, hidden": {
			phone.Rule{Prefix: "0", Strip: 1}, "084951234567", want{"84951234567", "084951234567", "+74951234567"},
		},
		"another prefix": {
			phone.Rule{Prefix: "9", Strip: 1, Show: true}, "084951234567", want{"084951234567", "084951234567", ""},
		},
		"as long as min": {
			phone.Rule{Prefix: "0", Min: 12, Strip: 1, Show: true},
			"084951234567",
			want{"84951234567", "84951234567", "+74951234567"},
		},
		"shorter than min": {
			phone.Rule{Prefix: "0", Min: 13, Strip: 1, Show: true},
			"084951234567",
			want{"084951234567", "084951234567", ""},
		},
		"as long as max": {
			phone.Rule{Prefix: "0", Max: 12, Strip: 1, Show: true},
			"084951234567",
			want{"84951234567", "84951234567", "+74951234567"},
		},
		"longer than max": {
			phone.Rule{Prefix: "0", Max: 11, Strip: 1, Show: true},
			"084951234567",
			want{"084951234567", "084951234567", ""},
		},
		"add": {
			phone.Rule{Min: 7, Max: 7, Add: "8495", Show: true},
			"1234567",
			want{"84951234567", "84951234567", "+74951234567"},
		},
		"add, hidden": {
			phone.Rule{Min: 7, Max: 7, Add: "8495"}, "1234567", want{"84951234567", "1234567", "+74951234567"},
		},
		"strip more than the prefix": {
			phone.Rule{Prefix: "9", Strip: 2, Add: "+7", Show: true},
			"984951234567",
			want{"+74951234567", "+74951234567", "+74951234567"},
		},
		"an internal extension": {
			phone.Rule{Prefix: "9", Strip: 1, Min: 4, Max: 4}, "9101", want{"101", "9101", ""},
		},
		"a SIP URI": {
			phone.Rule{Prefix: "0", Strip: 1, Show: true},
			"<sip:084951234567@10.0.0.1;user=phone>",
			want{"84951234567", "84951234567", "+74951234567"},
		},
		"a name": {
			phone.Rule{Strip: 1, Show: true}, "alice101", want{"alice101", "alice101", ""},
		},
		"a withheld number": {phone.Rule{Add: "8495", Show: true}, "anonymous", want{"", "", ""}},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := phone.NewReader("RU", []phone.Rule{c.rule})
			if err != nil {
				t.Fatal(err)
			}
			n := r.Read(c.raw)
			if got := (want{n.Local, n.Shown, n.E164}); got != c.want {
				t.Errorf("%s with rule %s: %+v, want %+v", c.raw, c.rule, got, c.want)
			}
			// Reading what an agent sees returns the same number.
			if n.Kind != phone.Withheld && r.Typed(n.Shown).Key() != n.Key() {
				t.Errorf("%s is shown as %q, which is read as %q, want %q", c.raw, n.Shown,
					r.Typed(n.Shown).Key(), n.Key())
			}
		})
	}
}
