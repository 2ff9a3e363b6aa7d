package phone

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"
)

// TestCountries reads libphonenumber's examples of every country in the ways in which they are
// stored and presented: with and without plus, national and international, with the trunk prefix.
func TestCountries(t *testing.T) {
	regions := slices.Sorted(maps.Keys(phonenumbers.GetSupportedRegions()))
	if len(regions) < 240 {
		t.Fatalf("%d regions", len(regions))
	}
	for _, region := range regions {
		r := reader(t, region)
		for kind := phonenumbers.FIXED_LINE; kind <= phonenumbers.VOICEMAIL; kind++ {
			example := phonenumbers.GetExampleNumberForType(region, kind)
			if example == nil {
				continue
			}
			nsn := phonenumbers.GetNationalSignificantNumber(example)
			e164 := "+" + strconv.Itoa(int(example.GetCountryCode())) + nsn
			want := Identity(e164)
			for name, form := range map[string]string{
				"E.164":                 e164,
				"without plus":          e164[1:],
				"00":                    "00" + e164[1:],
				"international":         phonenumbers.Format(example, phonenumbers.INTERNATIONAL),
				"national":              national(example),
				"national, digits":      phonenumbers.NormalizeDigitsOnly(national(example)),
				"without trunk prefix":  nsn,
				"trunk prefix":          r.trunk + nsn,
				"plus and trunk prefix": "+" + r.prefix + " (" + r.trunk + ") " + nsn,
				"RFC 3966":              phonenumbers.Format(example, phonenumbers.RFC3966),
				"as displayed":          r.Read(e164).Display,
			} {
				if strings.Contains(name, "trunk prefix") && kind > phonenumbers.FIXED_LINE_OR_MOBILE {
					continue // services have none
				}
				n := r.Read(form)
				if n.Key() == want {
					continue
				}
				// Numbers of services do not call; five digits may also be an extension.
				subscriber := kind <= phonenumbers.FIXED_LINE_OR_MOBILE && countDigits(form) > maxInternal
				var keys []string
				for _, reading := range r.Readings(n) {
					keys = append(keys, reading.Key())
				}
				if subscriber || !slices.Contains(keys, want) {
					t.Errorf("%s %d, %s: %q is read as %q, want %q", region, kind, name, form, keys, want)
				}
			}
		}
	}
}

// TestMadeUpNumbers reads numbers of countries whose metadata are ambiguous as carriers send them.
func TestMadeUpNumbers(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for region, plan := range map[string][]string{
		"DE": {"30XXXXXXX", "341XXXXXX", "6128XXXXXX", "89XXXXXXXX", "151XXXXXXXX", "171XXXXXXX", "491XXXXXX"},
		"ID": {"21XXXXXXXX", "812XXXXXXXX", "8211XXXXXXX"},
		"SE": {"8XXXXXXX", "46XXXXXX", "70XXXXXXX"},
		"XK": {"38XXXXXX", "44XXXXXX", "383XXXXX"},
		"AT": {"1XXXXXXX", "664XXXXXXX"},
		"VN": {"24XXXXXXXX", "84XXXXXXX"},
		"BR": {"11XXXXXXXX", "119XXXXXXXX", "553XXXXXXX"},
	} {
		r := reader(t, region)
		for i := range 140 {
			nsn := strings.Map(func(c rune) rune {
				if c == 'X' {
					return '0' + rune(random.IntN(10))
				}
				return c
			}, plan[i%len(plan)])
			e164 := "+" + r.prefix + nsn
			if r.Read(e164).E164 != e164 {
				continue
			}
			for _, form := range []string{e164[1:], r.trunk + nsn, "00" + e164[1:]} {
				if n := r.Read(form); n.E164 != e164 {
					t.Errorf("%s: %s is read as %s, want %s", region, form, n.E164, e164)
				}
			}
		}
	}
}

// TestIdentity has, by region, the forms of one number.
func TestIdentity(t *testing.T) {
	for _, same := range [][]string{
		{
			"AR", "+5491123456789", "+541123456789", "541123456789", "+54 9 11 2345-6789", "+54 11 15 2345-6789",
			"011 15-2345-6789", "11 15 2345 6789", "1123456789", "91123456789", "+54 9 11 15 2345 6789",
			"+54 (9) 011 2345 6789", "0054 9 11 23456789",
		},
		{"AR", "+5493516123456", "0351 15 612-3456", "3516123456", "+54 351 15 6123456"},
		{
			"MX", "+525512345678", "+5215512345678", "5215512345678", "01 55 1234 5678", "044 55 1234 5678",
			"045 55 1234 5678", "5512345678", "00 52 1 55 1234 5678",
		},
		{
			"BR", "+5511912345678", "11912345678", "011912345678", "0 15 11 91234-5678", "0 91 11 91234-5678",
			"01111912345678", "+55 (0xx11) 91234-5678", "11 9 1234-5678", "90 21 11 91234-5678",
		},
		{"BR", "+5511981234567", "11 8123-4567", "+55 11 8123 4567", "0 15 11 8123-4567"},
		{"BR", "+551132345678", "(11) 3234-5678", "0 21 11 3234-5678", "(0xx11) 3234-5678"},
		{"IT", "+390212345678", "0212345678", "+39 (0)2 12345678", "+39 2 12345678", "390212345678", "02/12345678"},
		{"IT", "+393471234567", "3471234567", "+39 0347 1234567", "0347 1234567", "393471234567", "+39 (0)347 1234567"},
		{"SM", "+3780549886377", "0549 886377", "886377", "+378 886377"},
		{"CI", "+2250707123456", "07 07 12 34 56", "+225 07 12 34 56", "22507123456", "+225 07 07 12 34 56"},
		{"CI", "+2252720301234", "+225 20 30 12 34", "20301234"},
		{"BJ", "+2290197123456", "+229 97 12 34 56", "97123456", "22997123456"},
		{"CO", "+576012345678", "+57 1 2345678", "601 2345678", "(1) 2345678"},
		{"CO", "+573211234567", "321 1234567", "03 321 1234567", "573211234567"},
		{"VN", "+84381234567", "+84 168 1234567", "0168 1234567", "0381234567"},
		{"CL", "+56961234567", "9 6123 4567", "09 6123 4567", "61234567"},
		{
			"UA", "+380441234567", "+38 (044) 123-45-67", "044 123-45-67", "8 044 123-45-67", "380441234567",
			"80441234567",
		},
		{"RU", "+74951234567", "+7 8 495 123-45-67", "+7 (8 495) 123-45-67", "8-495-123-45-67", "+7 (0)495 1234567"},
		{"KZ", "+77011234567", "8 701 123 45 67", "+7 701 123 45 67", "7011234567", "77011234567"},
		{"BY", "+375291234567", "8 029 123-45-67", "80291234567", "029 123-45-67", "375291234567"},
		{"HU", "+36301234567", "+36 (06) 30 123 4567", "06 30 123 4567", "36301234567", "06301234567"},
		{"GB", "+442079460018", "+44 (020) 7946 0018", "+44 (0)20 7946 0018", "+44 020 7946 0018", "00442079460018"},
		{
			"DE", "+49301234567", "+49 (0) 30 1234567", "49(0)301234567", "(+49) 30 1234567", "00 49 30 1234567",
			"+49-(0)-30/1234567", "0049(0)30 1234567", "+0 30 1234567",
		},
		{"DE", "+491716783154", "491716783154", "0171 6783154", "+49 171 6783154"},
		{"IN", "+919876543210", "91 98765 43210", "098765 43210", "+91 0 98765 43210", "0091 98765 43210"},
		{"CN", "+8613812345678", "013812345678", "138 1234 5678", "86 138 1234 5678", "+86 (0)138 1234 5678"},
		{"EG", "+201012345678", "٠١٠١٢٣٤٥٦٧٨", "01012345678"},
		{"IR", "+989123456789", "۰۹۱۲۳۴۵۶۷۸۹", "0912 345 6789", "00989123456789"},
		{"JP", "+81312345678", "03(1234)5678", "03-1234-5678", "81312345678"},
		{"TR", "+902121234567", "0 (212) 123 45 67", "902121234567"},
		{"NO", "+4721234567", "21 23 45 67", "4721234567", "0047 21234567"},
	} {
		r := reader(t, same[0])
		want := r.Read(same[1]).Key()
		if r.Read(same[1]).E164 != same[1] {
			t.Errorf("%s is not valid in %s", same[1], same[0])
		}
		for _, form := range same[2:] {
			if got := r.Read(form).Key(); got != want {
				t.Errorf("%s: %s is %s, want %s", same[0], form, got, want)
			}
		}
	}
}

func TestReadings(t *testing.T) {
	for _, test := range []struct{ region, raw, want string }{
		{"DE", "491716783154", "+491716783154 +49491716783154"},
		{"DE", "0171 6783154", "+491716783154"},
		{"DE", "+491716783154", "+491716783154"},
		{"DE", "43123456789", "+4943123456789 +43123456789"},
		{"RU", "4951234567", "+74951234567 +4951234567"},
		{"RU", "84951234567", "+74951234567"},
		{"RU", "8613812345678", "+8613812345678"},
		{"RU", "+8 495 123-45-67", "+84951234567 +74951234567"},
		{"RU", "85551234567", "85551234567"},
		{"MX", "15512345678", "+15512345678 +525512345678"},
		{"NO", "02000", "02000 +4702000"},
		{"RU", "101", "101"},
		{"RU", "anonymous", ""},
	} {
		r := reader(t, test.region)
		n := r.Read(test.raw)
		var got []string
		for _, reading := range r.Readings(n) {
			if got = append(got, reading.Key()); !reading.Settled || len(r.Readings(reading)) != 1 {
				t.Errorf("%s %s: reading %+v is not settled", test.region, test.raw, reading)
			}
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s %s: %q, want %q", test.region, test.raw, got, test.want)
		}
	}
}
