package directory

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"traybell/shared/protocol"
)

const (
	maxLine = 1 << 18 // bytes of one line
	// lines of one quoted field: an unclosed quote must not swallow the file
	maxContinue = 20
	csvExample  = "login;name;email;company;phone;mobile"
)

// CSV is a file with a header line that names the columns, and a row per customer. The separator is
// that of the header: comma, semicolon or tab.
type CSV struct {
	name string
	path string
}

// NewCSV returns the source for a file, which need not exist yet.
func NewCSV(name, path string) *CSV { return &CSV{name: name, path: path} }

// Name implements Source.
func (c *CSV) Name() string { return c.name }

// Stamp implements Stamped with the time and the size of the file.
func (c *CSV) Stamp(context.Context) (string, error) {
	info, err := os.Stat(c.path)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d %d", info.ModTime().UnixNano(), info.Size()), nil
}

// Read implements Source.
func (c *CSV) Read(ctx context.Context, add func(protocol.Customer), problem func(Problem)) error {
	if info, err := os.Stat(c.path); err == nil && !info.Mode().IsRegular() {
		// a pipe would block forever
		return fmt.Errorf("%s is not a regular file", c.path)
	}
	file, err := os.Open(c.path)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := readCSV(ctx, file, add, problem); err != nil {
		return fmt.Errorf("%s: %w", c.path, err)
	}
	return nil
}

func readCSV(ctx context.Context, from io.Reader, add func(protocol.Customer), problem func(Problem)) error {
	lines := &lineReader{from: bufio.NewReaderSize(from, 64<<10)}
	head, err := readHead(lines, problem)
	if err != nil {
		return err
	}
	for {
		if lines.number%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		number := lines.number + 1
		record, err := readRecord(lines, head.separator)
		var bad *rowError
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &bad):
			problem(Problem{Line: number, Text: bad.reason})
			continue
		case err != nil:
			return err
		}
		customer, empty, reason := head.customer(record)
		switch {
		case empty:
		case reason != "":
			problem(Problem{Line: number, Text: reason})
		default:
			for _, text := range noNumbers(customer) {
				problem(Problem{Line: number, Text: text})
			}
			add(customer)
		}
	}
}

// lineReader reads lines and can unread some.
type lineReader struct {
	from   *bufio.Reader
	number int      // of the last line read
	back   []string // unread lines, the next one last
	began  bool
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
	if !l.began {
		l.began = true
		if strings.HasPrefix(text, "\xff\xfe") || strings.HasPrefix(text, "\xfe\xff") {
			return "", errors.New("the file is in UTF-16; save it as UTF-8 (in Excel: CSV UTF-8)")
		}
		text = strings.TrimPrefix(text, "\ufeff")
	}
	if !utf8.ValidString(text) {
		return "",
			fmt.Errorf("line %d is not UTF-8, perhaps Windows-1251 or Latin-1; save the file as UTF-8 (in Excel: "+
				"CSV UTF-8)",
				l.number)
	}
	if strings.ContainsRune(text, 0) {
		return "",
			fmt.Errorf("line %d has a NUL byte: this is not a CSV file, or it is in UTF-16; save it as UTF-8 (in "+
				"Excel: "+
				"CSV UTF-8)",
				l.number)
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

// rowError is the error of one row; the next rows can be used.
type rowError struct{ reason string }

func (b *rowError) Error() string { return b.reason }

var errOpenQuote = &rowError{
	`a field begins with " and has no closing quote; close it, or double a quote that belongs to the text`,
}

// readRecord reads a row (RFC 4180). A quoted field may have several lines. A quote inside an
// unquoted field is an ordinary character: LLC "Daisy".
func readRecord(lines *lineReader, separator byte) ([]string, error) {
	text, err := lines.next()
	if err != nil {
		return nil, err
	}
	var more []string
	for {
		record, open, err := cutRecord(strings.TrimRight(text, "\r\n"), separator)
		if err != nil {
			lines.unread(more)
			if len(more) > 0 { // the error is that of the first line
				err = errOpenQuote
			}
			return nil, err
		}
		if !open {
			return record, nil
		}
		line, err := lines.next()
		if errors.Is(err, io.EOF) || err == nil && (len(more) == maxContinue || len(text)+len(line) > maxLine) {
			if err == nil {
				more = append(more, line)
			}
			lines.unread(more)
			return nil, errOpenQuote
		}
		if err != nil {
			return nil, err
		}
		more = append(more, line)
		text += line
	}
}

// cutRecord splits a row; open is true if a quoted field continues on the next line.
func cutRecord(text string, separator byte) (record []string, open bool, err error) {
	for {
		if !strings.HasPrefix(text, `"`) {
			field, rest, more := strings.Cut(text, string(separator))
			record = append(record, field)
			if !more {
				return record, false, nil
			}
			text = rest
			continue
		}
		field, rest, closed := quoted(text[1:])
		if !closed {
			return nil, true, nil
		}
		record = append(record, field)
		if rest == "" {
			return record, false, nil
		}
		if rest[0] != separator {
			return nil, false, &rowError{
				fmt.Sprintf("the closing quote of field %d is followed by %.20q; double quotes that belong to the text",
					len(record), rest),
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

// csvHead is the header line.
type csvHead struct {
	separator byte
	head
}

func readHead(lines *lineReader, problem func(Problem)) (csvHead, error) {
	var text string
	for {
		line, err := lines.next()
		if errors.Is(err, io.EOF) {
			return csvHead{}, fmt.Errorf("the file is empty; its first line must name the columns, for example %s",
				csvExample)
		}
		if err != nil {
			return csvHead{}, err
		}
		text = strings.TrimRight(line, "\r\n")
		// Excel writes "sep=;" before the header.
		separatorLine := len(text) == 5 && strings.HasPrefix(strings.ToLower(text), "sep=")
		if strings.TrimSpace(text) != "" && !separatorLine {
			break
		}
	}

	var found csvHead
	var words []string
	best := -1
	for _, separator := range []byte{';', ',', '\t'} {
		record, open, err := cutRecord(text, separator)
		if open || err != nil {
			continue
		}
		if h := newHead(record); h.known() > best {
			found, words, best = csvHead{separator, h}, record, h.known()
		}
	}
	number := lines.number
	if best <= 0 {
		return csvHead{}, fmt.Errorf("line %d has no known column; it must be a header, for example %s",
			number, csvExample)
	}
	problems, err := found.check(words)
	if err != nil {
		return csvHead{}, fmt.Errorf("line %d %w", number, err)
	}
	for _, text := range problems {
		problem(Problem{number, text})
	}
	return found, nil
}

// customer returns the customer of a row, or the reason why it is none.
func (h csvHead) customer(record []string) (c protocol.Customer, empty bool, reason string) {
	if !slices.ContainsFunc(record, func(field string) bool { return strings.TrimSpace(field) != "" }) {
		return c, true, ""
	}
	for len(record) > len(h.columns) && strings.TrimSpace(record[len(record)-1]) == "" {
		record = record[:len(record)-1]
	}
	if len(record) < len(h.columns) {
		return c, false, fmt.Sprintf("%d fields, but the header has %d; write a %q for each empty field",
			len(record), len(h.columns), h.separator)
	}
	if len(record) > len(h.columns) {
		return c, false, fmt.Sprintf("%d fields, but the header has %d; quote a field that contains a %q",
			len(record), len(h.columns), h.separator)
	}
	c, reason = h.head.customer(record)
	return c, false, reason
}
