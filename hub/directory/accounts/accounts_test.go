package accounts

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"traybell/hub/directory"
	"traybell/hub/directory/directorytest"
	"traybell/hub/helpdesk"
	"traybell/shared/protocol"
)

// list is a help desk with pages of a size.
type list struct {
	rows     []helpdesk.CustomerRow // the one changed last first
	size     int
	byChange bool
	stuck    bool // every page is the first one, and there are more
	away     bool
	asked    int // pages
}

func (l *list) Customers(ctx context.Context, page int) (helpdesk.CustomersPage, error) {
	l.asked++
	if l.away || ctx.Err() != nil {
		return helpdesk.CustomersPage{}, &helpdesk.Error{Reason: "The help desk cannot be reached.", Retry: true}
	}
	if l.stuck {
		page = 0
	}
	from := min(page*l.size, len(l.rows))
	to := min(from+l.size, len(l.rows))
	return helpdesk.CustomersPage{
		Rows: l.rows[from:to], More: l.stuck || to < len(l.rows), Total: len(l.rows), ByChange: l.byChange,
	}, nil
}

// change adds or changes a row.
func (l *list) change(key, version, phone string) {
	l.remove(key)
	l.rows = append([]helpdesk.CustomerRow{{
		Key: key, Version: version, Who: protocol.Customer{Login: key, Phone: phone},
	}}, l.rows...)
}

func (l *list) remove(key string) {
	for i, row := range l.rows {
		if row.Key == key {
			l.rows = append(l.rows[:i:i], l.rows[i+1:]...)
			return
		}
	}
}

func TestStory(t *testing.T) {
	l := &list{size: 2, byChange: true}
	version := 0
	directorytest.Story(t, directorytest.Fixture{
		Source: New("desk", l), Away: "cannot be reached",
		Write: func(_ *testing.T, customers []protocol.Customer) {
			l.rows = nil
			for i, c := range customers {
				version++
				row := helpdesk.CustomerRow{Key: strconv.Itoa(i), Version: strconv.Itoa(version), Who: c}
				l.rows = append(l.rows, row)
			}
		},
		Stop:  func(*testing.T) { l.away = true },
		Start: func(*testing.T) { l.away = false },
	})
}

func read(t *testing.T, s *Source) (customers map[string]string, err error) {
	t.Helper()
	customers = map[string]string{}
	err = s.Read(t.Context(), func(c protocol.Customer) { customers[c.Login] = c.Phone }, func(directory.Problem) {})
	return customers, err
}

func TestReadsOnlyPagesWithChanges(t *testing.T) {
	l := &list{size: 10, byChange: true}
	for i := range 1000 {
		l.change(fmt.Sprint("user", i), "1", "1")
	}
	s := New("desk", l)
	for _, step := range []struct {
		what   string
		change func()
		asked  int
		want   map[string]string
		rows   int
	}{
		{"the first read", func() {}, 100, nil, 1000},
		{"no change", func() {}, 1, nil, 1000},
		{"one change", func() { l.change("user500", "2", "22") }, 2, map[string]string{"user500": "22"}, 1000},
		{"15 new ones", func() {
			for i := range 15 {
				l.change(fmt.Sprint("new", i), "3", "3")
			}
		}, 3, map[string]string{"new7": "3", "user500": "22"}, 1015},
		{"one is gone", func() { l.remove("user3") }, 1 + 102, map[string]string{"user3": ""}, 1014},
		{"a list in another order is read whole", func() { l.byChange = false }, 102, nil, 1014},
	} {
		step.change()
		l.asked = 0
		got, err := read(t, s)
		if err != nil || len(got) != step.rows || l.asked != step.asked {
			t.Errorf("%s: %d rows, %d pages, %v; want %d, %d", step.what, len(got), l.asked, err, step.rows, step.asked)
		}
		for login, phone := range step.want {
			if got[login] != phone {
				t.Errorf("%s: %s has %q, want %q", step.what, login, got[login], phone)
			}
		}
	}
}

func TestAgentsAreLeftOut(t *testing.T) {
	l := &list{size: 10}
	l.change("ivanov", "1", "1")
	l.rows = append(l.rows, helpdesk.CustomerRow{Key: "root", Version: "1"})
	if got, err := read(t, New("desk", l)); err != nil || len(got) != 1 {
		t.Errorf("%v, %v", got, err)
	}
}

func TestAHelpDeskWithoutALastPage(t *testing.T) {
	l := &list{size: 10, stuck: true}
	for i := range 30 {
		l.change(fmt.Sprint(i), "1", "1")
	}
	if _, err := read(t, New("desk", l)); err == nil || !strings.Contains(err.Error(), "page 2") || l.asked > 5 {
		t.Errorf("%v after %d pages", err, l.asked)
	}
}
