package directory

import (
	"cmp"
	"encoding/binary"
	"hash/maphash"
	"slices"
	"strings"

	"traybell/shared/protocol"
)

// seed is per process: hashes are not persisted.
type seed = maphash.Seed

// table has the customers of one source and their indexes. It is immutable. A customer takes the
// text of its fields, 20 bytes for the indexes by row, login and address, and 16 bytes per number.
type table struct {
	name    string
	chunks  []string            // encoded rows
	rows    []uint32            // start of each row: chunk and offset
	numbers []entry             // sorted by key
	names   map[string][]uint32 // rows by extension or SIP name that is not only digits
	logins  []hashed            // sorted by hash
	emails  []hashed            // sorted by hash
}

// entry is one number of one customer.
type entry struct {
	key       key
	row       uint32
	extension uint32 // packExtension, and marks
}

// Marks of entries.
const (
	unlikely    = 1 << 31 // not the most plausible reading of the number
	switchboard = 1 << 30 // phone.Number.Switchboard
	marks       = unlikely | switchboard
)

type hashed struct{ hash, row uint32 }

// Indexes in fields of the fields that customers are found by.
const (
	loginField       = 0
	emailField       = 2
	firstNumberField = 4
	lastNumberField  = 7
)

func fields(c *protocol.Customer) [12]*string {
	return [12]*string{
		&c.Login, &c.Name, &c.Email, &c.Company, &c.Phone, &c.Mobile, &c.Fax, &c.HomePhone, &c.Location, &c.Street,
		&c.City, &c.Office,
	}
}

func encode(out []byte, c protocol.Customer) []byte {
	for _, field := range fields(&c) {
		out = binary.AppendUvarint(out, uint64(len(*field)))
		out = append(out, *field...)
	}
	return out
}

// customer decodes a row. It copies the strings, so that a call does not keep an old table in
// memory.
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

// encoded returns a row as written by encode.
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

// between returns the entries with keys in [from, to), at most maxScanned.
func (t *table) between(from, to key) []entry {
	start, _ := slices.BinarySearchFunc(t.numbers, from, func(e entry, k key) int { return cmp.Compare(e.key, k) })
	end := start
	for end < len(t.numbers) && t.numbers[end].key < to && end-start < maxScanned {
		end++
	}
	return t.numbers[start:end]
}

// count returns the numbers, each once.
func (t *table) count() int {
	count := 0
	for _, e := range t.numbers {
		if e.extension&unlikely == 0 {
			count++
		}
	}
	return count
}

// same returns the rows in an index by hash whose field has a text, at most most.
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

// field returns a field of a row by its index in fields. It is not a copy and must not be kept.
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

// size returns the memory of the table in bytes, without the overhead of the runtime.
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
