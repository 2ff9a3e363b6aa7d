package web_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"traybell/hub/admin"
	"traybell/hub/web"

	"github.com/google/go-cmp/cmp"
)

// The page shows each webhook with its state and what waits, also for one that hub.yml no longer has.
func TestWebhooksShowWhatWaits(t *testing.T) {
	at := time.Date(2026, 11, 22, 9, 27, 0, 0, time.UTC)
	s := newSite(t, func(_ *web.Options, h *hub) {
		h.hooks = []admin.Webhook{
			{Name: "crm", URL: "https://crm.example.com/…", Events: []string{"call.missed"}, Delivered: 41},
			{
				Name: "chat", URL: "https://chat.example.com/…", Waiting: 30, SetAside: 1, Since: at,
				Failed: at.Add(time.Hour), Next: at.Add(2 * time.Hour), Error: "HTTP 502 Bad Gateway",
			},
			{Name: "gone", URL: "https://old.example.com", Since: at, Error: "HTTP 410 Gone", Off: true},
			{Name: "fussy", URL: "https://fussy.example.com", SetAside: 1},
		}
		h.undelivered = []admin.Delivery{
			{ID: 5, Webhook: "former", Type: "agent.state", At: at, State: "waiting"},
			{ID: 6, Webhook: "fussy", Type: "call.ended", At: at, State: "set_aside", Tries: 5, Error: "HTTP 422"},
		}
		for i := range 30 {
			h.undelivered = append(h.undelivered, admin.Delivery{
				ID: int64(100 + i), Webhook: "chat", Type: "call.started", At: at, State: "waiting",
			})
		}
	})
	resp, body := s.do("GET", "/webhooks", nil)
	wantPage(t, resp, body, 200)
	cards := strings.Split(body, "<article")[1:]
	for i, want := range [][]string{
		{"crm", "https://crm.example.com/…", ">working<", "call.missed", ">41<"},
		{
			"chat", "accepts no events", "HTTP 502 Bad Gateway", "Last attempt", "2026-11-22 10:27", "2026-11-22 11:27",
			"there are more",
		},
		{"gone", "switched off", "HTTP 410 Gone", "Send all now"},
		{"fussy", "has rejected events", "set aside", "HTTP 422", "5 attempts"},
		{"former", "not in hub.yml", "agent.state"},
	} {
		for _, part := range want {
			if !strings.Contains(cards[i], part) {
				t.Errorf("card %d lacks %q:\n%s", i, part, cards[i])
			}
		}
	}
	for i, want := range []int{0, 1, 1, 2, 0} { // a waiting event has its turn; one set aside can be sent again
		if got := strings.Count(cards[i], `action="/webhooks/retry"`); got != want {
			t.Errorf("card %d has %d buttons to send, want %d:\n%s", i, got, want, cards[i])
		}
	}
	if n := strings.Count(cards[1], "call.started</code>"); n != 25 {
		t.Errorf("%d events of chat are shown", n)
	}
}

// A form names one event or says that it is about all: a broken one must not delete everything.
func TestWebhookFormsNameTheirEvents(t *testing.T) {
	for _, test := range []struct {
		path, name, event string
		want              int
		did               string
	}{
		{"retry", "crm", "all", 303, "retry crm 0"},
		{"retry", "crm", "7", 303, "retry crm 7"},
		{"drop", "crm", "all", 303, "drop crm 0"},
		{"drop", "former", "7", 303, "drop former 7"},
		{"retry", "former", "all", 404, "retry former 0"},
		{"drop", "crm", "", 400, ""},
		{"drop", "crm", "0", 400, ""},
		{"drop", "crm", "-1", 400, ""},
		{"drop", "crm", "7 or so", 400, ""},
		{"retry", "crm", "", 400, ""},
	} {
		t.Run(fmt.Sprint(test.path, " ", test.event, " of ", test.name), func(t *testing.T) {
			s := newSite(t, nil)
			form := url.Values{"name": {test.name}, "reason": {"tidy up"}}
			if test.event != "" {
				form.Set("event", test.event)
			}
			resp, body := s.do("POST", "/webhooks/"+test.path, form)
			wantPage(t, resp, body, test.want)
			if diff := cmp.Diff(test.did, strings.Join(s.did, ", ")); diff != "" {
				t.Error(diff)
			}
		})
	}
}
