package phonebook

import (
	"context"
	"errors"
	"strings"
	"testing"

	"traybell/hub/fail"
	"traybell/hub/staff"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// customers are found by any text, as by the beginning of their names.
type customers struct {
	of       []protocol.Customer
	err      error
	prepared int
}

func (c *customers) Suggest(context.Context, string, int) ([]protocol.Customer, error) {
	return c.of, c.err
}

func (c *customers) Prepare() { c.prepared++ }

// own are the numbers of each agent.
type own []protocol.PersonalNumber

func (o own) List(_ context.Context, login string) ([]protocol.PersonalNumber, error) {
	if login == "boris" {
		return nil, errors.New("a broken disk")
	}
	return o, nil
}

func finder(t *testing.T, c *customers) *Finder {
	t.Helper()
	numbers, err := phone.NewReader("RU", nil)
	if err != nil {
		t.Fatal(err)
	}
	team := staff.New([]staff.Agent{
		{Login: "anna", Name: "Анна Петрова", Extensions: []string{"101"}},
		{Login: "boris", Name: "Борис Семёнов", Extensions: []string{"102", "202"}, Teams: []string{"support"}},
		{Login: "pavel", Name: "Pavel", Extensions: []string{"103"}, Teams: []string{"sales", "night"}},
	})
	return &Finder{
		Customers: c, Staff: func() *staff.Staff { return team }, Numbers: func() *phone.Reader { return numbers },
		Book: func() *Book {
			return NewBook([]Entry{
				{"Курьер", "8 (495) 777-00-99", "до 18:00"}, {"Voice mail", "*98", "internal"},
			}, numbers)
		},
		Personal: own{
			{Number: "+74957770011", Name: "Зубной врач"},
			{Number: "*21", Name: "Курилка"},
			{Number: "+74957772222", Name: "Hidden man"},
		},
		Hidden: hidesOwn{"+74957772222"},
		Lines:  func(a staff.Agent) []string { return []string{"line of " + a.Login} },
	}
}

func TestWhatIsFound(t *testing.T) {
	maria := protocol.Customer{
		Login: "maria", Name: "Maria Ivanova", Company: "Acme", Phone: "8 495 123-45-67, доб. 12",
		Mobile:    "89161234567",
		HomePhone: "84951234567", Fax: "84950000000",
	}
	for _, c := range []struct {
		name, text string
		customers  []protocol.Customer
		want       string
	}{
		{"a colleague by the beginning of a name", "сем", nil, "colleague Борис Семёнов support 102"},
		{"without ё", "семенов бор", nil, "colleague Борис Семёнов support 102"},
		{"by login", "bor", nil, "colleague Борис Семёнов support 102"},
		{"each extension by its digits", "20", nil, "colleague Борис Семёнов support 202"},
		{"all by common digits", "10", nil, "colleague Борис Семёнов support 102|colleague Pavel sales, night 103"},
		{
			"the agent's own before the company's, by a word", "кур", nil,
			"personal Курилка  *21|book Курьер до 18:00 8 (495) 777-00-99",
		},
		{"own numbers by two words", "врач зуб", nil, "personal Зубной врач  +74957770011"},
		{"own numbers by the last digits", "0011", nil, "personal Зубной врач  +74957770011"},
		{"a hidden one by the name", "hid", nil, "personal Hidden man  +74957772222"},
		{"not by digits", "2222", nil, ""},
		{
			"by the first digits", "+7495777", nil,
			"personal Зубной врач  +74957770011|book Курьер до 18:00 8 (495) 777-00-99",
		},
		{"by its last digits", "0099", nil, "book Курьер до 18:00 8 (495) 777-00-99"},
		{"by the description, and a code", "mail inter", nil, "book Voice mail internal *98"},
		{"not oneself", "анна", nil, ""},
		{
			"a customer's numbers, each once, and no fax", "mar",
			[]protocol.Customer{maria},
			"customer Maria Ivanova Acme +74951234567|customer Maria Ivanova Acme +79161234567",
		},
		{
			"the typed number first", "8916123",
			[]protocol.Customer{maria},
			"customer Maria Ivanova Acme +79161234567|customer Maria Ivanova Acme +74951234567",
		},
		{
			"colleagues first", "p",
			[]protocol.Customer{{Login: "petr", Phone: "84951234568"}},
			"colleague Pavel sales, night 103|customer petr  +74951234568",
		},
		{"a customer without a number", "x", []protocol.Customer{{Login: "x", Fax: "84951234568"}}, ""},
		{"signs only", " - ", nil, ""},
	} {
		found, err := finder(t, &customers{of: c.customers}).Find(t.Context(), staff.Agent{Login: "anna"},
			protocol.FindNumbers{Text: c.text})
		var got []string
		for _, n := range found.Numbers {
			got = append(got, strings.Join([]string{string(n.Kind), n.Name, n.About, n.Number}, " "))
			if n.Display == "" {
				t.Errorf("%s: nothing to show for %s", c.name, n.Number)
			}
		}
		if err != nil || strings.Join(got, "|") != c.want {
			t.Errorf("%s: %q, want %q, %v", c.name, strings.Join(got, "|"), c.want, err)
		}
		if len(found.Lines) != 1 || found.Lines[0] != "line of anna" {
			t.Errorf("%s: lines %q", c.name, found.Lines)
		}
	}
}

// The window opens with an empty text: it has the agent's own numbers, and the index is made then, not
// when the first letter is typed.
func TestAnEmptyTextPrepares(t *testing.T) {
	c := &customers{of: []protocol.Customer{{Login: "x", Phone: "84951234567"}}}
	found, err := finder(t, c).Find(t.Context(), staff.Agent{}, protocol.FindNumbers{Text: "  "})
	if err != nil || len(found.Numbers) != 3 || found.Numbers[0].Kind != protocol.NumberPersonal || c.prepared != 1 {
		t.Errorf("%+v, %v, prepared %d times", found, err, c.prepared)
	}
}

func TestBounds(t *testing.T) {
	var many []protocol.Customer
	for range 50 {
		many = append(many, protocol.Customer{Login: "x", Phone: "84951234567", Mobile: "89161234567"})
	}
	f := finder(t, &customers{of: many})
	for _, c := range []struct{ limit, want int }{{0, protocol.MostFound}, {3, 3}, {protocol.MostFound, 20}} {
		found, err := f.Find(t.Context(), staff.Agent{}, protocol.FindNumbers{
			Text: strings.Repeat("я", 100_000), Limit: c.limit,
		})
		if err != nil || len(found.Numbers) != c.want {
			t.Errorf("%d numbers for the limit %d, %v", len(found.Numbers), c.limit, err)
		}
	}
	f = finder(t, &customers{err: context.Canceled})
	_, err := f.Find(t.Context(), staff.Agent{}, protocol.FindNumbers{Text: "x"})
	if failed := new(fail.Error); !errors.As(err, &failed) || failed.Problem != protocol.HubBusy {
		t.Errorf("a hub that stops: %v", err)
	}
	if _, err := f.Find(t.Context(), staff.Agent{Login: "boris"}, protocol.FindNumbers{Text: "x"}); err == nil {
		t.Error("numbers that cannot be read are left out")
	}
}

// hiding hides a number in texts, and all customers.
type hiding string

func (hiding) Customer(protocol.Customer) bool { return true }
func (h hiding) Number(text string) bool       { return text == string(h) }
func (h hiding) Text(text string) string       { return strings.ReplaceAll(text, string(h), "") }

// hidesOwn hides no customers.
type hidesOwn struct{ hiding }

func (hidesOwn) Customer(protocol.Customer) bool { return false }

// Digits that the login has do not find a customer whose number is hidden.
func TestHiddenCustomers(t *testing.T) {
	f := finder(t, &customers{of: []protocol.Customer{{
		Login: "79161234567", Email: "79161234567@example.com", Name: "Maria", Company: "7916", Phone: "89161234567",
	}}})
	f.Hidden = hiding("79161234567")
	for text, want := range map[string]int{"7916": 1, "79161": 0, "8916": 0, "mar": 1} {
		found, err := f.Find(t.Context(), staff.Agent{Login: "anna"}, protocol.FindNumbers{Text: text})
		if err != nil || len(found.Numbers) != want {
			t.Errorf("%q finds %+v, %v", text, found.Numbers, err)
		}
	}
}
