package helpdesk_test

import (
	"log/slog"
	"path/filepath"
	"testing"

	"traybell/hub/helpdesk"
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

func TestBuiltin(t *testing.T) {
	conformance(t, func(t *testing.T) underTest {
		s := openStore(t)
		return underTest{
			helpdesk.NewBuiltin(s, "https://pbx.example.com:11010/", slog.New(slog.DiscardHandler)),
			func(t *testing.T, ticket helpdesk.Ticket) (title, body, customer string) {
				l, ok, err := s.ListedByNumber(t.Context(), ticket.Number)
				if err != nil || !ok {
					t.Fatal(ok, err)
				}
				return l.Title, l.Body, l.CustomerLogin
			},
		}
	})
}

func TestBuiltinMakesOneTicketOfACall(t *testing.T) {
	b := helpdesk.NewBuiltin(openStore(t), "https://pbx.example.com:11010/", slog.New(slog.DiscardHandler))
	d := newDraft("1.0")
	first, err := b.Create(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	if want := "https://pbx.example.com:11010/tickets/" + first.Number; first.URL != want {
		t.Errorf("its page is %s, want %s", first.URL, want)
	}
	d.Agent, d.Title = staff.Agent{Login: "boris"}, "again"
	if second, err := b.Create(t.Context(), d); err != nil || second != first {
		t.Errorf("the second time %+v, %v; want %+v", second, err, first)
	}
	if _, err := b.Create(t.Context(), helpdesk.Draft{Title: "of no call"}); err == nil {
		t.Error("a ticket of no call was made")
	}
}

func TestBuiltinSaysThatItsListIsGone(t *testing.T) {
	s := openStore(t)
	b := helpdesk.NewBuiltin(s, "https://pbx.example.com", slog.New(slog.DiscardHandler))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := b.Create(t.Context(), newDraft("1.0"))
	wantError(t, err, true, false, "could not write its ticket list")
	_, _, err = b.Find(t.Context(), "1.0")
	wantError(t, err, true, false, "could not read its ticket list")
}
