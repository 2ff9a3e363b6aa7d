package model

import (
	"errors"
	"strings"
	"testing"
)

func TestDialled(t *testing.T) {
	const padded = "tel: +7 495 123\u201145\u201167 "
	for address, want := range map[string]string{
		"tel:+74951234567":                               "+74951234567",
		"TEL:+7-(495)-123.45.67":                         "+74951234567",
		"tel:8%20495%20123-45-67":                        "84951234567",
		"tel:863-1234;phone-context=+1-914-555":          "8631234",
		"tel:+442079460123;ext=12;isub=9":                "+442079460123",
		"callto:+4930123456":                             "+4930123456",
		"callto://84951234567/":                          "84951234567",
		"callto:84951234567?call":                        "84951234567",
		"tel:*21*101%23":                                 "*21*101#",
		"tel:101":                                        "101",
		padded:                                           "+74951234567",
		"tel:%2B74951234567":                             "+74951234567",
		"tel:112;phone-context=javascript:alert(1)":      "112",
		"tel:+7495" + strings.Repeat("-", 500) + "12345": "+749512345",
	} {
		if got, err := Dialled(address); err != nil || got != want {
			t.Errorf("%q: %q, %v, want %q", address, got, err, want)
		}
	}
}

func TestDialledRefuses(t *testing.T) {
	for address, want := range map[string]error{
		"":                                    ErrNotDialled,
		"+74951234567":                        ErrNotDialled,
		"javascript:alert(1)":                 ErrNotDialled,
		"sip:+74951234567@example.com":        ErrNotDialled,
		"tel:":                                ErrNoDigits,
		"tel:;phone-context=+7":               ErrNoDigits,
		"tel:+":                               ErrNoDigits,
		"tel:**##":                            ErrNoDigits,
		"tel:javascript:alert(1)":             ErrNotANumber,
		"callto:john.doe":                     ErrNotANumber,
		"tel:1-800-FLOWERS":                   ErrNotANumber,
		"tel:101%0d%0aAction:%20Originate":    ErrControl,
		"tel:101\r\nAction":                   ErrControl,
		"tel:101\x00":                         ErrControl,
		"tel:101%00":                          ErrControl,
		"tel:101\xff":                         ErrControl,
		"tel:%zz101":                          ErrBadEscape,
		"tel:7+495":                           errPlusInMiddle,
		"tel:" + strings.Repeat("9", 33):      ErrLongNumber,
		"tel:+" + strings.Repeat("1", 10<<20): ErrLongAddress,
		"tel:<script>1</script>":              ErrNotANumber,
		"tel:\u202e101":                       ErrNotANumber, // a mark that turns the reading direction
		"tel:１０１":                             ErrNotANumber,
		`tel:101" --config \\evil\share`:      ErrNotANumber,
		"tel:101'; xterm":                     ErrNotANumber,
		"tel:101%3Bphone-context=x":           ErrNotANumber,
	} {
		if got, err := Dialled(address); !errors.Is(err, want) || got != "" {
			t.Errorf("%.60q: %q, %v, want %v", address, got, err, want)
		}
	}
}

func TestWritten(t *testing.T) {
	for number, want := range map[string]string{
		"+74951234567": "+7 495 123-45-67", "84951234567": "8 495 123-45-67", "+12025550147": "+1 202 555-0147",
		"+442079460123": "+44 207 946 0123",
		"+4930123456":   "+49 301 234 56", "+380441234567": "+380 441 234 567", "101": "101", "1234567": "123 4567",
		"*21*101#": "*21*101#", "+7": "+7", "+12345678": "+1 234 5678",
	} {
		if got := Written(number); got != want {
			t.Errorf("%s: %q, want %q", number, got, want)
		}
	}
}

func FuzzDialled(f *testing.F) {
	f.Add("tel:+7-495;ext=1")
	f.Add("callto:%2B1")
	f.Fuzz(func(t *testing.T, address string) {
		number, err := Dialled(address)
		if err == nil && (number == "" || len(number) > longestNumber ||
			strings.Trim(number, "+0123456789*#") != "" || strings.LastIndexByte(number, '+') > 0) {
			t.Errorf("%q: %q", address, number)
		}
		if err == nil {
			Written(number)
		}
	})
}
