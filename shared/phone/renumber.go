package phone

import (
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/nyaruka/phonenumbers"
)

// renumbering rewrites a national number that is not valid as the one that reaches the subscriber.
type renumbering struct {
	from *regexp.Regexp
	to   string
}

// renumberings has, by country calling code, forms of numbers that are missing in libphonenumber's
// metadata: from before a change of the numbering plan, with a carrier code, or with a trunk prefix
// in the wrong place. The plans are those that countries notify to the ITU (E.129).
var renumberings = sync.OnceValue(func() map[int][]renumbering {
	list := map[int][]renumbering{}
	for _, r := range []struct {
		code     int
		from, to string
	}{
		{7, `8(\d{10})`, `$1`},                           // Russia, Kazakhstan: +7 (8 495) 123-45-67
		{39, `([1-9]\d{5,9})`, `0$1`},                    // Italy: the zero was left out
		{39, `0(3\d{8,9})`, `$1`},                        // a mobile phone with a zero
		{52, `(?:01|04[45]|1)(\d{10})`, `$1`},            // Mexico until 2019
		{54, `9?0?(11|[23]\d{2,3})15(\d{6,8})`, `9$1$2`}, // Argentina: 15 and 9 mark a mobile phone
		{54, `90(\d{10})`, `9$1`},
		{55, `(\d\d)([6-9]\d{7})`, `${1}9$2`},    // Brazil until 2016: mobile phones of eight digits
		{55, `(?:90)?\d\d([1-9]\d{9,10})`, `$1`}, // with the code of a carrier
		{55, `(?:90)?\d\d(\d\d)([6-9]\d{7})`, `${1}9$2`},
		{56, `0(\d{9})`, `$1`}, // Chile until 2013
		{56, `([4-9]\d{7})`, `9$1`},
		{56, `2(\d{7})`, `22$1`},
		{57, `([124-8]\d{7})`, `60$1`},  // Colombia until 2021
		{57, `0(3\d{9})`, `$1`},         // mobile phones have no trunk prefix
		{84, `12([01268]\d{7})`, `7$1`}, // Vietnam until 2018
		{84, `12([3457]\d{7})`, `8$1`},
		{84, `129(\d{7})`, `81$1`},
		{84, `16([2-9]\d{7})`, `3$1`},
		{84, `18([68]\d{7})`, `5$1`},
		{84, `199(\d{7})`, `59$1`},
		{225, `([04-9][0-3]\d{6})`, `01$1`}, // Ivory Coast until 2021
		{225, `([04-9][4-6]\d{6})`, `05$1`},
		{225, `([04-9][7-9]\d{6})`, `07$1`},
		{225, `([23]\d8\d{5})`, `21$1`},
		{225, `([23]\d0\d{5})`, `25$1`},
		{225, `([23]\d{7})`, `27$1`},
		{229, `([2-9]\d{7})`, `01$1`}, // Benin until 2024
		{230, `([4789]\d{6})`, `5$1`}, // Mauritius until 2013
		{380, `80(\d{9})`, `$1`},      // Ukraine until 2009: 8 044 123-45-67
	} {
		list[r.code] = append(list[r.code], renumbering{regexp.MustCompile(`^` + r.from + `$`), r.to})
	}
	return list
})

// renumbered returns the number that is reached today with a number that is not valid, or nil.
func renumbered(old *phonenumbers.PhoneNumber) *phonenumbers.PhoneNumber {
	code := int(old.GetCountryCode())
	national := phonenumbers.GetNationalSignificantNumber(old)
	for _, r := range renumberings()[code] {
		if !r.from.MatchString(national) {
			continue
		}
		now := r.from.ReplaceAllString(national, r.to)
		if parsed := valid("+"+strconv.Itoa(code)+now, ""); parsed != nil {
			return parsed
		}
	}
	return nil
}

// Identity returns one E.164 number for all that reach the same subscriber. In Argentina a 9 after
// the country code marks a mobile phone; many trunks leave it out, and no other number is the same
// without it.
func Identity(e164 string) string {
	if rest, ok := strings.CutPrefix(e164, "+549"); ok && len(rest) == 10 {
		return "+54" + rest
	}
	return e164
}

// variants returns the E.164 numbers with the same Identity.
func variants(e164 string) []string {
	if rest, ok := strings.CutPrefix(Identity(e164), "+54"); ok && len(rest) == 10 {
		return []string{"+54" + rest, "+549" + rest}
	}
	return []string{e164}
}
