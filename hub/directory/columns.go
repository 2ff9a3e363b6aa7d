package directory

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"traybell/shared/protocol"
)

// column is the meaning of a column or an LDAP attribute.
type column int

const (
	otherColumn column = iota
	loginColumn
	nameColumn
	firstColumn
	lastColumn
	emailColumn
	companyColumn
	phoneColumn
	mobileColumn
	faxColumn
	homeColumn
	locationColumn
	streetColumn
	zipColumn
	cityColumn
	countryColumn
	officeColumn
)

const knownColumns = "login, name, first name, last name, email, company, phone, mobile, home phone, fax, location, " +
	"street, zip, city, country, office"

// columnNames returns the names of columns, as plainWord returns them and without the prefix "User"
// of OTRS.
func columnNames() map[string]column {
	return map[string]column{
		"login": loginColumn, "customerlogin": loginColumn, "username": loginColumn, "логин": loginColumn,
		"name": nameColumn, "fullname": nameColumn, "displayname": nameColumn, "имя": nameColumn, "фио": nameColumn,
		"firstname": firstColumn, "givenname": firstColumn, "lastname": lastColumn, "surname": lastColumn,
		"фамилия": lastColumn,
		"email":   emailColumn, "mail": emailColumn, "почта": emailColumn,
		"company": companyColumn, "organization": companyColumn, "organisation": companyColumn,
		"компания": companyColumn, "организация": companyColumn,
		"phone": phoneColumn, "telephone": phoneColumn, "phonenumber": phoneColumn, "телефон": phoneColumn,
		"mobile": mobileColumn, "mobilephone": mobileColumn, "cell": mobileColumn, "мобильный": mobileColumn,
		"fax": faxColumn, "факс": faxColumn,
		"homephone": homeColumn, "домашнийтелефон": homeColumn,
		"location": locationColumn, "address": locationColumn, "адрес": locationColumn,
		"street": streetColumn, "улица": streetColumn, "zip": zipColumn, "postalcode": zipColumn, "индекс": zipColumn,
		"city": cityColumn, "town": cityColumn, "город": cityColumn, "country": countryColumn, "страна": countryColumn,
		"office": officeColumn, "room": officeColumn, "кабинет": officeColumn,
	}
}

// columnOf returns the meaning of a name such as "E-Mail", "home_phone" or "UserPhone".
func columnOf(names map[string]column, word string) column {
	word = plainWord(word)
	if what, ok := names[word]; ok {
		return what
	}
	return names[strings.TrimPrefix(word, "user")]
}

func plainWord(word string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsSpace(c) || c == '_' || c == '-' || c == '.' {
			return -1
		}
		return unicode.ToLower(c)
	}, word)
}

// head has the meaning of each field of a row.
type head struct{ columns []column }

func newHead(words []string) head {
	names := columnNames()
	h := head{make([]column, len(words))}
	for i, word := range words {
		h.columns[i] = columnOf(names, word)
	}
	return h
}

func (h head) known() int {
	return len(h.columns) - len(slices.DeleteFunc(slices.Clone(h.columns), func(c column) bool {
		return c != otherColumn
	}))
}

// check removes columns that cannot be used and returns a problem for each. The caller puts the
// subject before the error, which starts with a verb.
func (h head) check(words []string) (problems []string, err error) {
	switch {
	case !h.has(loginColumn, nameColumn, firstColumn, lastColumn, emailColumn, companyColumn):
		return nil, errors.New("names no column that identifies the customer; add login, name, email or company")
	case !h.has(phoneColumn, mobileColumn, faxColumn, homeColumn):
		return nil, errors.New("names no column with numbers; add phone, mobile, home phone or fax")
	}
	var unknown []string
	for i, what := range h.columns {
		word := strings.TrimSpace(words[i])
		switch {
		case what == otherColumn && word != "":
			unknown = append(unknown, fmt.Sprintf("%q", word))
		case what != otherColumn && slices.Contains(h.columns[:i], what):
			problems = append(problems,
				fmt.Sprintf("column %q repeats an earlier column and is not used", word))
			h.columns[i] = otherColumn
		}
	}
	if len(unknown) > 0 {
		problems = append(problems,
			"unknown columns are not used: "+strings.Join(unknown, ", ")+"; known are "+knownColumns)
	}
	return problems, nil
}

func (h head) has(any ...column) bool {
	return slices.ContainsFunc(h.columns, func(c column) bool { return slices.Contains(any, c) })
}

// customer returns the customer of a row that has a field for each column, or the reason why it is
// none.
func (h head) customer(record []string) (c protocol.Customer, reason string) {
	var first, last, zip, country string
	for i, field := range record {
		field = strings.TrimSpace(field)
		switch h.columns[i] {
		case loginColumn:
			c.Login = field
		case nameColumn:
			c.Name = field
		case firstColumn:
			first = field
		case lastColumn:
			last = field
		case emailColumn:
			c.Email = field
		case companyColumn:
			c.Company = field
		case phoneColumn:
			c.Phone = field
		case mobileColumn:
			c.Mobile = field
		case faxColumn:
			c.Fax = field
		case homeColumn:
			c.HomePhone = field
		case locationColumn:
			c.Location = field
		case streetColumn:
			c.Street = field
		case zipColumn:
			zip = field
		case cityColumn:
			c.City = field
		case countryColumn:
			country = field
		case officeColumn:
			c.Office = field
		}
	}
	switch {
	case c.Name == "":
		c.Name = strings.TrimSpace(first + " " + last)
	case last != "" && first == "" && !strings.Contains(c.Name, last): // columns "имя" and "фамилия"
		c.Name += " " + last
	}
	if c.Location == "" && (c.Street != "" || c.City != "") { // a country alone is not a place on a map
		parts := []string{c.Street, strings.TrimSpace(zip + " " + c.City), country}
		c.Location = strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ", ")
	}
	if c.Login == "" && c.Name == "" && c.Email == "" && c.Company == "" {
		return c, "login, name, email and company are empty"
	}
	return c, ""
}
