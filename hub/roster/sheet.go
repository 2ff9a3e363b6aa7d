// Package roster imports agents from a CSV file into hub.yml: it reads the file, plans the changes,
// generates passwords and hashes, and changes only the lines of hub.yml that differ. It writes
// nothing before everything is checked.
package roster

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// Template is an example of the CSV file, with semicolons as European spreadsheets expect them.
const Template = `login;name;extensions;teams;rights;password
anna;Anna Petrova;101, 201;support;ticket, category, block;
boris;Boris Ivanov;102;support, sales;ticket;a password of your own
vera;Vera Sokolova;102;sales;ticket;
`

// The columns.
const (
	columnLogin = iota
	columnName
	columnExtensions
	columnTeams
	columnRights
	columnPassword
	columns
)

// words are the accepted names of the columns.
var words = [columns][]string{
	{"login", "логин", "username", "user"},
	{"name", "имя", "фио", "full name", "fullname"},
	{"extensions", "extension", "ext", "номера", "номер", "внутренний номер", "внутренние номера", "phone", "phones"},
	{"teams", "team", "группы", "группа", "groups", "group"},
	{"rights", "right", "права"},
	{"password", "пароль"},
}

// Sheet is the content of a CSV file.
type Sheet struct {
	File     string
	Encoding string // one of Encodings
	Comma    rune
	Rows     []Row
	has      [columns]bool // columns in the file
}

// Row is one agent.
type Row struct {
	Login      string
	Name       string
	Extensions []string
	Teams      []string
	Rights     []string
	Password   string // empty: none
	line       int
	at         [columns]int // first column of each field, from 1
}

// encodings by name.
var encodings = map[string]encoding.Encoding{
	"windows-1251": charmap.Windows1251, "windows-1252": charmap.Windows1252,
	"utf-16": unicode.UTF16(unicode.LittleEndian, unicode.UseBOM),
}

// Encodings are the values of --encoding except auto.
func Encodings() []string { return []string{"utf-8", "utf-16", "windows-1251", "windows-1252"} }

// decode converts a file to UTF-8. With auto, text that is not UTF-8 is windows-1251, as Excel
// writes it on Russian systems.
func decode(raw []byte, name string) (text, was string, err error) {
	if name == "" || name == "auto" {
		switch {
		case bytes.HasPrefix(raw, []byte{0xff, 0xfe}), bytes.HasPrefix(raw, []byte{0xfe, 0xff}):
			name = "utf-16"
		case utf8.Valid(raw):
			name = "utf-8"
		default:
			name = "windows-1251"
		}
	}
	if e, known := encodings[name]; known {
		if raw, err = e.NewDecoder().Bytes(raw); err != nil {
			return "", "", fmt.Errorf("not valid %s: %w", name, err)
		}
	} else if name != "utf-8" {
		return "", "", fmt.Errorf("unknown encoding %q; use one of %s", name,
			strings.Join(Encodings(), ", "))
	}
	if !utf8.Valid(raw) {
		return "", "", errors.New("not valid UTF-8; set --encoding, such as windows-1251")
	}
	if bytes.IndexByte(raw, 0) >= 0 {
		return "", "", errors.New("not a text file: it contains a zero byte")
	}
	return strings.TrimPrefix(string(raw), "\ufeff"), name, nil
}

// ReadSheet reads a CSV file: a header with the columns in any order, then one row per agent. The
// error is Problems.
func ReadSheet(file string, raw []byte, in string) (*Sheet, error) {
	text, was, err := decode(raw, in)
	if err != nil {
		return nil, Problems{{File: file, Text: err.Error()}}
	}
	s := &Sheet{File: file, Encoding: was}
	skipped := 0
	for strings.TrimSpace(text) != "" { // skip empty lines and Excel's sep=
		line, rest, _ := strings.Cut(text, "\n")
		line = strings.TrimRight(line, "\r")
		if strings.TrimSpace(line) != "" && (len(line) != 5 || !strings.HasPrefix(strings.ToLower(line), "sep=")) {
			break
		}
		text = rest
		skipped++
	}
	r := &reader{file: file, skipped: skipped, lines: strings.Split(text, "\n")}
	order := s.head(r, text)
	if len(r.problems) > 0 {
		return nil, r.problems
	}
	s.rows(r, text, order)
	if len(r.problems) == 0 && len(s.Rows) == 0 {
		r.complain(r.skipped+1, 0, "no agents after the header")
	}
	if len(r.problems) > 0 {
		return nil, r.problems
	}
	return s, nil
}

// reader locates fields in the file.
type reader struct {
	file     string
	skipped  int // lines before the header
	lines    []string
	problems Problems
}

func (r *reader) complain(line, column int, format string, values ...any) {
	r.problems = append(r.problems, Problem{
		File: r.file, Line: line, Column: column, Text: fmt.Sprintf(format, values...),
	})
}

// place returns where a field of the last record begins, in lines and characters from 1.
func (r *reader) place(c *csv.Reader, field int) (line, column int) {
	line, column = c.FieldPos(field)
	if line <= len(r.lines) {
		column = 1 + utf8.RuneCountInString(r.lines[line-1][:min(column-1, len(r.lines[line-1]))])
	}
	return line + r.skipped, column
}

func newReader(text string, comma rune) *csv.Reader {
	c := csv.NewReader(strings.NewReader(text))
	c.Comma, c.FieldsPerRecord, c.ReuseRecord = comma, -1, true
	return c
}

// head finds the separator and the order of the columns.
func (s *Sheet) head(r *reader, text string) (order []int) {
	best := 0
	for _, comma := range []rune{';', ',', '\t'} {
		c := newReader(text, comma)
		record, err := c.Read()
		if err != nil {
			continue
		}
		known := 0
		for _, word := range record {
			if columnOf(word) >= 0 {
				known++
			}
		}
		if known > best {
			best, s.Comma = known, comma
		}
	}
	if best == 0 {
		r.complain(r.skipped+1, 1,
			"the first line must be a header such as login;name;extensions;teams;rights;password "+
				"(traybell-hub agents import --template prints an example)")
		return nil
	}
	c := newReader(text, s.Comma)
	record, err := c.Read()
	if err != nil {
		r.complain(r.skipped+1, 1, "%v", err)
		return nil
	}
	for i, word := range record {
		line, column := r.place(c, i)
		n := columnOf(word)
		switch {
		case n >= 0 && s.has[n]:
			r.complain(line, column, "duplicate column %q", strings.TrimSpace(word))
		case n >= 0:
			s.has[n] = true
		case strings.TrimSpace(word) != "":
			r.complain(line, column,
				"unknown column %q; the columns are login, name, extensions, teams, rights, password",
				strings.TrimSpace(word))
		}
		order = append(order, n)
	}
	for _, n := range []int{columnLogin, columnExtensions} {
		if !s.has[n] && len(r.problems) == 0 {
			r.complain(r.skipped+1, 1, "no column %s", words[n][0])
		}
	}
	return order
}

func columnOf(word string) int {
	word = strings.ToLower(strings.TrimSpace(word))
	return slices.IndexFunc(words[:], func(names []string) bool { return slices.Contains(names, word) })
}

// rows reads the rows after the header.
func (s *Sheet) rows(r *reader, text string, order []int) {
	c := newReader(text, s.Comma)
	_, _ = c.Read() // the header
	for {
		record, err := c.Read()
		var bad *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return
		case errors.As(err, &bad):
			r.complain(bad.Line+r.skipped, bad.Column,
				"%v; put a field that contains a quote in \"…\" and double the quote", bad.Err)
			return
		case err != nil:
			r.complain(0, 0, "%v", err)
			return
		}
		if !slices.ContainsFunc(record, func(f string) bool { return strings.TrimSpace(f) != "" }) {
			continue
		}
		row := Row{}
		row.line, _ = r.place(c, 0)
		for i, field := range record {
			line, column := r.place(c, i)
			if i >= len(order) || order[i] < 0 {
				if strings.TrimSpace(field) != "" {
					r.complain(line, column,
						"this field has no column in the header; put a field that contains %q in quotes", s.Comma)
				}
				continue
			}
			row.at[order[i]] = column
			row.set(order[i], field)
		}
		s.Rows = append(s.Rows, row)
	}
}

func (row *Row) set(column int, field string) {
	switch column {
	case columnLogin:
		row.Login = strings.TrimSpace(field)
	case columnName:
		row.Name = strings.TrimSpace(field)
	case columnExtensions:
		row.Extensions = strings.FieldsFunc(field, func(c rune) bool {
			return strings.ContainsRune(",;| \t\u00a0\r\n", c)
		})
	case columnTeams:
		row.Teams = list(field)
	case columnRights:
		row.Rights = list(strings.ToLower(field))
	case columnPassword:
		row.Password = strings.TrimSpace(field)
	}
}

// list splits a field into names.
func list(field string) []string {
	var names []string
	for name := range strings.FieldsFuncSeq(field, func(c rune) bool { return strings.ContainsRune(",;|\r\n", c) }) {
		if name = strings.TrimSpace(name); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
