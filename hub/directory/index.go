package directory

import (
	"cmp"
	"encoding/binary"
	"errors"
	"hash/maphash"
	"math/bits"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"

	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// seed is of this process: hashes are never kept.
type seed = maphash.Seed

// table is one source's customers and the ways to find them. It never changes once built. For each customer it costs the text of its fields,
// 20 bytes to find it by row, login and address, and 16 bytes a number.
type table struct {
	name    string
	chunks  []string            // rows, encoded one behind the other
	rows    []uint32            // where each row begins: the chunk's number and the place in it
	numbers []entry             // sorted by key
	names   map[string][]uint32 // rows by extension or SIP name with anything but digits in it
	logins  []hashed            // sorted by hash
	emails  []hashed            // sorted by hash
}

// entry is one number of one customer.
type entry struct {
	key       key
	row       uint32
	extension uint32 // as decimal digits behind a 1, so that "012" is 1012; 0: none
}

type hashed struct{ hash, row uint32 }

// key is a number's digits from the last to the first, four bits each, so that numbers with the same end stand side by side. A digit is kept as
// 1 to 10, 0 means that the number is over. Fifteen digits are kept, the most that E.164 allows; of a longer one the last fifteen. The lowest
// four bits say how the number is to be understood.
type key uint64

const (
	public   key = 1 // E.164
	local    key = 2 // could not be read: a part of a number, or a mistyped one
	internal key = 3 // an extension
	kinds    key = 15

	keyDigits = 15
)

func makeKey(digits string, kind key) key {
	var k key
	kept := 0
	for i := len(digits) - 1; i >= 0 && kept < keyDigits; i-- {
		k = k<<4 | key(digits[i]-'0'+1)
		kept++
	}
	return k<<(4*(keyDigits-kept)+4) | kind
}

// shared counts the digits that two numbers have in common at their ends.
func (k key) shared(other key) int {
	same := keyDigits
	if differ := (k ^ other) &^ kinds; differ != 0 {
		same = bits.LeadingZeros64(uint64(differ)) / 4
	}
	return min(same, k.digits(), other.digits())
}

func (k key) digits() int {
	if k&^kinds == 0 {
		return 0
	}
	return keyDigits - (bits.TrailingZeros64(uint64(k&^kinds))/4 - 1)
}

// first is the number's first digit: of an E.164 one, its part of the world.
func (k key) first() key {
	return k >> (4 * (keyDigits + 1 - k.digits())) & 15
}

// suffix is the least key that ends as k does in so many digits, and the least behind all of those.
func (k key) suffix(digits int) (from, to key) {
	step := key(1) << (4 * (keyDigits + 1 - digits))
	from = k &^ (step - 1)
	return from, from + step
}

// keyOf returns what a number is found by; name is set instead where it is a name of the house. ok is false for a withheld number.
func keyOf(n phone.Number) (k key, name string, ok bool) {
	switch {
	case n.E164 != "":
		return makeKey(n.E164[1:], public), "", true
	case n.Kind == phone.Internal && digitsOnly(n.Local):
		return makeKey(n.Local, internal), "", true
	case n.Kind == phone.Internal:
		return 0, n.Local, n.Local != ""
	case n.Kind == phone.External && digitsOnly(strings.TrimPrefix(n.Local, "+")):
		return makeKey(strings.TrimPrefix(n.Local, "+"), local), "", true
	case n.Kind == phone.External:
		return 0, n.Local, n.Local != ""
	}
	return 0, "", false
}

func digitsOnly(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }

func packExtension(digits string) uint32 {
	if digits == "" || len(digits) > 8 {
		return 0
	}
	packed, err := strconv.ParseUint("1"+digits, 10, 32)
	if err != nil {
		return 0
	}
	return uint32(packed)
}

const (
	chunkSize = 1 << 20
	maxChunks = 1 << 12
	maxRow    = 1 << 16
	batchSize = 256
)

var errTooLarge = errors.New("more than 4 GiB of customers")

// builder collects a source's customers. Rows are kept in the order of adding. Reading their numbers is nearly all of the work: several
// goroutines do it; and what was read the last time is taken over.
type builder struct {
	seed   seed
	table  *table
	old    *earlier
	taken  []entry // over from old
	chunk  []byte
	batch  []unread
	work   chan []unread
	done   sync.WaitGroup
	found  []numbersFound
	failed error
}

// unread is a row's fields with numbers.
type unread struct {
	row    uint32
	fields [4]string
}

type numbersFound struct {
	entries []entry
	names   map[string][]uint32
}

// newBuilder begins a table. Old is the source's table until now, made with the same reader and seed; nil where there is none.
func newBuilder(name string, reader *phone.Reader, s seed, old *table) *builder {
	b := &builder{seed: s, table: &table{name: name}, old: newEarlier(old, s), work: make(chan []unread, 4)}
	readers := runtime.GOMAXPROCS(0)
	if old != nil { // who looks up wants a free one; before the first reading nobody finds anything
		readers = max(1, readers-1)
	}
	b.found = make([]numbersFound, readers)
	for i := range b.found {
		b.done.Go(func() { b.found[i] = readNumbers(reader, b.work) })
	}
	return b
}

func readNumbers(reader *phone.Reader, work <-chan []unread) numbersFound {
	found := numbersFound{names: map[string][]uint32{}}
	var own []entry // of one row: a number in two of its fields counts once
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
					switch {
					case ok && name != "":
						if rows := found.names[name]; len(rows) == 0 || rows[len(rows)-1] != row.row {
							found.names[strings.Clone(name)] = append(rows, row.row)
						}
					case ok && !slices.Contains(own, e):
						own = append(own, e)
					}
				}
			}
			found.entries = append(found.entries, own...)
		}
	}
	return found
}

// add takes a customer in, or returns false for one that is too large to be a person.
func (b *builder) add(c protocol.Customer) bool {
	encoded := encode(nil, c)
	if len(encoded) > maxRow {
		return false
	}
	if len(b.chunk)+len(encoded) > chunkSize {
		b.closeChunk()
	}
	if len(b.table.chunks) >= maxChunks {
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
			b.taken = append(b.taken, entry{key: e.key, row: row, extension: e.extension})
		}
	} else if c.Phone != "" || c.Mobile != "" || c.HomePhone != "" || c.Fax != "" {
		b.batch = append(b.batch, unread{row, [4]string{c.Phone, c.Mobile, c.HomePhone, c.Fax}})
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

// finish ends the building; it must be called, also when the table is not wanted.
func (b *builder) finish() (*table, error) {
	b.work <- b.batch
	close(b.work)
	b.done.Wait()
	b.closeChunk()
	t := b.table
	total := len(b.taken)
	for _, found := range b.found {
		total += len(found.entries)
	}
	t.numbers = append(make([]entry, 0, total), b.taken...)
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
	slices.SortFunc(t.numbers, func(a, b entry) int { return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.row, b.row)) })
	byHash := func(a, b hashed) int { return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.row, b.row)) }
	slices.SortFunc(t.logins, byHash)
	slices.SortFunc(t.emails, byHash)
	// What growing left over is given back.
	t.rows, t.logins, t.emails = slices.Clip(slices.Clone(t.rows)), slices.Clip(slices.Clone(t.logins)), slices.Clip(slices.Clone(t.emails))
	return t, b.failed
}

// The places of fields that customers are found by.
const (
	loginField = 0
	emailField = 2
)

func fields(c *protocol.Customer) [12]*string {
	return [12]*string{
		&c.Login, &c.Name, &c.Email, &c.Company, &c.Phone, &c.Mobile, &c.Fax, &c.HomePhone, &c.Location, &c.Street, &c.City, &c.Office,
	}
}

func encode(out []byte, c protocol.Customer) []byte {
	for _, field := range fields(&c) {
		out = binary.AppendUvarint(out, uint64(len(*field)))
		out = append(out, *field...)
	}
	return out
}

// customer reads a row. The strings are the row's own copy, so that a call kept for long does not keep an old table.
func (t *table) customer(row uint32) protocol.Customer {
	text := strings.Clone(t.encoded(row))
	c := protocol.Customer{Directory: t.name}
	for _, field := range fields(&c) {
		length, width := uvarint(text)
		*field = text[width : width+length]
		text = text[width+length:]
	}
	return c
}

// encoded is a row as encode has written it.
func (t *table) encoded(row uint32) string {
	at := t.rows[row]
	chunk := t.chunks[at>>20]
	start := int(at & (chunkSize - 1))
	end := len(chunk)
	if int(row)+1 < len(t.rows) && t.rows[row+1]>>20 == at>>20 {
		end = int(t.rows[row+1] & (chunkSize - 1))
	}
	return chunk[start:end]
}

func uvarint(text string) (value, width int) {
	for i := range len(text) {
		value |= int(text[i]&0x7f) << (7 * i)
		if text[i] < 0x80 {
			return value, i + 1
		}
	}
	return 0, len(text)
}

// between returns the entries with keys from, inclusive, to to, exclusive.
func (t *table) between(from, to key) []entry {
	start, _ := slices.BinarySearchFunc(t.numbers, from, func(e entry, k key) int { return cmp.Compare(e.key, k) })
	end := start
	for end < len(t.numbers) && t.numbers[end].key < to && end-start < maxScanned {
		end++
	}
	return t.numbers[start:end]
}

// same returns the rows of an index by hash that have that text in the field, so many at most.
func (t *table) same(index []hashed, s seed, text string, most int, field int) []uint32 {
	if text == "" {
		return nil
	}
	hash := fold(s, text)
	var rows []uint32
	at, _ := slices.BinarySearchFunc(index, hash, func(h hashed, hash uint32) int { return cmp.Compare(h.hash, hash) })
	for ; at < len(index) && index[at].hash == hash && len(rows) < most; at++ {
		if strings.EqualFold(t.field(index[at].row, field), text) {
			rows = append(rows, index[at].row)
		}
	}
	return rows
}

// field is one of a row's fields by its place in fields, without a copy: it must not be kept.
func (t *table) field(row uint32, number int) string {
	text := t.encoded(row)
	for {
		length, width := uvarint(text)
		if number == 0 {
			return text[width : width+length]
		}
		text = text[width+length:]
		number--
	}
}

func fold(s seed, text string) uint32 { return uint32(maphash.String(s, strings.ToLower(text))) }

// size is the table's memory in bytes, as far as it is counted: without what the runtime adds.
func (t *table) size() int {
	size := 4*len(t.rows) + 16*len(t.numbers) + 8*len(t.logins) + 8*len(t.emails)
	for _, chunk := range t.chunks {
		size += len(chunk)
	}
	for name, rows := range t.names {
		size += len(name) + 4*len(rows) + 64
	}
	return size
}
