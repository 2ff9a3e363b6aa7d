package ldapserver

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"traybell/hub/charset"

	"github.com/go-ldap/ldap/v3"
)

// Attributes splits a list of attribute names at commas.
func Attributes(list string) ([]string, error) {
	var names []string
	for name := range strings.SplitSeq(list, ",") {
		name = strings.TrimSpace(name)
		if strings.ContainsFunc(name, notInAttribute) {
			return nil, fmt.Errorf("%q is not an attribute name; write it as on the server, such as telephoneNumber",
				name)
		}
		if name != "" {
			names = append(names, name)
		}
	}
	return names, nil
}

// notInAttribute reports whether a character is invalid in an attribute name: letters, digits and
// hyphens, or dotted numbers, with ;options (RFC 4512, 2.5).
func notInAttribute(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '.' && r != ';' &&
		r != '_'
}

// Values returns the different values of some attributes of an entry, and which cannot be used.
func Values(e *ldap.Entry, attributes []string) (values, unusable []string) {
	for _, wanted := range attributes {
		for _, a := range matching(e, wanted) {
			for _, raw := range a.ByteValues {
				v, ok := text(raw)
				if !ok {
					unusable = append(unusable,
						fmt.Sprintf("attribute %s has a binary value, which is not used", a.Name))
				} else if v != "" && !slices.Contains(values, v) {
					values = append(values, v)
				}
			}
		}
	}
	return values, unusable
}

// matching returns the attributes of an entry with the name and at least the options of an
// attribute: telephoneNumber matches telephoneNumber;lang-ru (RFC 4512, 2.5.2). Those with the
// fewest options are first.
func matching(e *ldap.Entry, wanted string) (found []*ldap.EntryAttribute) {
	name, options := parse(wanted)
	for _, a := range e.Attributes {
		other, has := parse(a.Name)
		if strings.EqualFold(name, other) && !slices.ContainsFunc(options, func(o string) bool {
			return !slices.Contains(has, o)
		}) {
			found = append(found, a)
		}
	}
	slices.SortStableFunc(found, func(a, b *ldap.EntryAttribute) int {
		return strings.Count(a.Name, ";") - strings.Count(b.Name, ";")
	})
	return found
}

// parse splits an attribute description.
func parse(description string) (name string, options []string) {
	parts := strings.Split(strings.ToLower(description), ";")
	return parts[0], parts[1:]
}

// text returns a value as text; ok is false for a binary value. Servers of before LDAPv3 have text
// in other encodings than UTF-8.
func text(raw []byte) (value string, ok bool) {
	value, _, err := charset.Decode(raw, charset.Auto)
	binary := func(r rune) bool {
		return r == unicode.ReplacementChar || unicode.IsControl(r) && !unicode.IsSpace(r)
	}
	if err != nil || strings.ContainsFunc(value, binary) {
		return "", false
	}
	return strings.TrimSpace(value), true
}

// inParts reports whether an attribute has more values than the server has sent.
func inParts(a *ldap.EntryAttribute) bool {
	_, _, next := rangeOf(a.Name)
	return next > 0
}

// fetchRanges reads the rest of long attributes. Active Directory returns them in parts, the first
// one as "otherTelephone;range=0-1499" (MS-ADTS, 3.1.1.3.1.3.3).
func (s *Session) fetchRanges(ctx context.Context, e *ldap.Entry) error {
	for _, a := range e.Attributes {
		name, _, next := rangeOf(a.Name)
		for next > 0 {
			if len(a.ByteValues) > maxValues {
				return fmt.Errorf("attribute %s has more than %d values", name, maxValues)
			}
			more := fmt.Sprintf("%s;range=%d-*", name, next)
			was := next
			next = 0
			_, err := search(ctx, s.conn,
				ldap.NewSearchRequest(e.DN, ldap.ScopeBaseObject, ldap.NeverDerefAliases, 0, 0, false,
					"(objectClass=*)", []string{more}, nil),
				func(entry *ldap.Entry) error {
					s.watch.Progress()
					for _, part := range entry.Attributes {
						if n, from, to := rangeOf(part.Name); strings.EqualFold(n, name) && from == was {
							a.ByteValues = append(a.ByteValues, part.ByteValues...)
							next = to
						}
					}
					if len(a.ByteValues) > 2*maxValues {
						return fmt.Errorf("attribute %s has more than %d values", name, maxValues)
					}
					return nil
				}, s.reference)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// rangeOf returns the first value of a part of an attribute, and that of the next part; next is 0
// for the last part, and for an attribute that is complete.
func rangeOf(description string) (name string, first, next int) {
	name, options, _ := strings.Cut(description, ";")
	for option := range strings.SplitSeq(strings.ToLower(options), ";") {
		span, ok := strings.CutPrefix(option, "range=")
		if !ok {
			continue
		}
		from, to, _ := strings.Cut(span, "-")
		first, _ = strconv.Atoi(from)
		if last, err := strconv.Atoi(to); err == nil && last >= first { // not *
			next = last + 1
		}
	}
	return name, first, next
}
