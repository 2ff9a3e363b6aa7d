// Package roster takes agents from a CSV file into hub.yml: it reads the file, works out what is
// new and what has changed, makes passwords and their hashes, and changes the lines of hub.yml that
// say otherwise, and no others. Its functions belong to the caller's goroutine; nothing is written
// before all is known to be right.
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

// Template is a CSV file that begins somebody's list: what a spreadsheet on a European computer
// reads as columns.
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

// words are what a column may be called.
var words = [columns][]string{
	{"login", "логин", "username", "user"},
	{"name", "имя", "фио", "full name", "fullname"},
	{"extensions", "extension", "ext", "номера", "номер", "внутренний номер", "внутренние номера", "phone", "phones"},
	{"teams", "team", "группы", "группа", "groups", "group"},
	{"rights", "right", "права"},
	{"password", "пароль"},
}

// Sheet is what a CSV file says.
type Sheet struct {
	File     string
	Encoding string // as people call it
	Comma    rune
	Rows     []Row
	has      [columns]bool // which columns there are
}

// Row is an agent of the file.
type Row struct {
	Login      string
	Name       string
	Extensions []string
	Teams      []string
	Rights     []string
	Password   string // empty: none is given
	line       int
	at         [columns]int // the column in which each field begins, from 1
}

// encodings by the names under which they can be asked for.
var encodings = map[string]encoding.Encoding{
	"windows-1251": charmap.Windows1251, "windows-1252": charmap.Windows1252,
	"utf-16": unicode.UTF16(unicode.LittleEndian, unicode.UseBOM),
}

// Encodings are the names of those that ReadSheet knows beside auto.
func Encodings() []string { return []string{"utf-8", "utf-16", "windows-1251", "windows-1252"} }

// decode makes UTF-8 of a file. Unless it is told, what is not UTF-8 is taken for what Excel writes
// on a Russian computer.
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
			return "", "", fmt.Errorf("this is not %s: %w", name, err)
		}
	} else if name != "utf-8" {
		return "", "", fmt.Errorf("%q is no encoding that is known here; write one of %s", name,
			strings.Join(Encodings(), ", "))
	}
	if !utf8.Valid(raw) {
		return "", "", errors.New("this is not UTF-8; say in what it is: --encoding windows-1251")
	}
	if bytes.IndexByte(raw, 0) >= 0 {
		return "", "", errors.New("this is not a text file: it holds a zero byte")
	}
	return strings.TrimPrefix(string(raw), "\ufeff"), name, nil
}

// ReadSheet reads a CSV file: a head that names the columns in any order, and a row for each agent.
// What is wrong is told with its line and column, as Problems.
func ReadSheet(file string, raw []byte, in string) (*Sheet, error) {
	text, was, err := decode(raw, in)
	if err != nil {
		return nil, Problems{{File: file, Text: err.Error()}}
	}
	s := &Sheet{File: file, Encoding: was}
	skipped := 0
	for strings.TrimSpace(text) != "" { // what Excel writes before the head, and empty lines
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
		r.complain(r.skipped+1, 0, "there is no agent below the head")
	}
	if len(r.problems) > 0 {
		return nil, r.problems
	}
	return s, nil
}

// reader knows where things stand.
type reader struct {
	file     string
	skipped  int // lines before the head
	lines    []string
	problems Problems
}

func (r *reader) complain(line, column int, format string, values ...any) {
	r.problems = append(r.problems, Problem{
		File: r.file, Line: line, Column: column, Text: fmt.Sprintf(format, values...),
	})
}

// place is where a field of the record that was read last begins, in lines and characters from 1.
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

// head finds what parts the fields, and which column is where.
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
			"the first line must name the columns, for example login;name;extensions;teams;rights;password "+
				"(traybell-hub agents import --template prints a file to begin with)")
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
			r.complain(line, column, "%q names a column that is there already", strings.TrimSpace(word))
		case n >= 0:
			s.has[n] = true
		case strings.TrimSpace(word) != "":
			r.complain(line, column,
				"%q is no column that is known here; the columns are login, name, extensions, teams, rights, password",
				strings.TrimSpace(word))
		}
		order = append(order, n)
	}
	for _, n := range []int{columnLogin, columnExtensions} {
		if !s.has[n] && len(r.problems) == 0 {
			r.complain(r.skipped+1, 1, "the column %s is missing", words[n][0])
		}
	}
	return order
}

func columnOf(word string) int {
	word = strings.ToLower(strings.TrimSpace(word))
	return slices.IndexFunc(words[:], func(names []string) bool { return slices.Contains(names, word) })
}

// rows reads all behind the head.
func (s *Sheet) rows(r *reader, text string, order []int) {
	c := newReader(text, s.Comma)
	_, _ = c.Read() // the head
	for {
		record, err := c.Read()
		var bad *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return
		case errors.As(err, &bad):
			r.complain(bad.Line+r.skipped, bad.Column,
				"%v; write a field that holds a quote as \"…\", and double the quote", bad.Err)
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
						"this field has no column in the head; put a field that holds %q into quotes", s.Comma)
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

// list parts what one field names.
func list(field string) []string {
	var names []string
	for name := range strings.FieldsFuncSeq(field, func(c rune) bool { return strings.ContainsRune(",;|\r\n", c) }) {
		if name = strings.TrimSpace(name); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
