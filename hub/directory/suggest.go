package directory

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"unicode"

	"traybell/shared/protocol"
)

const (
	shortestEnd = 3      // digits that are looked up as the end of a number
	maxProbed   = 20_000 // customers looked at for one word in one source
)

// Suggest returns customers for what a person has typed so far, at most MaxFound: each word begins a
// word of the name, the company, the login or the e-mail address; digits begin or end a number. Those
// found by their name come first. The first call indexes the words of all customers, and from then on
// each read of a source does: 16 bytes per word and per number.
func (d *Directory) Suggest(ctx context.Context, text string, limit int) ([]protocol.Customer, error) {
	x, limit := d.index.Load(), min(limit, MaxFound)
	digits := strings.Trim(text, "+0123456789 -()./") == ""
	typed := parts(searched(text))
	if len(typed) == 0 {
		return nil, ctx.Err()
	}
	var hits []hit
	for i, t := range x.tables {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		switch {
		case t == nil:
		case digits:
			hits = append(hits, d.numbered(i, t, text, limit)...)
		default:
			hits = append(hits, t.named(i, d.prompts.of(t).words, typed, limit)...)
		}
	}
	people := x.people(hits)
	return people[:min(len(people), limit)], nil
}

// Prepare makes the first Suggest as fast as the others. It takes a second for a million customers.
func (d *Directory) Prepare() {
	for _, t := range d.index.Load().tables {
		if t != nil {
			d.prompts.of(t)
		}
	}
}

// named returns the customers of a table with words that begin as typed, the narrowest word first.
func (t *table) named(at int, words []word, typed []string, limit int) (hits []hit) {
	narrow := between(words, startOf(typed[0]))
	for _, text := range typed[1:] {
		if other := between(words, startOf(text)); len(other) < len(narrow) {
			narrow = other
		}
	}
	seen := map[uint32]bool{}
	for _, w := range narrow[:min(len(narrow), maxProbed)] {
		if seen[w.row] {
			continue
		}
		seen[w.row] = true
		if rank, ok := t.begins(w.row, typed); ok {
			hits = append(hits, hit{table: at, row: w.row, rank: rank})
		}
		if len(hits) >= 4*limit {
			break
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return cmp.Compare(a.rank, b.rank) })
	return hits[:min(len(hits), limit)]
}

// begins reports whether all typed texts begin words of a row. The rank is 0 if they do in the name.
func (t *table) begins(row uint32, typed []string) (rank int, ok bool) {
	var words []string
	names := 0
	for _, field := range suggested {
		words = append(words, parts(searched(t.field(row, field)))...)
		if field == nameField {
			names = len(words)
		}
	}
	for _, text := range typed {
		i := slices.IndexFunc(words, func(word string) bool { return strings.HasPrefix(word, text) })
		if i < 0 {
			return 0, false
		}
		if i >= names {
			rank = 1
		}
	}
	return rank, true
}

// numbered returns the customers of a table with numbers that begin or end as typed.
func (d *Directory) numbered(at int, t *table, text string, limit int) (hits []hit) {
	numbers := d.prompts.of(t).numbers
	for _, digits := range d.reader.Beginnings(text) {
		for _, w := range between(numbers, startOfNumber(digits)) {
			if hits = append(hits, hit{table: at, row: w.row}); len(hits) >= limit {
				return hits
			}
		}
	}
	last := strings.Join(strings.FieldsFunc(text, func(c rune) bool { return c < '0' || c > '9' }), "")
	if len(last) >= shortestEnd && len(last) <= keyDigits {
		for _, e := range t.between(makeKey(last, 0).suffix(len(last))) {
			if e.extension&unlikely == 0 {
				hits = append(hits, hit{table: at, row: e.row, rank: 1})
			}
		}
	}
	return hits
}

const nameField = 1

// suggested are the fields whose words are found, the name first.
var suggested = [...]int{nameField, loginField, emailField, companyField}

const companyField = 3

// wordStart is how many letters of a word are indexed.
const wordStart = 8

// word is the beginning of a word, or of a number, of a row.
type word struct {
	start uint64
	row   uint32
}

// beginnings are the indexes of a table, in order.
type beginnings struct{ words, numbers []word }

// span is the words from first to last.
type span struct{ first, last uint64 }

// startOf returns the first and the last word with the same first letters as a text. A letter has a
// byte; those of different alphabets may have the same one: begins compares the text.
func startOf(text string) span {
	var first uint64
	left := 8 * wordStart
	for _, c := range text {
		if left == 0 {
			break
		}
		if c > unicode.MaxASCII {
			c |= 0x80
		}
		left -= 8
		first |= uint64(byte(c)) << left //nolint:gosec // one byte of it
	}
	return span{first, first | (1<<left - 1)}
}

// startOfNumber is startOf for the first sixteen digits of a number.
func startOfNumber(digits string) span {
	var first uint64
	left := 64
	for i := 0; i < len(digits) && left > 0; i++ {
		left -= 4
		first |= uint64(digits[i]-'0'+1) << left
	}
	return span{first, first | (1<<left - 1)}
}

// between returns the words in a span.
func between(words []word, in span) []word {
	by := func(w word, start uint64) int { return cmp.Compare(w.start, start) }
	from, _ := slices.BinarySearchFunc(words, in.first, by)
	words = words[from:]
	if in.last++; in.last == 0 {
		return words
	}
	to, _ := slices.BinarySearchFunc(words, in.last, by)
	return words[:to]
}

// parts are the words of a text that is folded by searched.
func parts(text string) []string {
	return strings.FieldsFunc(text, func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) })
}

// beginningsOf indexes a table.
func beginningsOf(t *table) beginnings {
	x := beginnings{make([]word, 0, 4*len(t.rows)), make([]word, 0, len(t.numbers))}
	for row := range uint32(len(t.rows)) { //nolint:gosec // at most maxRows
		for _, field := range suggested {
			for _, part := range parts(searched(t.field(row, field))) {
				x.words = append(x.words, word{startOf(part).first, row})
			}
		}
	}
	for _, e := range t.numbers {
		if e.extension&unlikely == 0 {
			x.numbers = append(x.numbers, word{startOfNumber(e.key.text()).first, e.row})
		}
	}
	for _, list := range []*[]word{&x.words, &x.numbers} {
		slices.SortFunc(*list, func(a, b word) int {
			return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.row, b.row))
		})
		*list = slices.Clip(slices.Compact(*list))
	}
	return x
}

// prompts are the indexes of the words of the current tables. They exist from the first Suggest on.
type prompts struct {
	mu  sync.Mutex
	all map[*table]beginnings
}

// of returns the index of a table, and makes it if there is none.
func (p *prompts) of(t *table) beginnings {
	p.mu.Lock()
	defer p.mu.Unlock()
	words, ok := p.all[t]
	if !ok {
		words = beginningsOf(t)
		if p.all == nil {
			p.all = map[*table]beginnings{}
		}
		p.all[t] = words
	}
	return words
}

// follow makes the index of a table that is about to be used, if indexes are in use.
func (p *prompts) follow(t *table) {
	p.mu.Lock()
	used := p.all != nil
	p.mu.Unlock()
	if !used {
		return
	}
	words := beginningsOf(t)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all[t] = words
}

// keep forgets the indexes of all tables but these.
func (p *prompts) keep(tables []*table) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for t := range p.all {
		if !slices.Contains(tables, t) {
			delete(p.all, t)
		}
	}
}
