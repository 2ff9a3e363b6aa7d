package directory

import (
	"cmp"
	"slices"
)

// earlier is the previous table with its numbers by row. Most customers do not change between
// reads: their numbers need not be parsed again.
type earlier struct {
	*table
	seed    seed
	entries []entry  // by row
	first   []uint32 // start of the entries of each row, and their total
	named   map[uint32]bool
	next    uint32 // row that is expected next: sources keep their order
	changed bool   // a row differs from that at its place
}

func newEarlier(t *table, s seed) *earlier {
	if t == nil || len(t.rows) == 0 {
		return nil
	}
	e := &earlier{
		table: t, seed: s, entries: make([]entry, len(t.numbers)), first: make([]uint32, len(t.rows)+1),
		named: map[uint32]bool{},
	}
	for _, n := range t.numbers {
		e.first[n.row+1]++
	}
	for i := range t.rows {
		e.first[i+1] += e.first[i]
	}
	at := slices.Clone(e.first)
	for _, n := range t.numbers {
		e.entries[at[n.row]] = n
		at[n.row]++
	}
	for _, rows := range t.names {
		for _, row := range rows {
			e.named[row] = true
		}
	}
	return e
}

// numbers returns the numbers of an identical row; ok is false if there is none. place is the new
// index of the row. Rows with names instead of numbers are few and are parsed again.
func (e *earlier) numbers(place uint32, login string, encoded []byte) (numbers []entry, ok bool) {
	if e == nil {
		return nil, false
	}
	row, ok := e.find(login, encoded)
	if !ok || row != place {
		e.changed = true
	}
	if ok {
		e.next = row + 1
	}
	if !ok || e.named[row] {
		return nil, false
	}
	return e.entries[e.first[row]:e.first[row+1]], true
}

func (e *earlier) find(login string, encoded []byte) (uint32, bool) {
	if int(e.next) < len(e.rows) && e.encoded(e.next) == string(encoded) {
		return e.next, true
	}
	if login == "" {
		return 0, false
	}
	hash := fold(e.seed, login)
	at, _ := slices.BinarySearchFunc(e.logins, hash, func(h hashed, hash uint32) int {
		return cmp.Compare(h.hash, hash)
	})
	for end := min(len(e.logins), at+maxScanned); at < end && e.logins[at].hash == hash; at++ {
		if e.encoded(e.logins[at].row) == string(encoded) {
			return e.logins[at].row, true
		}
	}
	return 0, false
}

// same reports whether no row has changed. rows is their new number.
func (e *earlier) same(rows int) bool { return e != nil && !e.changed && rows == len(e.rows) }
