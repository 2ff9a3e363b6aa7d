package builtin_test

import (
	"log/slog"
	"path/filepath"
	"testing"

	"traybell/hub/helpdesk"
	"traybell/hub/helpdesk/builtin"
	"traybell/hub/helpdesk/helpdesktest"
	"traybell/hub/staff"
	"traybell/hub/store"
)

func openStore(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "traybell.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func newDesk(s *store.Store) *builtin.HelpDesk {
	return builtin.New(builtin.Options{
		List: s, PublicURL: "https://pbx.example.com:11010/", Log: slog.New(slog.DiscardHandler),
	})
}

func TestBuiltin(t *testing.T) {
	helpdesktest.Run(t, func(t *testing.T) helpdesktest.Desk {
		s := openStore(t)
		return helpdesktest.Desk{
			Adapter: newDesk(s), Name: "built-in list", Real: true,
			Closed: "closed", Cannot: helpdesktest.Limits{Account: true, Form: true, Check: true, Customers: true},
			Read: func(t *testing.T, ticket helpdesk.Ticket) (title, body, customer string) {
				l, ok, err := s.ListedByNumber(t.Context(), ticket.Number)
				if err != nil || !ok {
					t.Fatal(ok, err)
				}
				return l.Title, l.Body, l.CustomerLogin
			},
			AgentOf: func(t *testing.T, ticket helpdesk.Ticket) string {
				l, _, err := s.ListedByNumber(t.Context(), ticket.Number)
				if err != nil {
					t.Fatal(err)
				}
				return l.Agent
			},
		}
	})
}

func TestCreateTwice(t *testing.T) {
	h := newDesk(openStore(t))
	d := helpdesktest.NewDraft("1.0")
	first, err := h.Create(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	if want := "https://pbx.example.com:11010/tickets/" + first.Number; first.URL != want {
		t.Errorf("URL = %s, want %s", first.URL, want)
	}
	d.Agent, d.Title = staff.Agent{Login: "boris"}, "again"
	if second, err := h.Create(t.Context(), d); err != nil || second != first {
		t.Errorf("second ticket = %+v, %v; want %+v", second, err, first)
	}
	_, err = h.Create(t.Context(), helpdesk.Draft{Title: "no call"})
	helpdesktest.WantError(t, err, false, false, "needs a call")
}

func TestAppendTwice(t *testing.T) {
	s := openStore(t)
	h := newDesk(s)
	ticket, err := h.Create(t.Context(), helpdesktest.NewDraft("1.0"))
	if err != nil {
		t.Fatal(err)
	}
	n := helpdesk.Note{Ticket: ticket, Key: "main:1.0", Subject: "Call", Body: "again"}
	for range 2 {
		if err := h.Append(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
	l, _, err := s.ListedByNumber(t.Context(), ticket.Number)
	if err != nil || len(l.Events) != 1 || l.Events[0].Text != "Call\nagain" {
		t.Errorf("events = %+v, %v", l.Events, err)
	}
	n.Key, n.Internal, n.Agent.Name = "main:1.0 note 1", true, "Anna Petrova"
	if err := h.Append(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	l, _, err = s.ListedByNumber(t.Context(), ticket.Number)
	if err != nil || len(l.Events) != 2 || l.Events[1].Text != "again" || l.Events[1].By != "Anna Petrova" {
		t.Errorf("events = %+v, %v", l.Events, err)
	}
}

func TestClosedStore(t *testing.T) {
	s := openStore(t)
	h := newDesk(s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := h.Create(t.Context(), helpdesktest.NewDraft("1.0"))
	helpdesktest.WantError(t, err, true, false, "could not write the ticket")
	_, _, err = h.Find(t.Context(), "1.0")
	helpdesktest.WantError(t, err, true, false, "could not read its tickets")
}
