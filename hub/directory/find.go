package directory

import (
	"cmp"
	"slices"

	"traybell/shared/phone"
	"traybell/shared/protocol"
)

const (
	// MaxFound limits the customers of one number: thousands may have that of a switchboard.
	MaxFound = 50

	maxScanned = 200 // entries scanned for one number in one source

	// common digits at the end of two numbers that make them equal if one of them is incomplete
	surelySuffix = 9
	maybeSuffix  = 7 // common digits that make them possibly equal

	longestDirect = 4 // digits of an extension that is dialled directly

	unlikelyRank = 2 // and above: an unlikely reading of a stored number
)

// index has the customers of all sources. It is immutable.
type index struct {
	seed seed
	// in the order of the configuration: the fields of the first win; nil if the source is unread
	tables []*table
}

// hit is a number that was found. A lower rank is a better match.
type hit struct {
	table int
	row   uint32
	rank  int
}

// place is the position of a customer.
type place struct {
	table int
	row   uint32
}

// find returns the customers with a number, best match first: the same number and extension, the
// same number, at least surelySuffix common digits at the end. Otherwise, if only one customer has
// maybeSuffix common digits, or the switchboard of the number, it is returned as a guess.
func (x *index) find(n phone.Number) []protocol.Customer {
	k, name, ok := keyOf(n)
	if !ok {
		return nil
	}
	if name != "" {
		var hits []hit
		for i, t := range x.tables {
			if t == nil {
				continue
			}
			for _, row := range t.names[name] {
				hits = append(hits, hit{table: i, row: row})
			}
		}
		return x.people(hits)
	}
	hits := x.exact(k, packExtension(n.Extension))
	if len(hits) > 0 || k&kinds == internal || k.digits() < maybeSuffix {
		return x.people(hits)
	}
	sure, guesses := x.ending(k)
	if len(sure) > 0 {
		return x.people(sure)
	}
	if k&kinds == public {
		guesses = append(guesses, x.switchboards(n.Key()[1:])...)
	}
	if people := x.people(guesses); len(people) == 1 {
		people[0].Maybe = true
		return people
	}
	return nil
}

// exact finds the same number. An unlikely reading of a stored number counts only if no customer
// has the number otherwise.
func (x *index) exact(k key, extension uint32) []hit {
	var hits []hit
	for i, t := range x.tables {
		if t == nil {
			continue
		}
		for _, e := range t.between(k, k+1) {
			rank := 0
			if e.extension&^marks != extension {
				rank++
			}
			if e.extension&unlikely != 0 {
				rank += unlikelyRank
			}
			hits = append(hits, hit{table: i, row: e.row, rank: rank})
		}
	}
	if slices.ContainsFunc(hits, func(h hit) bool { return h.rank < unlikelyRank }) {
		hits = slices.DeleteFunc(hits, func(h hit) bool { return h.rank >= unlikelyRank })
	}
	return hits
}

// ending finds numbers with the same end. Two complete numbers are different, except that one of
// them may have a wrong country code if they are from different parts of the world.
func (x *index) ending(k key) (sure, guesses []hit) {
	from, to := k.suffix(maybeSuffix)
	for i, t := range x.tables {
		if t == nil {
			continue
		}
		for _, e := range t.between(from, to) {
			if e.key&kinds == internal || e.extension&unlikely != 0 {
				continue
			}
			common := k.shared(e.key)
			h := hit{table: i, row: e.row, rank: keyDigits - common}
			switch full := k&kinds == public && e.key&kinds == public; {
			case common >= surelySuffix && !full:
				sure = append(sure, h)
			case !full || common >= surelySuffix && k.first() != e.key.first():
				guesses = append(guesses, h)
			}
		}
	}
	return sure, guesses
}

// switchboards finds the numbers whose extension a number may be: 123456-0 for 12345678 and 123456.
func (x *index) switchboards(digits string) (hits []hit) {
	for cut := range longestDirect + 1 {
		k := makeKey(digits[:max(len(digits)-cut, 0)]+"0", public)
		for i, t := range x.tables {
			if t == nil {
				continue
			}
			for _, e := range t.between(k, k+1) {
				if e.extension&marks == switchboard {
					hits = append(hits, hit{table: i, row: e.row, rank: keyDigits + cut})
				}
			}
		}
	}
	return hits
}

// people returns the customers of hits. A person in several places is merged.
func (x *index) people(hits []hit) []protocol.Customer {
	slices.SortStableFunc(hits, func(a, b hit) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.table, b.table), cmp.Compare(a.row, b.row))
	})
	var people []protocol.Customer
	seen := map[place]bool{}
	for _, h := range hits {
		if seen[place{h.table, h.row}] {
			continue
		}
		if len(people) == MaxFound {
			break
		}
		places := x.person(place{h.table, h.row})
		var person protocol.Customer
		for i, p := range places {
			seen[p] = true
			kept := x.tables[p.table].customer(p.row)
			if i == 0 {
				person = kept
				continue
			}
			more := fields(&kept)
			for j, field := range fields(&person) {
				if *field == "" {
					*field = *more[j]
				}
			}
		}
		people = append(people, person)
	}
	return people
}

// person returns all places of a person, the one whose fields win first. Equal logins are one
// person. Equal e-mail addresses are one person only in two directories, and only if each has one
// person with the address: a company's info@ is shared.
func (x *index) person(start place) []place {
	places := []place{start}
	for i := 0; i < len(places) && len(places) < maxScanned; i++ {
		at := places[i]
		login, email := x.tables[at.table].field(at.row, loginField), x.tables[at.table].field(at.row, emailField)
		oneHere := len(x.tables) > 1 && len(x.byEmail(at.table, email)) == 1
		for other, t := range x.tables {
			if t == nil {
				continue
			}
			rows := t.same(t.logins, x.seed, login, maxScanned, loginField)
			if other != at.table && oneHere {
				if byEmail := x.byEmail(other, email); len(byEmail) == 1 {
					rows = append(rows, byEmail...)
				}
			}
			for _, row := range rows {
				if p := (place{other, row}); !slices.Contains(places, p) {
					places = append(places, p)
				}
			}
		}
	}
	slices.SortFunc(places, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.table, b.table), cmp.Compare(a.row, b.row))
	})
	return places
}

// byEmail returns the rows of a source with an address, at most two: more than one row is
// ambiguous, even if they have the same login, which is rare.
func (x *index) byEmail(table int, email string) []uint32 {
	t := x.tables[table]
	return t.same(t.emails, x.seed, email, 2, emailField)
}
