package directory

import (
	"cmp"
	"slices"

	"traybell/shared/phone"
	"traybell/shared/protocol"
)

const (
	// MaxFound is how many customers are shown at most for one number: a switchboard's number may
	// be that of thousands.
	MaxFound = 50

	maxScanned = 200 // entries looked at for one number in one source

	// common digits at the end that make two numbers the same one, where one of them could not be
	// read in full
	surelySuffix = 9
	maybeSuffix  = 7 // common digits that make it possible
)

// index is all sources' customers at one moment. It never changes: a source that is read again gets
// a new index with a new table.
type index struct {
	seed seed
	// in the order of the configuration, which decides whose fields win; nil where a source was not
	// read yet
	tables []*table
}

// hit is a number found; the lower the rank, the surer it is that its customer calls.
type hit struct {
	table int
	row   uint32
	rank  int
}

// place is where a customer is kept.
type place struct {
	table int
	row   uint32
}

// find returns the customers with a number, the surest first: those with the same number and
// extension, those with the same number, those whose number has at least nine digits at its end in
// common with it, and then, marked as a guess, the only one with seven.
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
	if people := x.people(guesses); len(people) == 1 {
		people[0].Maybe = true
		return people
	}
	return nil
}

// exact finds the very number.
func (x *index) exact(k key, extension uint32) []hit {
	var hits []hit
	for i, t := range x.tables {
		if t == nil {
			continue
		}
		for _, e := range t.between(k, k+1) {
			rank := 1
			if e.extension == extension {
				rank = 0
			}
			hits = append(hits, hit{table: i, row: e.row, rank: rank})
		}
	}
	return hits
}

// ending finds numbers with the same end. Two numbers that were both read in full are two numbers,
// whatever their ends; only where they are of different parts of the world may one of them be the
// other, presented or noted with a wrong country.
func (x *index) ending(k key) (sure, guesses []hit) {
	from, to := k.suffix(maybeSuffix)
	for i, t := range x.tables {
		if t == nil {
			continue
		}
		for _, e := range t.between(from, to) {
			if e.key&kinds == internal {
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

// people makes customers of hits. A person kept in several places is one.
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

// person returns all places where the person of one place is kept, the one whose fields win first.
// Equal logins are one person. Equal e-mail addresses are one person only between two directories,
// and only where each knows one person by it: a company's info@ is many.
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

// byEmail returns a source's rows with an address, two at most, since more than one is as good as
// none; rows of one login would be one person, and are rare enough to count as several.
func (x *index) byEmail(table int, email string) []uint32 {
	t := x.tables[table]
	return t.same(t.emails, x.seed, email, 2, emailField)
}
