package phone_test

import (
	"slices"
	"testing"

	"traybell/shared/phone"

	"github.com/google/go-cmp/cmp"
)

func TestForms(t *testing.T) {
	for _, test := range []struct {
		name, region, number string
		rules                []phone.Rule
		want                 []string
	}{
		{
			"a Russian number in Russia", "RU", "8 (495) 123-45-67", nil,
			[]string{"84951234567", "+74951234567", "74951234567", "4951234567", "0074951234567"},
		},
		{
			"a German number in Russia", "RU", "+49 30 1234567", nil,
			[]string{"+49301234567", "49301234567", "0049301234567", "81049301234567"},
		},
		// 4930123456 is +7 493 012-34-56
		{
			"a form of another number is left out", "RU", "+49 30 123456", nil,
			[]string{"+4930123456", "004930123456", "8104930123456"},
		},
		{
			"a German number in Germany", "DE", "+49 30 123456", nil,
			[]string{"+4930123456", "4930123456", "030123456", "30123456", "004930123456"},
		},
		{
			"Italy keeps its zero", "IT", "06 698 12345", nil,
			[]string{"0669812345", "+390669812345", "390669812345", "00390669812345"},
		},
		{
			"the United States", "US", "(212) 555-2368", nil,
			[]string{"2125552368", "+12125552368", "12125552368", "0012125552368"},
		},
		{
			"before a rule", "RU", "+74951234567",
			[]phone.Rule{{Prefix: "0", Strip: 1, Min: 7, Max: 12}},
			[]string{
				"+74951234567", "74951234567", "84951234567", "4951234567", "0074951234567", "074951234567",
				"084951234567", "04951234567",
			},
		},
		{"a rule that adds", "RU", "+74951234567", []phone.Rule{{Min: 7, Max: 7, Add: "8495"}}, []string{
			"+74951234567", "74951234567", "84951234567", "4951234567", "0074951234567", "1234567",
		}},
		{
			"without its extension", "RU", "+7 495 123-45-67 доб. 12", nil,
			[]string{"+74951234567", "74951234567", "84951234567", "4951234567", "0074951234567"},
		},
		{
			"a mobile phone in Argentina", "AR", "+54 9 11 2345-6789", nil,
			[]string{
				"+5491123456789", "+541123456789", "541123456789", "01123456789", "1123456789", "00541123456789",
				"5491123456789", "091123456789", "91123456789", "0111523456789", "111523456789", "005491123456789",
			},
		},
		// 491716783154 is the number of a mobile phone
		{
			"not the form of a more likely number", "DE", "0491 716783154", nil,
			[]string{"0491716783154", "+49491716783154", "49491716783154", "0049491716783154"},
		},
		{"an invalid number", "RU", "99912345678901", nil, []string{"99912345678901"}},
		{"an extension", "RU", "101", nil, []string{"101"}},
		{"letters", "RU", "sip:sales@example.com", nil, []string{"sales"}},
		{"withheld", "RU", "anonymous", nil, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, err := phone.NewReader(test.region, test.rules)
			if err != nil {
				t.Fatal(err)
			}
			got := r.Forms(r.Plain().Read(test.number))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// All forms have the same key, are distinct, and have the same forms.
func FuzzForms(f *testing.F) {
	f.Add("84951234567", "RU", "0", 1, "")
	f.Add("+4930123456", "DE", "", 0, "9")
	f.Add("sales", "IT", "00", 2, "+")
	f.Fuzz(func(t *testing.T, number, region, prefix string, strip int, add string) {
		r, err := phone.NewReader(region, []phone.Rule{{Prefix: prefix, Strip: strip, Add: add}})
		if err != nil {
			return // invalid region or rule
		}
		n := r.Read(number)
		forms := r.Forms(n)
		for i, form := range forms {
			if key := r.Read(form).Key(); key != n.Key() {
				t.Errorf("%q is a form of %q (%q) but has the key %q", form, number, n.Key(), key)
			}
			if slices.Contains(forms[:i], form) {
				t.Errorf("%q is duplicated: %q", form, forms)
			}
		}
	})
}
