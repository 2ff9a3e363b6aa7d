// Package contact makes customers of the rows and entries of a source. It knows the columns of
// OTRS, of hand-made lists and of the exports of address books: Google Contacts, Outlook,
// Thunderbird, FreePBX's Contact Manager, Bitrix24 and 1C.
package contact

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"traybell/shared/protocol"
)

// maxUnknown limits the unknown columns in an error text.
const maxUnknown = 10

// googleSeparator joins the values of a field in the exports of Google.
const googleSeparator = " ::: "

// Head has the meaning of each field of a row.
type Head struct{ columns []Heading }

// NewHead returns the meaning of a header line.
func NewHead(words []string) Head {
	h := Head{make([]Heading, len(words))}
	for i, word := range words {
		h.columns[i] = Of(word)
	}
	h.settle()
	return h
}

// Columns returns a head with these columns.
func Columns(columns ...Column) Head {
	h := Head{make([]Heading, len(columns))}
	for i, c := range columns {
		h.columns[i].Column = c
	}
	return h
}

// settle decides on names that depend on the other columns.
func (h Head) settle() {
	change := func(from, to Column) {
		for i := range h.columns {
			if h.columns[i].Column == from {
				h.columns[i].Column = to
			}
		}
	}
	if h.Has(Last) && !h.Has(First) { // "имя" and "фамилия"
		change(Name, First)
	}
	if h.Has(Title) {
		if h.Has(Name, First, Last) && !h.Has(Company) {
			change(Title, Company)
		} else if !h.Has(Name, First, Last) {
			change(Title, Name)
		}
	}
}

// Fields returns the number of fields.
func (h Head) Fields() int { return len(h.columns) }

// Score returns how many columns are known: the header line of a file and its separator have the
// most.
func (h Head) Score() (known int) {
	for _, c := range h.columns {
		if c.Column != Other && c.Column != Unused {
			known++
		}
	}
	return known
}

// Has reports whether any of these columns exists.
func (h Head) Has(any ...Column) bool {
	return slices.ContainsFunc(h.columns, func(c Heading) bool { return slices.Contains(any, c.Column) })
}

// Check returns a problem for the columns that are not used. The error, which the caller puts after
// its subject, says why no customer can be made.
func (h Head) Check(words []string) (problems []string, err error) {
	switch {
	case !h.Has(Login, Name, Title, First, Middle, Last, Email, Company):
		return nil, errors.New("names no column that identifies the customer; add login, name, email or company")
	case !h.Has(Phone, Mobile, Fax, Home):
		return nil, errors.New("names no column with numbers; add phone, mobile, home phone or fax")
	}
	var unknown []string
	for i, c := range h.columns {
		word := strings.TrimSpace(words[i])
		switch {
		case c.Column == Other && word != "":
			unknown = append(unknown, fmt.Sprintf("%.40q", word))
		case c.Column == Login && slices.Contains(h.columns[:i], c):
			problems = append(problems, fmt.Sprintf("column %q repeats an earlier column and is not used", word))
			h.columns[i].Column = Other
		}
	}
	if len(unknown) > 0 {
		more := ""
		if len(unknown) > maxUnknown {
			more = fmt.Sprintf(" and %d more", len(unknown)-maxUnknown)
			unknown = unknown[:maxUnknown]
		}
		problems = append(problems,
			"unknown columns are not used: "+strings.Join(unknown, ", ")+more+"; known are "+Known)
	}
	return problems, nil
}

// Customer returns the customer of a row that has a field for each column, or the reason why it is
// none. Several columns of the same kind of number are joined; of other columns the first that is
// not empty counts.
func (h Head) Customer(record []string) (c protocol.Customer, reason string) {
	var title, first, middle, last, zip, country string
	texts := map[Column]*string{
		Login: &c.Login, Name: &c.Name, Title: &title, First: &first, Middle: &middle, Last: &last, Email: &c.Email,
		Company: &c.Company, Location: &c.Location, Street: &c.Street, Zip: &zip, City: &c.City, Country: &country,
		Office: &c.Office,
	}
	for i, field := range record {
		if field = strings.TrimSpace(field); field == "" {
			continue
		}
		what := h.columns[i]
		switch what.Column {
		case Phone, Mobile, Fax, Home:
			for number := range strings.SplitSeq(field, googleSeparator) {
				AddNumber(&c, h.kind(record, what), number+h.extension(record, i))
			}
		default:
			if text := texts[what.Column]; text != nil && *text == "" {
				*text = field
			}
		}
	}
	c.Email, _, _ = strings.Cut(c.Email, googleSeparator)
	if strings.Contains(first, last) { // a full name in the column of first names
		last = ""
	}
	if c.Name == "" {
		c.Name = Join(" ", first, middle, last)
	}
	if c.Name == "" {
		c.Name = title
	} else if c.Company == "" {
		c.Company = title
	}
	return Complete(c, zip, country)
}

// kind returns the kind of a number, which its label may change: a phone may be a mobile.
func (h Head) kind(record []string, number Heading) Column {
	if number.Index == 0 || number.Column != Phone {
		return number.Column
	}
	for i, field := range record {
		if h.columns[i] == (Heading{Label, number.Index}) {
			if kind := labelled(field); kind != Other {
				return kind
			}
		}
	}
	return number.Column
}

// extension returns the extension that a row has in a column after a number.
func (h Head) extension(record []string, number int) string {
	for i := number + 1; i < len(record); i++ {
		if h.columns[i] == (Heading{Extension, h.columns[number].Index}) {
			if field := strings.TrimSpace(record[i]); field != "" {
				return " ext. " + field
			}
		}
	}
	return ""
}

// maxNumbers limits a field with several numbers, in bytes. A longer customer is not used.
const maxNumbers = 64 << 10

// AddNumber adds a number to the fields of its kind; Unused adds nothing.
func AddNumber(c *protocol.Customer, kind Column, number string) {
	field := map[Column]*string{Phone: &c.Phone, Mobile: &c.Mobile, Fax: &c.Fax, Home: &c.HomePhone}[kind]
	if number = strings.TrimSpace(number); field == nil || number == "" ||
		len(*field) > maxNumbers || strings.Contains("; "+*field+"; ", "; "+number+"; ") {
		return
	}
	*field = Join("; ", *field, number)
}

// Join joins what is not empty.
func Join(separator string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), separator)
}

// Complete sets the location of a customer by the parts of the address, and returns why it is none.
func Complete(c protocol.Customer, zip, country string) (_ protocol.Customer, reason string) {
	if c.Location == "" && (c.Street != "" || c.City != "") { // a country alone is not a place on a map
		c.Location = Join(", ", c.Street, strings.TrimSpace(zip+" "+c.City), country)
	}
	if c.Login == "" && c.Name == "" && c.Email == "" && c.Company == "" {
		return c, "login, name, email and company are empty"
	}
	return c, ""
}
