package jsonlist

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"traybell/hub/directory"
	"traybell/hub/directory/contact"
	"traybell/hub/jsonplace"
	"traybell/shared/protocol"
)

// field is a customer field and its places in an entry.
type field struct {
	what   contact.Column
	places []string
	key    string // in map; empty: there is no map
}

// fieldsOf returns the fields of a map; nil if it is empty.
func fieldsOf(places map[string]string) ([]field, error) {
	if len(places) == 0 {
		return nil, nil
	}
	var all []field
	seen := map[contact.Column]string{}
	for _, key := range slices.Sorted(maps.Keys(places)) {
		what := contact.Of(key).Column
		if what == contact.Other || what >= contact.Label {
			return nil, fmt.Errorf(
				"%q is not a customer field; known are %s, also with the prefix User",
				key,
				contact.Known,
			)
		}
		if other, twice := seen[what]; twice {
			return nil, fmt.Errorf("%q and %q are the same field", other, key)
		}
		seen[what] = key
		f := field{what: what, key: key}
		for place := range strings.SplitSeq(places[key], ",") {
			if place = strings.TrimSpace(place); place != "" {
				f.places = append(f.places, place)
			}
		}
		all = append(all, f)
	}
	head := headOf(all)
	if !head.Has(identifying...) || !head.Has(numbers...) {
		return nil, errors.New("it needs the place of a number (UserPhone, UserMobile …) and of what identifies " +
			"the customer (UserLogin, UserFullname, UserEmail …)")
	}
	return all, nil
}

func headOf(fields []field) contact.Head {
	columns := make([]contact.Column, len(fields))
	for i, f := range fields {
		columns[i] = f.what
	}
	return contact.Columns(columns...)
}

// keysOf returns the fields of an entry by its keys.
func keysOf(entry map[string]any) (fields []field, unknown []string) {
	for _, key := range slices.Sorted(maps.Keys(entry)) {
		switch what := contact.Of(key).Column; {
		case what == contact.Other:
			unknown = append(unknown, key)
		case what < contact.Label:
			fields = append(fields, field{what: what, places: []string{key}})
		}
	}
	return fields, unknown
}

// rows makes customers of entries.
type rows struct {
	fields  []field // nil: by the keys of each entry
	add     func(protocol.Customer)
	problem func(directory.Problem)

	count   int
	made    int
	unknown map[string]bool
	seen    map[string]bool // places of a map that an entry has
	first   []string        // keys of the first entry
}

func (r *rows) entry(value any) {
	r.count++
	entry, ok := value.(map[string]any)
	if !ok {
		r.problem(directory.Problem{Text: fmt.Sprintf("entry %d of the list is not a JSON object", r.count)})
		return
	}
	if r.seen == nil {
		r.seen, r.first = map[string]bool{}, slices.Sorted(maps.Keys(entry))
	}
	fields := r.fields
	for _, f := range fields {
		for _, place := range f.places {
			r.seen[place] = r.seen[place] || jsonplace.Has(entry, place)
		}
	}
	if fields == nil {
		var unknown []string
		fields, unknown = keysOf(entry)
		if r.unknown == nil {
			r.unknown = map[string]bool{}
		}
		for _, key := range unknown[:min(len(unknown), maxUnknown)] {
			if len(r.unknown) < maxUnknown {
				r.unknown[key] = true
			}
		}
	}
	record := make([]string, len(fields))
	for i, f := range fields {
		record[i] = f.text(entry)
	}
	c, reason := headOf(fields).Customer(record)
	if reason != "" {
		r.problem(directory.Problem{Text: fmt.Sprintf("entry %d: %s", r.count, reason)})
		return
	}
	for _, text := range contact.NoNumbers(c) {
		r.problem(directory.Problem{Text: fmt.Sprintf("entry %d: %s", r.count, text)})
	}
	r.made++
	r.add(c)
}

// maxUnknown limits the unknown keys in a problem.
const maxUnknown = 10

// end reports what is odd about all entries.
func (r *rows) end() {
	for _, f := range r.fields {
		for _, place := range f.places {
			if r.seen == nil || r.seen[place] {
				continue
			}
			r.problem(
				directory.Problem{Key: "map." + f.key, Text: fmt.Sprintf("no entry has %q; the first one has the "+
					"keys %s", place, strings.Join(r.first[:min(len(r.first), maxUnknown)], ", "))},
			)
		}
	}
	if r.count > 0 && r.made == 0 && r.fields == nil && len(r.unknown) > 0 {
		r.problem(
			directory.Problem{Text: fmt.Sprintf("set map: the entries have the keys %s, which the hub does not know",
				strings.Join(slices.Sorted(maps.Keys(r.unknown)), ", "))},
		)
	}
}

// text returns all numbers of a field, or the first of its other texts.
func (f field) text(entry any) string {
	var all []string
	for _, place := range f.places {
		all = append(all, jsonplace.Texts(entry, place)...)
	}
	switch {
	case len(all) == 0:
		return ""
	case slices.Contains(numbers, f.what):
		return strings.Join(all, "; ")
	}
	return all[0]
}
