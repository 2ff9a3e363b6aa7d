// Package phone parses numbers from PBXs and directories and normalizes them for comparison.
//
// It has no mutable state: a Reader is built from the region and the administrator's rules and is
// safe for concurrent use.
package phone

import (
	"fmt"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// maxInternal is the most digits of an internal extension.
const maxInternal = 5

// maxLength limits the parsed text: no number is longer.
const maxLength = 200

// withheld are words that PBXs and carriers send instead of a number (RFC 3323; Asterisk's
// "unknown" and dialplan extension s).
var withheld = map[string]bool{
	"": true, "anonymous": true, "unknown": true, "restricted": true, "private": true, "unavailable": true,
	"withheld": true, "s": true,
}

// Reader parses numbers of a region. It is immutable.
type Reader struct {
	region string // ISO 3166-1, two capital letters
	code   int    // country calling code of the region
	trunk  string // national trunk prefix: "8" in Russia, "0" in Germany, "" in Italy
	rules  []Rule
	// leave Display empty: formatting takes a fifth of the time and is useless for a million
	// numbers
	terse bool
}

// NewReader creates a reader for a region ("RU") and the administrator's CallerID rules. The first
// matching rule is applied.
func NewReader(region string, rules []Rule) (*Reader, error) {
	name := strings.ToUpper(strings.TrimSpace(region))
	if !phonenumbers.GetSupportedRegions()[name] {
		return nil,
			fmt.Errorf("unknown region %q; use the two letters of ISO 3166, for example RU, DE or US",
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

// Plain returns the reader without CallerID rules, which apply to numbers from the PBX only, not to
// directories.
func (r *Reader) Plain() *Reader {
	plain := *r
	plain.rules = nil
	return &plain
}

// Read parses a number as a PBX sends it: a number, a name, a SIP, SIPS or tel URI, or any of them
// as "Name" <…>. It never fails; what is not a valid public number has no E164.
func (r *Reader) Read(raw string) Number { return r.read(raw, nil) }

// Explain parses a number like Read and describes the steps, one sentence each.
func (r *Reader) Explain(raw string) (Number, []string) {
	steps := &steps{}
	number := r.read(raw, steps)
	return number, steps.list
}

// steps collects the steps of Explain. It is nil for Read.
type steps struct{ list []string }

func (s *steps) add(format string, args ...any) {
	s.list = append(s.list, fmt.Sprintf(format, args...))
}

func (r *Reader) read(raw string, log *steps) Number {
	n := Number{Raw: raw}
	if !r.terse {
		n.Display = raw
	}
	if len(raw) > maxLength {
		n.Kind = Internal
		n.Local, n.Shown = raw, raw
		if log != nil {
			log.add("longer than %d characters: not a number, kept unchanged", maxLength)
		}
		return n
	}

	bare := undress(raw)
	if log != nil && bare != raw {
		log.add("extracted from %q: %q", raw, bare)
	}
	if withheld[strings.ToLower(bare)] || !hasSubstance(bare) {
		n.Kind = Withheld
		if log != nil {
			log.add("%q is a withheld number: no lookup", bare)
		}
		return n
	}

	main, extension := cutExtension(bare)
	n.Extension = extension
	if log != nil && extension != "" {
		log.add("%q: extension is %s", bare[len(main):], extension)
	}
	main = compact(main)
	if log != nil && main != bare && extension == "" {
		log.add("without grouping: %q", main)
	}

	n.Local = main
	shown := main
	if i := matching(r.rules, main); i >= 0 {
		n.Local = r.rules[i].apply(main)
		if r.rules[i].Show {
			shown = n.Local
		}
		if log != nil {
			seen := "is shown to agents"
			if !r.rules[i].Show {
				seen = "is hidden from agents"
			}
			log.add("CallerID rule %d (%s) changes %q to %q, which %s", i+1, r.rules[i], main, n.Local, seen)
		}
	} else if log != nil && len(r.rules) > 0 {
		log.add("no CallerID rule matches %q", main)
	}
	n.Shown = shown

	if why := internal(n.Local); why != "" {
		n.Kind = Internal
		if !r.terse {
			n.Display = shown
		}
		if log != nil {
			log.add("%s: internal, matched exactly as %q", why, n.Local)
		}
		return n
	}

	n.Kind = External
	parsed := r.parse(n.Local, log)
	if parsed != nil {
		n.E164 = phonenumbers.Format(parsed, phonenumbers.E164)
	} else if log != nil {
		log.add("%q is not a valid public number: matched exactly", n.Local)
	}
	if r.terse {
		return n
	}
	n.Display = r.display(shown, n.Local, parsed)
	if log != nil {
		log.add("agents see %q", n.Display)
	}
	return n
}

// parse returns the public number for compact text, or nil.
func (r *Reader) parse(local string, log *steps) *phonenumbers.PhoneNumber {
	text := local
	if rest, ok := strings.CutPrefix(local, "00"); ok && len(rest) > maxInternal {
		text = "+" + rest
		if log != nil {
			log.add("00 is the international prefix: %q", text)
		}
	}
	if parsed := valid(text, r.region); parsed != nil {
		if log != nil {
			log.add("read as %s: %s (%s)", r.reading(text), phonenumbers.Format(parsed, phonenumbers.E164),
				phonenumbers.GetRegionCodeForNumber(parsed))
		}
		return parsed
	}
	if log != nil {
		log.add("read as %s: not a valid number", r.reading(text))
	}
	// Many trunks send international numbers without the plus. A number that starts with the
	// region's trunk prefix is a mistyped national number instead: 8 555 … is not Cambodia (+855).
	if digitsOnly(text) && len(text) >= 10 && (r.trunk == "" || !strings.HasPrefix(text, r.trunk)) {
		if parsed := valid("+"+text, r.region); parsed != nil {
			if log != nil {
				log.add("read as an international number without a plus: +%s (%s)", text,
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

// valid parses text and checks that the number can exist, as the library also accepts 101 as +7101.
func valid(text, region string) *phonenumbers.PhoneNumber {
	parsed, err := phonenumbers.Parse(text, region)
	if err != nil || !phonenumbers.IsValidNumber(parsed) {
		return nil
	}
	return parsed
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
		return phonenumbers.Format(parsed, phonenumbers.NATIONAL)
	default:
		return phonenumbers.Format(parsed, phonenumbers.INTERNATIONAL)
	}
}

// internal says why text is an extension or an internal name, or returns "".
func internal(text string) string {
	digits := 0
	for _, c := range text {
		switch {
		case c >= '0' && c <= '9':
			digits++
		case c != '+' && c != '*' && c != '#':
			return "contains letters"
		}
	}
	if digits <= maxInternal {
		return fmt.Sprintf("at most %d digits", maxInternal)
	}
	return ""
}
