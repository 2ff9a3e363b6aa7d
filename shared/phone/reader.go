// Package phone reads the numbers that a PBX presents and that directories keep, and brings them to
// one form, so that they can be compared.
//
// It owns no changing state: a Reader is built once from the region and the administrator's rules,
// and may be used by any number of goroutines.
package phone

import (
	"fmt"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// maxInternal is the number of digits up to which a number is an extension of the house and not one
// of the public network.
const maxInternal = 5

// maxLength bounds what is read at all: nobody's number is longer, and text that only looks like
// one costs nothing.
const maxLength = 200

// withheld are the words which PBXs and carriers put where a number is not told (RFC 3323;
// Asterisk's "unknown" and dialplan extension s).
var withheld = map[string]bool{
	"": true, "anonymous": true, "unknown": true, "restricted": true, "private": true, "unavailable": true,
	"withheld": true, "s": true,
}

// Reader reads numbers as they are written in one region. It never changes after NewReader.
type Reader struct {
	region string // ISO 3166-1, two capital letters
	code   int    // the region's country calling code
	trunk  string // what is dialled before a national number: "8" in Russia, "0" in Germany, "" in Italy
	rules  []Rule
	// leave Display empty: writing it takes a fifth of the time, and who reads a million numbers
	// shows none of them
	terse bool
}

// NewReader makes a reader for a region ("RU") and the administrator's CallerID rules, of which the
// first that matches a number is applied.
func NewReader(region string, rules []Rule) (*Reader, error) {
	name := strings.ToUpper(strings.TrimSpace(region))
	if !phonenumbers.GetSupportedRegions()[name] {
		return nil,
			fmt.Errorf("region %q: no such country; write its two letters of ISO 3166, for example RU, DE or US",
				region)
	}
	for i, rule := range rules {
		if err := rule.check(); err != nil {
			return nil, fmt.Errorf("CallerID rule %d (%s): %w", i+1, rule, err)
		}
	}
	return &Reader{
		region: name,
		code:   phonenumbers.GetCountryCodeForRegion(name),
		trunk:  phonenumbers.GetNddPrefixForRegion(name, true),
		rules:  append([]Rule(nil), rules...),
	}, nil
}

// Plain is the same reader without CallerID rules: they mend what the PBX presents and have no say
// in what a directory keeps.
func (r *Reader) Plain() *Reader {
	plain := *r
	plain.rules = nil
	return &plain
}

// Read reads a number as a PBX presents it: a number, a name, a SIP, SIPS or tel URI, or any of
// them as "Name" <…>. It reads everything; what cannot be one of the public network's numbers has
// no E164.
func (r *Reader) Read(raw string) Number { return r.read(raw, nil) }

// Explain reads a number as Read does and says in words what was done, one sentence a step, in the
// order of doing.
func (r *Reader) Explain(raw string) (Number, []string) {
	steps := &steps{}
	number := r.read(raw, steps)
	return number, steps.said
}

// steps collects what Explain says; a nil one is deaf, so that Read pays nothing.
type steps struct{ said []string }

func (s *steps) say(format string, args ...any) {
	s.said = append(s.said, fmt.Sprintf(format, args...))
}

func (r *Reader) read(raw string, told *steps) Number {
	n := Number{Raw: raw}
	if !r.terse {
		n.Display = raw
	}
	if len(raw) > maxLength {
		n.Kind = Internal
		n.Local, n.Shown = raw, raw
		if told != nil {
			told.say("longer than %d characters: no number, kept as it came", maxLength)
		}
		return n
	}

	bare := undress(raw)
	if told != nil && bare != raw {
		told.say("took the dress off %q: %q", raw, bare)
	}
	if withheld[strings.ToLower(bare)] || !hasSubstance(bare) {
		n.Kind = Withheld
		if told != nil {
			told.say("%q stands for a number that is not told: withheld, nobody to look up", bare)
		}
		return n
	}

	main, extension := cutExtension(bare)
	n.Extension = extension
	if told != nil && extension != "" {
		told.say("%q is dialled behind the number: the extension is %s", bare[len(main):], extension)
	}
	main = compact(main)
	if told != nil && main != bare && extension == "" {
		told.say("without what only groups the digits: %q", main)
	}

	n.Local = main
	shown := main
	if i := matching(r.rules, main); i >= 0 {
		n.Local = r.rules[i].apply(main)
		if r.rules[i].Show {
			shown = n.Local
		}
		if told != nil {
			seen := "is shown to agents"
			if !r.rules[i].Show {
				seen = "is hidden from agents"
			}
			told.say("CallerID rule %d (%s) makes %q of %q, which %s", i+1, r.rules[i], n.Local, main, seen)
		}
	} else if told != nil && len(r.rules) > 0 {
		told.say("no CallerID rule matches %q", main)
	}
	n.Shown = shown

	if why := internal(n.Local); why != "" {
		n.Kind = Internal
		if !r.terse {
			n.Display = shown
		}
		if told != nil {
			told.say("%s: internal, matched exactly as %q", why, n.Local)
		}
		return n
	}

	n.Kind = External
	parsed := r.parse(n.Local, told)
	if parsed != nil {
		n.E164 = phonenumbers.Format(parsed, phonenumbers.E164)
	} else if told != nil {
		told.say("%q is not valid anywhere in the public network: compared digit by digit", n.Local)
	}
	if r.terse {
		return n
	}
	n.Display = r.display(shown, n.Local, parsed)
	if told != nil {
		told.say("agents see %q", n.Display)
	}
	return n
}

// parse finds the number of the public network that compact text stands for, or nil.
func (r *Reader) parse(local string, told *steps) *phonenumbers.PhoneNumber {
	text := local
	if rest, ok := strings.CutPrefix(local, "00"); ok && len(rest) > maxInternal {
		text = "+" + rest
		if told != nil {
			told.say("00 opens an international number: %q", text)
		}
	}
	if parsed := valid(text, r.region); parsed != nil {
		if told != nil {
			told.say("read as %s: %s (%s)", r.reading(text), phonenumbers.Format(parsed, phonenumbers.E164),
				phonenumbers.GetRegionCodeForNumber(parsed))
		}
		return parsed
	}
	if told != nil {
		told.say("read as %s: not a valid number", r.reading(text))
	}
	// Many trunks present international numbers without the plus. What begins with the region's own
	// trunk prefix is a mistyped national number instead: 8 555 … is nobody in Cambodia (+855).
	if digitsOnly(text) && len(text) >= 10 && (r.trunk == "" || !strings.HasPrefix(text, r.trunk)) {
		if parsed := valid("+"+text, r.region); parsed != nil {
			if told != nil {
				told.say("read as an international number whose plus was lost: +%s (%s)", text,
					phonenumbers.GetRegionCodeForNumber(parsed))
			}
			return parsed
		}
	}
	return nil
}

func (r *Reader) reading(text string) string {
	if strings.HasPrefix(text, "+") {
		return "an international number"
	}
	return "a number of region " + r.region
}

// valid parses and, because the library also "reads" what no network could carry (101 as +7101),
// asks whether the number can exist.
func valid(text, region string) *phonenumbers.PhoneNumber {
	parsed, err := phonenumbers.Parse(text, region)
	if err != nil || !phonenumbers.IsValidNumber(parsed) {
		return nil
	}
	return parsed
}

// display writes a number for people of the region: theirs in the national form, others in the
// international one. Where a rule's result is to stay hidden, agents see what the PBX presented.
func (r *Reader) display(shown, local string, parsed *phonenumbers.PhoneNumber) string {
	if shown != local {
		parsed = r.parse(shown, nil)
	}
	switch {
	case parsed == nil:
		return shown
	case int(parsed.GetCountryCode()) == r.code:
		return phonenumbers.Format(parsed, phonenumbers.NATIONAL)
	default:
		return phonenumbers.Format(parsed, phonenumbers.INTERNATIONAL)
	}
}

// internal says why text is an extension or a name of the house, or "".
func internal(text string) string {
	digits := 0
	for _, c := range text {
		switch {
		case c >= '0' && c <= '9':
			digits++
		case c != '+' && c != '*' && c != '#':
			return "it has letters"
		}
	}
	if digits <= maxInternal {
		return fmt.Sprintf("it has no more than %d digits", maxInternal)
	}
	return ""
}
