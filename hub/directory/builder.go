package directory

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"

	"traybell/shared/phone"
	"traybell/shared/protocol"
)

const (
	chunkSize = 1 << 20
	maxChunks = 1 << 9 // of chunkSize
	maxRow    = 1 << 16
	maxRows   = 2_000_000
	batchSize = 256
)

var errTooLarge = fmt.Errorf("it has more than %d customers or %d MiB of them, the most that the hub keeps: name a "+
	"part of them in hub.yml (a file with fewer, query, filter, base_dn, url)", maxRows, maxChunks*chunkSize>>20)

// builder builds the table of a source. Rows keep their order. Parsing numbers takes nearly all of
// the time: several goroutines do it, and the numbers of unchanged rows are reused.
type builder struct {
	seed   seed
	table  *table
	old    *earlier
	reused []entry // from old
	chunk  []byte
	batch  []unparsed
	work   chan []unparsed
	done   sync.WaitGroup
	found  []numbersFound
	failed error
}

// unparsed has the number fields of a row.
type unparsed struct {
	row    uint32
	fields [4]string
}

type numbersFound struct {
	entries []entry
	names   map[string][]uint32
}

// newBuilder starts a table. old is the current table of the source, built with the same reader and
// seed, or nil.
func newBuilder(name string, reader *phone.Reader, s seed, old *table) *builder {
	b := &builder{seed: s, table: &table{name: name}, old: newEarlier(old, s), work: make(chan []unparsed, 4)}
	readers := runtime.GOMAXPROCS(0)
	if old != nil { // leave a CPU for lookups; before the first read there are none
		readers = max(1, readers-1)
	}
	b.found = make([]numbersFound, readers)
	for i := range b.found {
		b.done.Go(func() { b.found[i] = parseNumbers(reader, b.work) })
	}
	return b
}

func parseNumbers(reader *phone.Reader, work <-chan []unparsed) numbersFound {
	found := numbersFound{names: map[string][]uint32{}}
	var own []entry // of one row, without duplicates
	for batch := range work {
		for _, row := range batch {
			own = own[:0]
			for _, field := range row.fields {
				if field == "" {
					continue
				}
				for _, n := range reader.Numbers(field) {
					k, name, ok := keyOf(n)
					e := entry{key: k, row: row.row, extension: packExtension(n.Extension)}
					if n.Switchboard {
						e.extension |= switchboard
					}
					switch {
					case ok && name != "":
						if rows := found.names[name]; len(rows) == 0 || rows[len(rows)-1] != row.row {
							found.names[strings.Clone(name)] = append(rows, row.row)
						}
					case ok && !slices.Contains(own, e):
						own = append(own, e)
						for _, other := range reader.Others(n) {
							n.E164 = other
							e.key, _, _ = keyOf(n)
							own = append(own, entry{e.key, e.row, e.extension | unlikely})
						}
					}
				}
			}
			found.entries = append(found.entries, own...)
		}
	}
	return found
}

// add adds a customer. It returns false for one that is too large.
func (b *builder) add(c protocol.Customer) bool {
	encoded := encode(nil, c)
	if len(encoded) > maxRow {
		return false
	}
	if len(b.chunk)+len(encoded) > chunkSize {
		b.closeChunk()
	}
	if b.failed != nil || len(b.table.chunks) >= maxChunks || len(b.table.rows) >= maxRows {
		b.failed = errTooLarge
		return true
	}
	row := uint32(len(b.table.rows))
	b.table.rows = append(b.table.rows, uint32(len(b.table.chunks))<<20|uint32(len(b.chunk)))
	b.chunk = append(b.chunk, encoded...)
	if c.Login != "" {
		b.table.logins = append(b.table.logins, hashed{fold(b.seed, c.Login), row})
	}
	if c.Email != "" {
		b.table.emails = append(b.table.emails, hashed{fold(b.seed, c.Email), row})
	}
	if known, ok := b.old.numbers(row, c.Login, encoded); ok {
		for _, e := range known {
			b.reused = append(b.reused, entry{key: e.key, row: row, extension: e.extension})
		}
	} else if c.Phone != "" || c.Mobile != "" || c.HomePhone != "" || c.Fax != "" {
		b.batch = append(b.batch, unparsed{row, [4]string{c.Phone, c.Mobile, c.HomePhone, c.Fax}})
		if len(b.batch) == batchSize {
			b.work <- b.batch
			b.batch = nil
		}
	}
	return true
}

func (b *builder) closeChunk() {
	if len(b.chunk) > 0 {
		b.table.chunks = append(b.table.chunks, string(b.chunk))
		b.chunk = b.chunk[:0]
	}
}

// finish completes the table. It must be called even if the table is not needed.
func (b *builder) finish() (*table, error) {
	b.work <- b.batch
	close(b.work)
	b.done.Wait()
	b.closeChunk()
	t := b.table
	total := len(b.reused)
	for _, found := range b.found {
		total += len(found.entries)
	}
	t.numbers = append(make([]entry, 0, total), b.reused...)
	t.names = map[string][]uint32{}
	for _, found := range b.found {
		t.numbers = append(t.numbers, found.entries...)
		for name, rows := range found.names {
			t.names[name] = append(t.names[name], rows...)
		}
	}
	for _, rows := range t.names {
		slices.Sort(rows)
	}
	slices.SortFunc(t.numbers, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.row, b.row))
	})
	byHash := func(a, b hashed) int { return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.row, b.row)) }
	slices.SortFunc(t.logins, byHash)
	slices.SortFunc(t.emails, byHash)
	// Free unused capacity.
	t.rows = slices.Clip(slices.Clone(t.rows))
	t.logins, t.emails = slices.Clip(slices.Clone(t.logins)), slices.Clip(slices.Clone(t.emails))
	return t, b.failed
}
