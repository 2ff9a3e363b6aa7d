// Package roster imports agents from a CSV file into hub.yml: it reads the file, plans the changes,
// generates passwords and hashes, and changes only the lines of hub.yml that differ. It writes
// nothing before everything is checked.
package roster

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"traybell/hub/charset"
	"traybell/hub/table"
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
	Encoding string
	Comma    rune
	Rows     []Row
	has      [columns]bool // columns in the file
	problems Problems
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

// ReadSheet reads a CSV file: a header with the columns in any order, then one row per agent. in is
// an encoding that charset.Decode accepts. The error is Problems.
func ReadSheet(file string, raw []byte, in string) (*Sheet, error) {
	text, was, err := charset.Decode(raw, in)
	switch {
	case err != nil:
	case strings.IndexByte(text, 0) >= 0:
		err = errors.New("not a text file: it contains a zero byte")
	case strings.ContainsRune(text, '\ufffd'):
		err = fmt.Errorf("not valid %s; set --encoding, such as windows-1251", was)
	}
	if err != nil {
		return nil, Problems{{File: file, Text: err.Error()}}
	}
	s := &Sheet{File: file, Encoding: was}
	s.read(table.NewReader(strings.NewReader(text)))
	if len(s.problems) > 0 {
		return nil, s.problems
	}
	return s, nil
}

func (s *Sheet) complain(line, column int, format string, values ...any) {
	s.problems = append(s.problems, Problem{
		File: s.File, Line: line, Column: column, Text: fmt.Sprintf(format, values...),
	})
}

func (s *Sheet) read(r *table.Reader) {
	header, known, err := r.Header(func(words []string) (known int) {
		for _, word := range words {
			if columnOf(word) >= 0 {
				known++
			}
		}
		return known
	})
	switch {
	case err != nil && !errors.Is(err, table.ErrEmpty):
		s.complain(0, 0, "%v", err)
		return
	case known == 0:
		line := 1
		if header != nil {
			line = header.Line
		}
		s.complain(line, 1, "the first line must be a header such as login;name;extensions;teams;rights;password "+
			"(traybell-hub agents import --template prints an example)")
		return
	}
	s.Comma = rune(r.Separator)
	order := s.head(header)
	if len(s.problems) > 0 {
		return
	}
	s.rows(r, order)
	if len(s.problems) == 0 && len(s.Rows) == 0 {
		s.complain(header.Line, 0, "no agents after the header")
	}
}

// head returns the order of the columns.
func (s *Sheet) head(header *table.Row) (order []int) {
	for i, word := range header.Fields {
		line, column := header.Place(i)
		n := columnOf(word)
		switch {
		case n >= 0 && s.has[n]:
			s.complain(line, column, "duplicate column %q", strings.TrimSpace(word))
		case n >= 0:
			s.has[n] = true
		case strings.TrimSpace(word) != "":
			s.complain(line, column,
				"unknown column %q; the columns are login, name, extensions, teams, rights, password",
				strings.TrimSpace(word))
		}
		order = append(order, n)
	}
	for _, n := range []int{columnLogin, columnExtensions} {
		if !s.has[n] && len(s.problems) == 0 {
			s.complain(header.Line, 1, "no column %s", words[n][0])
		}
	}
	return order
}

func columnOf(word string) int {
	word = strings.ToLower(strings.TrimSpace(word))
	return slices.IndexFunc(words[:], func(names []string) bool { return slices.Contains(names, word) })
}

// rows reads the rows after the header.
func (s *Sheet) rows(r *table.Reader, order []int) {
	for {
		record, err := r.Next()
		var bad *table.RowError
		switch {
		case errors.Is(err, io.EOF):
			return
		case errors.As(err, &bad):
			s.complain(bad.Line, bad.Column, "%s", bad.Reason)
			continue
		case err != nil:
			s.complain(0, 0, "%v", err)
			return
		case record.Empty():
			continue
		}
		row := Row{line: record.Line}
		for i, field := range record.Fields {
			line, column := record.Place(i)
			if i >= len(order) || order[i] < 0 {
				if strings.TrimSpace(field) != "" {
					s.complain(line, column,
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
