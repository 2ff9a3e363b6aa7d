// Package phone parses numbers from PBXs and directories and normalizes them for comparison.
//
// It has no mutable state: a Reader is built from the region and the administrator's rules and is
// safe for concurrent use.
package phone

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// maxInternal is the most digits of an internal extension.
const maxInternal = 5

// maxLength limits the parsed text: no number is longer.
const maxLength = 200

// Reader parses numbers of a region. It is immutable.
type Reader struct {
	region string // ISO 3166-1, two capital letters
	code   int    // country calling code of the region
	prefix string // code as text
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
	code := phonenumbers.GetCountryCodeForRegion(name)
	return &Reader{
		region: name,
		code:   code,
		prefix: strconv.Itoa(code),
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

// Note is a step of Explain. Code is the key of a text of the hub's pages, With what it is about.
type Note struct {
	Code string
	With map[string]string
}

// Explain parses a number like Read and describes the steps.
func (r *Reader) Explain(raw string) (Number, []Note) {
	steps := &steps{}
	number := r.read(raw, steps)
	return number, steps.list
}

// steps collects the steps of Explain. It is nil for Read.
type steps struct{ list []Note }

func (s *steps) add(code string, with map[string]string) { s.list = append(s.list, Note{code, with}) }

func (r *Reader) read(raw string, log *steps) Number {
	n := Number{Raw: raw}
	if !r.terse {
		n.Display = raw
	}
	if len(raw) > maxLength {
		n.Kind = Internal
		n.Local, n.Shown = raw, raw
		if log != nil {
			log.add("number.long", map[string]string{"Most": strconv.Itoa(maxLength)})
		}
		return n
	}

	bare := undress(raw)
	if log != nil && bare != raw {
		log.add("number.extracted", map[string]string{"From": raw, "Text": bare})
	}
	if Absent(bare) || !hasSubstance(bare) {
		n.Kind = Withheld
		if log != nil {
			log.add("number.withheld", map[string]string{"Text": bare})
		}
		return n
	}

	main, extension := cutExtension(bare)
	n.Extension = extension
	if log != nil && extension != "" {
		log.add("number.extension", map[string]string{"From": bare[len(main):], "Text": extension})
	}
	main = compact(main)
	if log != nil && main != bare && extension == "" {
		log.add("number.compact", map[string]string{"Text": main})
	}

	n.Local = main
	shown := main
	if i := matching(r.rules, main); i >= 0 {
		n.Local = r.rules[i].apply(main)
		if r.rules[i].Show {
			shown = n.Local
		}
		if log != nil {
			code := "number.rule_shown"
			if !r.rules[i].Show {
				code = "number.rule_hidden"
			}
			log.add(code, map[string]string{
				"Place": strconv.Itoa(i + 1), "Rule": r.rules[i].String(), "From": main, "Text": n.Local,
			})
		}
	} else if log != nil && len(r.rules) > 0 {
		log.add("number.no_rule", map[string]string{"Text": main})
	}
	n.Shown = shown

	if why := internal(n.Local); why != "" {
		n.Kind = Internal
		if !r.terse {
			n.Display = shown
		}
		if log != nil {
			log.add(why, map[string]string{"Most": strconv.Itoa(maxInternal), "Text": n.Local})
			r.explainOthers(n, log)
		}
		return n
	}

	n.Kind = External
	parsed := r.parse(n.Local, log)
	if parsed != nil {
		n.E164 = phonenumbers.Format(parsed, phonenumbers.E164)
		n.Switchboard = switchboard(bare)
	} else if log != nil {
		log.add("number.not_public", map[string]string{"Text": n.Local})
	}
	if r.terse {
		return n
	}
	n.Display = r.display(shown, n.Local, parsed)
	if log != nil {
		r.explainOthers(n, log)
		log.add("number.shown", map[string]string{"Text": n.Display})
	}
	return n
}

func (r *Reader) explainOthers(n Number, log *steps) {
	for _, other := range r.Others(n) {
		log.add("number.other", map[string]string{
			"Text": other, "Region": phonenumbers.GetRegionCodeForNumber(valid(other, r.region)),
		})
	}
}

// internal returns the note why text is an extension or an internal name, or "".
func internal(text string) string {
	digits := 0
	for _, c := range text {
		switch {
		case c >= '0' && c <= '9':
			digits++
		case c != '+' && c != '*' && c != '#':
			return "number.letters"
		}
	}
	if digits <= maxInternal {
		return "number.short"
	}
	return ""
}
