// Package phonebook finds the numbers that agents dial, by names and by what is typed of them: those
// of colleagues, of the agent, of the company's book and of customers. It owns no state; any
// goroutine may use a Finder.
package phonebook

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode"

	"traybell/hub/fail"
	"traybell/hub/staff"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// Customers are found by the beginnings of their names, or by those and the ends of their numbers.
// The answer comes from memory.
type Customers interface {
	Suggest(ctx context.Context, text string, limit int) ([]protocol.Customer, error)
	// Prepare makes the first Suggest as fast as the others, and waits for it.
	Prepare()
}

// Personal has the numbers that agents save for themselves.
type Personal interface {
	// List returns the numbers of an agent, by name.
	List(ctx context.Context, login string) ([]protocol.PersonalNumber, error)
}

// Entry is a number of the company's book.
type Entry struct{ Name, Number, About string }

// Book is the company's numbers, which are read once: that takes longer than to compare them.
type Book struct{ entries []entry }

type entry struct {
	words  []string
	digits string // of the key
	found  protocol.FoundNumber
}

// NewBook returns the book of a list.
func NewBook(list []Entry, numbers *phone.Reader) *Book {
	b := &Book{make([]entry, len(list))}
	for i, e := range list {
		n := numbers.Plain().Read(e.Number)
		b.entries[i] = entry{words(e.Name + " " + e.About), digits(n.Key()), protocol.FoundNumber{
			Kind: protocol.NumberBook, Name: e.Name, About: e.About, Number: e.Number,
			Display: cmp.Or(n.Display, e.Number),
		}}
	}
	return b
}

// Finder finds numbers. All fields but Hidden are needed.
type Finder struct {
	Customers Customers
	Staff     func() *staff.Staff
	Book      func() *Book
	Personal  Personal
	Numbers   func() *phone.Reader
	Lines     func(a staff.Agent) []string // the lines with which an agent may dial
	// Hidden knows the numbers that agents do not see; nil: there are none
	Hidden interface {
		// Customer reports whether a number of a customer is hidden.
		Customer(c protocol.Customer) bool
		// Text returns a text without hidden numbers.
		Text(text string) string
		// Number reports whether a number is hidden.
		Number(text string) bool
	}
}

// longest bounds what is read of a text that is looked up, in bytes.
const longest = 100

// mostOfOne limits the numbers of a customer.
const mostOfOne = 4

// Find returns the numbers for what an agent has typed: those of colleagues first, then the agent's
// own, the book's and those of customers. Errors are *fail.Error.
func (f *Finder) Find(ctx context.Context, a staff.Agent, in protocol.FindNumbers) (protocol.NumbersFound, error) {
	found := protocol.NumbersFound{Numbers: []protocol.FoundNumber{}, Lines: f.Lines(a)}
	text, limit := strings.ToValidUTF8(in.Text[:min(len(in.Text), longest)], ""), cmp.Or(in.Limit, protocol.MostFound)
	own, err := f.Personal.List(ctx, a.Login)
	if err != nil {
		return found, err
	}
	if strings.TrimSpace(text) == "" {
		f.Customers.Prepare() // the agent is about to type
		found.Numbers = f.personal(found.Numbers, own, typed{all: true})
		return f.show(found, limit), nil
	}
	t := typed{words: words(text), beginnings: f.Numbers().Beginnings(text)}
	found.Numbers = f.book(f.personal(f.colleagues(found.Numbers, a, text), own, t), t)
	if len(found.Numbers) < limit {
		customers, err := f.Customers.Suggest(ctx, text, limit)
		if err != nil {
			return found, fail.New(protocol.HubBusy, "").Because(err)
		}
		for _, c := range customers {
			if f.Hidden != nil && f.Hidden.Customer(c) {
				named := f.Hidden.Text(strings.Join([]string{c.Name, c.Company, c.Login, c.Email}, ", "))
				if !begin(words(named), words(text)) {
					continue // it was found by a number, which may be the login
				}
			}
			found.Numbers = append(found.Numbers, f.numbersOf(c, text)...)
		}
	}
	return f.show(found, limit), nil
}

// show returns no more numbers than are wanted, all with what is shown of them.
func (f *Finder) show(found protocol.NumbersFound, limit int) protocol.NumbersFound {
	found.Numbers = found.Numbers[:min(len(found.Numbers), limit)]
	for i := range found.Numbers {
		if n := &found.Numbers[i]; n.Display == "" {
			n.Display = cmp.Or(f.Numbers().Plain().Read(n.Number).Display, n.Number)
		}
	}
	return found
}

// colleagues adds the extensions of other agents with names, logins or extensions that begin as typed.
func (f *Finder) colleagues(to []protocol.FoundNumber, a staff.Agent, text string) []protocol.FoundNumber {
	typed := words(text)
	for _, other := range f.Staff().Agents() {
		if other.Login == a.Login || len(typed) == 0 {
			continue
		}
		named := begin(append(words(other.Name), words(other.Login)...), typed)
		for i, extension := range other.Extensions {
			if named && i == 0 || begin([]string{strings.ToLower(extension)}, typed) {
				to = append(to, protocol.FoundNumber{
					Kind: protocol.NumberColleague, Name: other.Name, About: strings.Join(other.Teams, ", "),
					Number: extension, Display: extension,
				})
			}
		}
	}
	return to
}

// typed is what an agent has typed.
type typed struct {
	words, beginnings []string
	all               bool // nothing: all is found
}

// name reports whether each typed word begins one of the words of a name.
func (t typed) name(words []string) bool { return t.all || len(t.words) > 0 && begin(words, t.words) }

// number reports whether a number begins or ends with the typed digits.
func (t typed) number(digits string) bool {
	return slices.ContainsFunc(t.beginnings, func(b string) bool {
		return strings.HasPrefix(digits, b) || strings.HasSuffix(digits, b)
	})
}

// personal adds the agent's own numbers. Hidden ones are not guessed digit by digit.
func (f *Finder) personal(to []protocol.FoundNumber, own []protocol.PersonalNumber, t typed) []protocol.FoundNumber {
	for _, n := range own {
		if t.name(words(n.Name)) || t.number(digits(n.Number)) && (f.Hidden == nil || !f.Hidden.Number(n.Number)) {
			to = append(to, protocol.FoundNumber{Kind: protocol.NumberPersonal, Name: n.Name, Number: n.Number})
		}
	}
	return to
}

// book adds the company's numbers, found by their names, descriptions and digits.
func (f *Finder) book(to []protocol.FoundNumber, t typed) []protocol.FoundNumber {
	for _, e := range f.Book().entries {
		if t.name(e.words) || t.number(e.digits) {
			to = append(to, e.found)
		}
	}
	return to
}

// digits returns a key without its plus.
func digits(key string) string { return strings.TrimPrefix(key, "+") }

// numbersOf returns the numbers of a customer that can be dialled, those with the typed digits first.
func (f *Finder) numbersOf(c protocol.Customer, text string) (list []protocol.FoundNumber) {
	reader, seen := f.Numbers(), map[string]bool{}
	for _, field := range []string{c.Phone, c.Mobile, c.HomePhone} {
		for _, n := range reader.Plain().Numbers(field) {
			key := n.Key()
			if key == "" || seen[key] || len(list) == mostOfOne {
				continue
			}
			seen[key] = true
			list = append(list, protocol.FoundNumber{
				Kind: protocol.NumberCustomer, Name: cmp.Or(c.Name, c.Login), About: c.Company,
				Number: key, Display: cmp.Or(reader.Plain().Read(key).Display, key),
			})
		}
	}
	if beginnings := reader.Beginnings(text); len(beginnings) > 0 {
		typed := func(n protocol.FoundNumber) int {
			digits := digits(n.Number)
			if slices.ContainsFunc(beginnings, func(b string) bool { return strings.HasPrefix(digits, b) }) ||
				strings.HasSuffix(digits, beginnings[len(beginnings)-1]) {
				return 0
			}
			return 1
		}
		slices.SortStableFunc(list, func(a, b protocol.FoundNumber) int { return typed(a) - typed(b) })
	}
	return list
}

// words are the words of a text, without case and the difference of ё and е.
func words(text string) []string {
	return strings.FieldsFunc(strings.ReplaceAll(strings.ToLower(text), "ё", "е"), func(c rune) bool {
		return !unicode.IsLetter(c) && !unicode.IsDigit(c)
	})
}

// begin reports whether each typed text begins one of the words.
func begin(words, typed []string) bool {
	return !slices.ContainsFunc(typed, func(text string) bool {
		return !slices.ContainsFunc(words, func(word string) bool { return strings.HasPrefix(word, text) })
	})
}
