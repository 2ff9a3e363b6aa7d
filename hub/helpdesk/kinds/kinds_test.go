package kinds

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"traybell/hub/config"
	"traybell/hub/config/document"
	"traybell/hub/helpdesk"
	"traybell/hub/helpdesk/builtin"
)

func TestEveryTypeHasAnAdapter(t *testing.T) {
	types := config.HelpDeskTypes()
	slices.Sort(types)
	if got := slices.Sorted(maps.Keys(kinds)); !slices.Equal(got, types) {
		t.Errorf("adapters for %q, types %q", got, types)
	}
}

func TestNew(t *testing.T) {
	hub := Hub{PublicURL: "https://pbx.example.com", Log: slog.New(slog.DiscardHandler)}
	h, err := New(config.Default().Desks()[0], hub)
	if err != nil {
		t.Fatal(err)
	}
	found, err := h.Check(t.Context(), nil)
	if err != nil || !slices.Equal(found, []string{"the hub's own tickets, at https://pbx.example.com/tickets"}) {
		t.Errorf("Check = %q, %v", found, err)
	}
	_, err = New(config.ConfiguredDesk{HelpDesk: &config.HelpDesk{Type: config.Znuny}}, hub)
	if err == nil || !strings.Contains(err.Error(), "username") {
		t.Errorf("znuny without username: %v", err)
	}
	if _, err := New(config.ConfiguredDesk{HelpDesk: &config.HelpDesk{Type: "jira"}}, hub); err == nil {
		t.Error("unknown type accepted")
	}
}

// Old tickets of the built-in list can be noted after a move to another help desk, and errors name
// the section of their help desk.
func TestSet(t *testing.T) {
	cfg := config.Default()
	cfg.HelpDesk.Type, cfg.HelpDesk.Server.URL = config.RT, "http://127.0.0.1:1/rt"
	cfg.HelpDesk.Server.Token = document.NewSecret("abc")
	it := cfg.HelpDesk
	it.Name = "it"
	cfg.HelpDesks = []config.HelpDesk{it}
	cfg.Directories = []config.Directory{{Name: "staff", Type: config.FromHelpDesk, HelpDesk: "it"}, {Name: "csv"}}
	list := list{}
	set, err := Set(cfg, Hub{List: &list, PublicURL: "https://pbx.example.com/", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	for _, old := range []helpdesk.Ticket{
		{Number: "2026112200001", URL: "https://pbx.example.com/tickets/2026112200001"},
		{Number: "2026112200001", Desk: "builtin"},
	} {
		note := helpdesk.Note{Ticket: old, Body: "text"}
		if err := set.With(old).Append(t.Context(), note); err != nil {
			t.Error(err)
		}
	}
	if len(list.notes) != 2 || set.Knows("", "staff") || !set.Knows("it", "staff") || !set.Knows("", "csv") {
		t.Errorf("%d notes, %v, %v", len(list.notes), set.Knows("", "staff"), set.Knows("it", "staff"))
	}
	cfg.HelpDesks[0].Server.Token = document.Secret{}
	if _, err = Set(cfg, Hub{Log: slog.New(slog.DiscardHandler)}); err == nil ||
		!strings.Contains(err.Error(), "help_desks[0].token: ") {
		t.Errorf("without a token: %v", err)
	}
}

// What is wrong with a help desk is a problem at its key, whichever of them it is.
func TestProblemsAreAtTheirKeys(t *testing.T) {
	const jira = `{name: %s, type: webhook, url: "https://jira.example.com%s",
    requests: {create: {path: /issue, body: '{"title": %s}', id: id}}%s}`
	desk := func(name, path, title, more string) string { return fmt.Sprintf(jira, name, path, title, more) }
	const good = "{{json .Title}}"
	for name, c := range map[string]struct{ one, other, want string }{
		"nothing": {desk("a", "", good, ""), desk("b", "/other", good, ""), ""},
		"a template": {
			desk("a", "", "{{json .Titel}}", ""), desk("b", "/other", good, ""),
			"hub.yml:3:45: help_desk.requests.create.body: there is no {{.Titel}}; did you mean `.Title`?",
		},
		"the other's": {
			desk("a", "", good, ""), desk("b", "/other", "x", ""),
			"hub.yml:5:45: help_desks[0].requests.create.body: it is not JSON",
		},
		"one address": {desk("a", "", good, ""), desk("b", "/", good, ""), ""},
		"and only one name": {
			desk(`""`, "", good, ""), desk("b", "/", good, ""),
			"hub.yml:2:19: help_desk.name: help_desks[0] has or had the address https://jira.example.com too",
		},
		"a former one": {desk(`""`, "", good, `, former_urls: ["https://old.example.com/"]`), desk("b", "/b",
			good, `, former_urls: ["HTTPS://old.example.com"]`), "help_desk.name: help_desks[0] has or had"},
	} {
		path := filepath.Join(t.TempDir(), "hub.yml")
		text := "pbx: [{id: main, address: 127.0.0.1:5038, username: a, password: b}]\nhelp_desk: " + c.one +
			"\nhelp_desks: [" + c.other + "]\n"
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		cfg, err := config.Load(path)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		problems := Check(cfg)
		if len(problems) > 1 || (len(problems) > 0) != (c.want != "") ||
			!strings.Contains(problems.Error(), c.want) {
			t.Errorf("%s: %v\nwant: %s", name, problems, c.want)
		}
	}
}

// A program that answers everything with status 200, and an error or a page inside, is no help desk
// that the hub has signed in to; errors have no words of the decoder.
func TestOtherProgramsAreNoHelpDesks(t *testing.T) {
	for name, reply := range map[string]string{
		"an error inside": `{"error": {"code": "AUTH", "message": "Invalid token"}}`,
		"a login page":    "<!DOCTYPE html><html>Login</html>",
		"no JSON":         "ok",
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, reply)
		}))
		for _, kind := range config.HelpDeskTypes() {
			if kind == config.Builtin || kind == config.WebhookDesk {
				continue
			}
			c := config.Default().HelpDesk
			c.Type, c.Server.URL, c.Server.Token = kind, server.URL, document.NewSecret("t0k3n")
			c.Server.Username, c.Server.Password = "hub@example.com", document.NewSecret("p4ss")
			c.Server.UnknownCustomer = "calls@example.com"
			h, err := New(
				config.ConfiguredDesk{HelpDesk: &c, Key: "help_desk"},
				Hub{Log: slog.New(slog.DiscardHandler)},
			)
			if err != nil {
				t.Fatal(err)
			}
			found, err := h.Check(t.Context(), nil)
			if err == nil || len(found) > 0 {
				t.Errorf("%s, %s: %q, %v", kind, name, found, err)
				continue
			}
			for _, jargon := range []string{"decode", "unmarshal", "invalid character", "Go "} {
				if strings.Contains(err.Error(), jargon) {
					t.Errorf("%s, %s: %v", kind, name, err)
				}
			}
		}
		server.Close()
	}
}

// list is a built-in list that only takes notes.
type list struct {
	builtin.List
	notes []helpdesk.ListedEvent
}

func (l *list) AppendListed(_ context.Context, _ string, note helpdesk.ListedEvent) (bool, error) {
	l.notes = append(l.notes, note)
	return true, nil
}

func TestErrorsNameTheSection(t *testing.T) {
	h := helpdesk.In(refusing{}, "help_desks[0]")
	_, err := h.Check(t.Context(), nil)
	for _, part := range []string{"correct help_desks[0].token", "correct help_desks[0].url"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%v lacks %q", err, part)
		}
	}
}

// refusing is a help desk whose check finds two problems.
type refusing struct{ helpdesk.Adapter }

func (refusing) Check(context.Context, []helpdesk.Wanted) ([]string, error) {
	return nil, errors.Join(&helpdesk.Error{Reason: "correct help_desk.token"},
		&helpdesk.Error{Reason: "correct help_desk.url"})
}
