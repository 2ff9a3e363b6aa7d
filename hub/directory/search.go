package directory

import (
	"context"
	"strings"

	"traybell/shared/protocol"
)

// Search returns customers whose login, name, e-mail address, company or place has all words of a
// text, in the order of the directories, at most MaxFound. If the text is a telephone number it
// returns what Find does. It reads all customers: call it for people only.
func (d *Directory) Search(ctx context.Context, text string, limit int) ([]protocol.Customer, error) {
	limit = min(limit, MaxFound)
	if number := d.reader.Typed(text); number.Key() != "" && strings.Trim(text, "+0123456789 -()./") == "" {
		found, err := d.Find(ctx, number)
		return found[:min(len(found), limit)], err
	}
	words := strings.Fields(searched(text))
	x := d.index.Load()
	var hits []hit
	for i, t := range x.tables {
		if t == nil {
			continue
		}
		for row := range uint32(len(t.rows)) { //nolint:gosec // at most maxRows
			if row%1024 == 0 && ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if len(hits) == limit {
				return x.people(hits), nil
			}
			if t.has(row, words) {
				hits = append(hits, hit{table: i, row: row})
			}
		}
	}
	return x.people(hits), nil
}

// has reports whether the texts of a row have all words.
func (t *table) has(row uint32, words []string) bool {
	var texts strings.Builder
	rest := t.encoded(row)
	for i := range len(fields(&protocol.Customer{})) {
		length, width := uvarint(rest)
		if i < firstNumberField || i > lastNumberField {
			texts.WriteString(rest[width : width+length])
			texts.WriteByte('\n')
		}
		rest = rest[width+length:]
	}
	all := searched(texts.String())
	for _, word := range words {
		if !strings.Contains(all, word) {
			return false
		}
	}
	return true
}

// searched ignores case and ё/е.
func searched(text string) string { return strings.ReplaceAll(strings.ToLower(text), "ё", "е") }
