package phone

import (
	"slices"
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// Least digits, with the country calling code, of an international number without a plus: of other
// countries, and if it is only tried.
const (
	minForeign = 10
	minTried   = 9
)

// Readings returns the ways to read a number from Read, most plausible first: 491716783154 in
// Germany is +49 171 6783154, or the national number 0491 716783154. They differ in E164 and
// Display and are Settled; a number that can be read in one way only is returned alone.
func (r *Reader) Readings(n Number) []Number {
	others := r.Others(n)
	n.Settled = true
	list := []Number{n}
	for _, e164 := range others {
		other := n
		other.Kind, other.E164 = External, e164
		if !r.terse && n.Shown == n.Local {
			other.Display = r.display(n.Local, n.Local, valid(e164, r.region))
		}
		list = append(list, other)
	}
	return list
}

// Keys returns the keys of the readings of a number that a person typed, most plausible first.
func (r *Reader) Keys(text string) (keys []string) {
	for _, n := range r.Readings(r.Typed(text)) {
		if key := n.Key(); key != "" && !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys
}

// Others returns the E.164 numbers that a number from Read or Numbers may also stand for, most
// plausible first; none of a Settled one.
func (r *Reader) Others(n Number) (others []string) {
	if n.Kind == Withheld || n.Settled || len(n.Local) > maxLength {
		return nil
	}
	add := func(parsed *phonenumbers.PhoneNumber) {
		if parsed == nil {
			return
		}
		e164 := phonenumbers.Format(parsed, phonenumbers.E164)
		if Identity(e164) != Identity(n.E164) && !slices.Contains(others, e164) {
			others = append(others, e164)
		}
	}
	if n.Kind == Internal {
		if digitsOnly(n.Local) { // 02000 in Norway, all numbers of small islands
			add(valid(n.Local, r.region))
		}
		return others
	}
	if rest, ok := strings.CutPrefix(n.Local, "+"); ok && r.trunked(rest) && r.trunk != r.prefix {
		add(valid(rest, r.region)) // +8 (495) 123-45-67
	}
	if !digitsOnly(n.Local) || strings.HasPrefix(n.Local, "00") {
		return others
	}
	switch own := strings.HasPrefix(n.Local, r.prefix); {
	case n.E164 == "+"+n.Local:
		if own && !r.possible(n.Local) {
			break
		}
		parsed, invalid := parse(n.Local, r.region)
		if invalid != nil {
			parsed = renumbered(invalid)
		}
		add(parsed)
	case (own || len(n.Local) >= minTried) && !r.trunked(n.Local) && n.Local[0] != '0':
		add(valid("+"+n.Local, r.region))
	}
	return others
}

// possible reports whether numbers of the region may have as many digits. It takes a hundredth of
// the time of parsing.
func (r *Reader) possible(national string) bool {
	number, err := strconv.ParseUint(national, 10, 64)
	code := int32(r.code)
	return err == nil && phonenumbers.IsPossibleNumber(&phonenumbers.PhoneNumber{
		CountryCode: &code, NationalNumber: &number,
	})
}

// trunked reports whether digits begin with the trunk prefix of the region.
func (r *Reader) trunked(digits string) bool {
	return r.trunk != "" && strings.HasPrefix(digits, r.trunk)
}

// parse returns the most plausible public number for compact text, or nil.
func (r *Reader) parse(local string, log *steps) *phonenumbers.PhoneNumber {
	text := local
	if rest, ok := strings.CutPrefix(local, "00"); ok && len(rest) > maxInternal {
		text = "+" + rest
		if log != nil {
			log.add("number.prefix", map[string]string{"Text": text})
		}
	}
	read := func(parsed *phonenumbers.PhoneNumber, as string) *phonenumbers.PhoneNumber {
		switch {
		case log == nil:
		case parsed == nil:
			log.add(as, map[string]string{"Home": r.region})
		default:
			log.add(as, map[string]string{
				"Home": r.region, "Text": phonenumbers.Format(parsed, phonenumbers.E164),
				"Region": phonenumbers.GetRegionCodeForNumber(parsed),
			})
		}
		return parsed
	}
	if strings.HasPrefix(text, "+") {
		return read(r.international(text), "number.international")
	}
	// Numbers without a trunk prefix that begin with the region's country code nearly always have
	// it. An area code of the same digits is a coincidence.
	var own *phonenumbers.PhoneNumber
	if r.trunk != "" && digitsOnly(text) && strings.HasPrefix(text, r.prefix) && !r.trunked(text) {
		if own = valid("+"+text, r.region); own != nil && subscriber(own) {
			return read(own, "number.no_plus")
		}
	}
	parsed, invalid := parse(text, r.region)
	if own != nil && (parsed == nil ||
		phonenumbers.GetNationalSignificantNumber(parsed) == text && !subscriber(parsed)) {
		return read(own, "number.no_plus")
	}
	if parsed != nil {
		return read(parsed, "number.national")
	}
	read(nil, "number.national")
	// Many trunks send international numbers without the plus. A number that starts with the
	// region's trunk prefix is a mistyped national number instead, unless it is too long for one:
	// 8 555 123-45-67 is not Cambodia (+855), 86 138 1234 5678 is China.
	mistyped := r.trunked(text)
	if mistyped && invalid != nil {
		length := phonenumbers.IsPossibleNumberWithReason(invalid)
		mistyped = length != phonenumbers.TOO_LONG && length != phonenumbers.INVALID_LENGTH
	}
	if digitsOnly(text) && len(text) >= minForeign && !mistyped {
		if parsed := valid("+"+text, r.region); parsed != nil {
			return read(parsed, "number.no_plus")
		}
	}
	if invalid != nil {
		if parsed := renumbered(invalid); parsed != nil {
			return read(parsed, "number.former")
		}
	}
	return nil
}

// international returns the number for text with a plus. Text whose plus is followed by no country
// calling code is a national number with a plus too many: +0 30 …
func (r *Reader) international(text string) *phonenumbers.PhoneNumber {
	parsed, invalid := parse(text, r.region)
	switch {
	case parsed != nil:
		return parsed
	case invalid != nil:
		if parsed = renumbered(invalid); parsed != nil {
			return parsed
		}
	}
	if rest := strings.TrimLeft(text, "+"); strings.HasPrefix(rest, "0") || r.trunked(rest) && r.trunk != r.prefix {
		if parsed, _ = parse(rest, r.region); parsed != nil {
			return parsed
		}
	}
	return nil
}

// subscriber reports whether a number is that of a line or a mobile phone, not of a service.
func subscriber(parsed *phonenumbers.PhoneNumber) bool {
	switch phonenumbers.GetNumberType(parsed) {
	case phonenumbers.FIXED_LINE, phonenumbers.MOBILE, phonenumbers.FIXED_LINE_OR_MOBILE:
		return true
	}
	return false
}

// valid parses text; it returns nil if the number cannot exist.
func valid(text, region string) *phonenumbers.PhoneNumber {
	parsed, _ := parse(text, region)
	return parsed
}

// parse parses text. A number that cannot exist is returned as invalid: the library also accepts
// 101 as +7101.
func parse(text, region string) (parsed, invalid *phonenumbers.PhoneNumber) {
	parsed, err := phonenumbers.Parse(text, region)
	switch {
	case err != nil:
		return nil, nil
	case !phonenumbers.IsValidNumber(parsed):
		return nil, parsed
	}
	return parsed, nil
}

// display formats a number for the region: national for its own numbers, else international. If a
// rule's result is hidden, the number from the PBX is shown.
func (r *Reader) display(shown, local string, parsed *phonenumbers.PhoneNumber) string {
	if shown != local {
		parsed = r.parse(shown, nil)
	}
	switch {
	case parsed == nil:
		return shown
	case int(parsed.GetCountryCode()) == r.code:
		return national(parsed)
	default:
		return phonenumbers.Format(parsed, phonenumbers.INTERNATIONAL)
	}
}

// national formats a number for calls in its country. The library gets mobile phones of Argentina
// wrong, whose 15 stands behind the area code.
func national(parsed *phonenumbers.PhoneNumber) string {
	if parsed.GetCountryCode() == 54 {
		if parts := strings.SplitN(phonenumbers.Format(parsed, phonenumbers.INTERNATIONAL), " ", 4); len(parts) == 4 &&
			parts[1] == "9" {
			return "0" + parts[2] + " 15-" + parts[3]
		}
	}
	return phonenumbers.Format(parsed, phonenumbers.NATIONAL)
}

// NationalDigits returns the digits of an E.164 number without the country code: 4951234567 of +74951234567.
// It is empty if the number is not valid.
func NationalDigits(e164 string) string {
	parsed := valid(e164, "")
	if parsed == nil {
		return ""
	}
	return phonenumbers.GetNationalSignificantNumber(parsed)
}
