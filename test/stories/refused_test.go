package stories

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"traybell/desktop/client"
	"traybell/desktop/model"
	"traybell/hub/ami/amitest"
	"traybell/hub/app"
	"traybell/hub/config"
	"traybell/shared/protocol"
)

// strict is a help desk that requires a queue and records the customers of its tickets.
type strict struct {
	mu        sync.Mutex
	customers []string
}

func (s *strict) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var in struct {
		Ticket struct{ Queue, CustomerUser string }
	}
	_ = json.Unmarshal(body, &in)
	answer := map[string]any{}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch _, route, _ := strings.Cut(r.URL.Path, "/Traybell/"); {
	case route == "Session":
		answer["SessionID"] = "s1"
	case route == "Ticket" && in.Ticket.Queue == "":
		answer["Error"] = map[string]string{
			"ErrorCode":    "TicketCreate.MissingParameter",
			"ErrorMessage": "TicketCreate: Ticket->QueueID or Ticket->Queue parameter is required!",
		}
	case route == "Ticket":
		s.customers = append(s.customers, in.Ticket.CustomerUser)
		answer["TicketID"], answer["TicketNumber"] = fmt.Sprint(len(s.customers)), fmt.Sprint("202611220000",
			len(s.customers))
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer)
}

// A refused press can be repeated on the same card, also after the hang-up. Once hub.yml is fixed
// and reloaded, it makes the ticket of the customer that the agent chose.
func TestRefusedPressIsRepeated(t *testing.T) {
	dir := t.TempDir()
	put := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name+".new"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(filepath.Join(dir, name+".new"), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	pbx, err := amitest.New(amitest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pbx.Close() })
	office := &strict{}
	web := httptest.NewServer(office)
	t.Cleanup(web.Close)
	put("customers.csv", "login;name;phone\nolga;Olga;+7 495 765-43-21\npetr;Petr;+7 495 765-43-21\n")
	yaml := fmt.Sprintf(`
listen: 127.0.0.1:0
data_dir: .
region: RU
pbx: [{id: main, address: "%s", username: %s, password: "%s"}]
agents: [{login: anna, extensions: ["101"], password: "%s", rights: [ticket]}]
help_desk: {type: znuny, url: "%s/znuny", username: traybell, password: secret, unknown_customer: unknown}
directories: [{name: customers, type: csv, path: customers.csv}]
`, pbx.Addr(), amitest.Username, amitest.Secret, hash(t, "anna's"), web.URL)
	put("hub.yml", yaml)
	cfg, err := config.Load(filepath.Join(dir, "hub.yml"))
	if err != nil {
		t.Fatal(err)
	}
	hub, err := app.New(t.Context(), app.Options{
		Config: cfg, Version: "test", Log: slog.New(slog.DiscardHandler), File: filepath.Join(dir, "hub.yml"),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := hub.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = hub.Stop() })
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, err := pbx.WaitAction(ctx, "Status", 1); err != nil {
		t.Fatal(err)
	}

	d := connect(t, configFor(hub.Addr(), hub.Fingerprint(), "101", "anna's"))
	d.works()
	terminal, received := model.New(), 0
	sees := func(what string, like func(model.Card) bool) (card model.Card) {
		t.Helper()
		d.await(what, func() bool {
			for ; received < len(d.received); received++ {
				event, err := model.Decode(d.received[received])
				if err != nil {
					t.Error(err)
				}
				terminal.Apply(event, time.Now())
			}
			for _, card = range terminal.Cards() {
				if like(card) {
					return true
				}
			}
			return false
		})
		return card
	}
	actions := map[string]bool{}
	press := func(call string) {
		t.Helper()
		m, ok := terminal.Press(call, "olga", client.NewID(), time.Now())
		if !ok {
			t.Fatal("the card cannot be pressed")
		}
		actions[m.ID] = true
		var denied *client.Denied
		if _, err := d.client.Do(ctx, m); err != nil && !errors.As(err, &denied) {
			t.Fatal(err)
		}
	}
	refused := func(c model.Card) bool {
		return c.Press.State == model.Failed && c.Press.Retry && strings.Contains(c.Press.Reason, "help desk") &&
			!strings.Contains(c.Press.Reason, "queue")
	}

	call := pbx.Incoming(amitest.Incoming{Number: "84957654321", DID: "74950000001"})
	call.Ring("101")
	ringing := sees("two customers", func(c model.Card) bool { return len(c.Call.Caller.Customers) == 2 })
	press(ringing.ID)
	sees("the refusal while it rings", refused)
	call.Answer("101")
	sees("the talk", func(c model.Card) bool { return c.Call.State == protocol.Answered })
	press(ringing.ID)
	sees("the refusal", refused)
	call.Hangup()
	sees("the end, and what can be pressed", func(c model.Card) bool {
		return c.Call.State == protocol.Ended && c.Stay > 0 && refused(c)
	})

	put("hub.yml", yaml+"ticket_templates: {default: {queue: Raw, title: Call}}\n")
	if cfg, err = config.Load(filepath.Join(dir, "hub.yml")); err != nil {
		t.Fatal(err)
	}
	if _, err := hub.Reload(cfg); err != nil {
		t.Fatal(err)
	}
	press(ringing.ID)
	sees("the ticket", func(c model.Card) bool {
		return c.Press.State == model.Made && c.Press.Ticket.Number == "2026112200001"
	})
	office.mu.Lock()
	defer office.mu.Unlock()
	if len(actions) != 1 || !slices.Equal(office.customers, []string{"olga"}) {
		t.Errorf("%d actions, tickets of %q", len(actions), office.customers)
	}
}
