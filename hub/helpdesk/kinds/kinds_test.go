package kinds

import (
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"

	"traybell/hub/config"
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
	h, err := New(&config.Default().HelpDesk, hub)
	if err != nil {
		t.Fatal(err)
	}
	found, err := h.Check(t.Context())
	if err != nil || !slices.Equal(found, []string{"the hub's own tickets, at https://pbx.example.com/tickets"}) {
		t.Errorf("Check = %q, %v", found, err)
	}
	_, err = New(&config.HelpDesk{Type: config.Znuny}, hub)
	if err == nil || !strings.Contains(err.Error(), "username") {
		t.Errorf("znuny without username: %v", err)
	}
	if _, err := New(&config.HelpDesk{Type: "jira"}, hub); err == nil {
		t.Error("unknown type accepted")
	}
}
