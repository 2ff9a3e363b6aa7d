// Package table reads tables with a header from text: CSV files as spreadsheets, address books and
// people write them. Its Writer writes all CSV of the hub.
package table

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	maxLine = 1 << 18 // bytes of one line or of one row
	// lines of one quoted field: an unclosed quote must not swallow the file
	maxContinue = 200
	maxHead     = 20 // lines before the header that are not empty
	separators  = ";,\t|"
)

// Row is a row, or the header.
type Row struct {
	Line   int // of its beginning, from 1
	Fields []string
	text   string
	starts []int // of the fields in text
}

// Place returns where a field begins: line and character, both from 1.
func (r *Row) Place(field int) (line, column int) {
	before := r.text[:r.starts[field]]
	last := strings.LastIndexByte(before, '\n') + 1
	return r.Line + strings.Count(before, "\n"), 1 + utf8.RuneCountInString(before[last:])
}

// Empty reports whether all fields are empty.
func (r *Row) Empty() bool {
	return !slices.ContainsFunc(r.Fields, func(field string) bool { return strings.TrimSpace(field) != "" })
}

// RowError is the error of one row; the next rows can be read.
type RowError struct {
	Line, Column int
	Reason       string
}

func (e *RowError) Error() string { return e.Reason }

// Reader reads a table in UTF-8.
type Reader struct {
	// Separator is that of the header: comma, semicolon, tab or |.
	Separator byte

	lines lineReader
}

// NewReader returns a reader. Header must be called before Next.
func NewReader(from io.Reader) *Reader {
	return &Reader{lines: lineReader{from: bufio.NewReaderSize(from, 64<<10)}}
}

// ErrEmpty is the error of a text without a line.
var ErrEmpty = errors.New("the file is empty")

// Header finds the header and the separator. score returns how many of the words are names of
// columns. The header is the first line with two of them, below titles; if there is none, the first
// line that is not empty. known is its score.
func (r *Reader) Header(score func(words []string) int) (header *Row, known int, err error) {
	var after []string // lines after the header
	for tried := 0; tried < maxHead; {
		text, err := r.lines.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, 0, err
		}
		after = append(after, text)
		row, names, separator := headerIn(text, r.lines.number, score)
		if row == nil { // empty, or Excel's sep=
			continue
		}
		tried++
		if header == nil || names > 1 {
			header, known, r.Separator, after = row, names, separator, nil
		}
		if names > 1 {
			break
		}
	}
	if header == nil {
		return nil, 0, ErrEmpty
	}
	r.lines.unread(after)
	return header, known, nil
}

// headerIn reads a line with each separator and takes the one with most names of columns.
func headerIn(text string, line int, score func([]string) int) (header *Row, known int, separator byte) {
	text = strings.TrimRight(text, "\r\n")
	if strings.TrimSpace(text) == "" || len(text) <= 5 && strings.HasPrefix(strings.ToLower(text), "sep=") {
		return nil, 0, 0
	}
	for _, s := range []byte(separators) {
		row := &Row{Line: line, text: text}
		if open, err := row.cut(s); open || err != nil {
			continue
		}
		if names := score(row.Fields); header == nil || names > known {
			header, known, separator = row, names, s
		}
	}
	if header == nil {
		header = &Row{Line: line, text: text, Fields: []string{text}, starts: []int{0}}
	}
	return header, known, separator
}

// Next returns the next row (RFC 4180), io.EOF after the last one. The error of a row is a
// *RowError. A quoted field may have several lines. A quote inside an unquoted field is an ordinary
// character: LLC "Daisy".
func (r *Reader) Next() (*Row, error) {
	line := r.lines.number + 1
	text, err := r.lines.next()
	if err != nil {
		return nil, err
	}
	var more []string
	for {
		row := &Row{Line: line, text: strings.TrimRight(text, "\r\n")}
		open, err := row.cut(r.Separator)
		switch {
		case err != nil && len(more) == 0:
			return nil, err
		case err != nil: // the error is that of the first line
			return nil, r.openQuote(line, more)
		case !open:
			return row, nil
		}
		next, err := r.lines.next()
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		if err == nil {
			more = append(more, next)
		}
		if err != nil || len(more) == maxContinue || len(text)+len(next) > maxLine {
			return nil, r.openQuote(line, more)
		}
		text += next
	}
}

// openQuote goes back to the line after the quote.
func (r *Reader) openQuote(line int, read []string) error {
	r.lines.unread(read)
	return &RowError{
		Line:   line,
		Reason: `a field begins with " and has no closing quote; close it, or double a quote that belongs to the text`,
	}
}

// cut splits the text of a row; open is true if a quoted field continues on the next line.
func (r *Row) cut(separator byte) (open bool, err error) {
	for text := r.text; ; {
		r.starts = append(r.starts, len(r.text)-len(text))
		if !strings.HasPrefix(text, `"`) {
			field, rest, more := strings.Cut(text, string(separator))
			r.Fields = append(r.Fields, field)
			if !more {
				return false, nil
			}
			text = rest
			continue
		}
		field, rest, closed := quoted(text[1:])
		if !closed {
			return true, nil
		}
		r.Fields = append(r.Fields, field)
		if rest == "" {
			return false, nil
		}
		if rest[0] != separator {
			line, column := r.Place(len(r.Fields) - 1)
			return false, &RowError{
				line, column,
				fmt.Sprintf("the closing quote of field %d is followed by %.20q; double quotes that belong to the text",
					len(r.Fields), rest),
			}
		}
		text = rest[1:]
	}
}

// quoted reads a field after its opening quote.
func quoted(text string) (field, rest string, closed bool) {
	var out strings.Builder
	for {
		before, after, found := strings.Cut(text, `"`)
		if !found {
			return "", "", false
		}
		out.WriteString(before)
		if !strings.HasPrefix(after, `"`) {
			return out.String(), after, true
		}
		out.WriteByte('"')
		text = after[1:]
	}
}

// lineReader reads lines and can unread some.
type lineReader struct {
	from   *bufio.Reader
	number int      // of the last line read
	back   []string // unread lines, the next one last
}

// next returns the next line with its line break, io.EOF after the last one.
func (l *lineReader) next() (string, error) {
	if len(l.back) > 0 {
		line := l.back[len(l.back)-1]
		l.back = l.back[:len(l.back)-1]
		l.number++
		return line, nil
	}
	var line []byte
	for {
		part, err := l.from.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > maxLine {
			return "", fmt.Errorf("line %d is longer than %d bytes: this is not a CSV file", l.number+1, maxLine)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil && (!errors.Is(err, io.EOF) || len(line) == 0) {
			return "", err
		}
		break
	}
	l.number++
	text := string(line)
	if strings.IndexByte(text, 0) >= 0 {
		return "", fmt.Errorf("line %d has a zero byte: this is not a text file", l.number)
	}
	return text, nil
}

// unread returns lines, in their order.
func (l *lineReader) unread(lines []string) {
	l.number -= len(lines)
	for _, line := range slices.Backward(lines) {
		l.back = append(l.back, line)
	}
}
