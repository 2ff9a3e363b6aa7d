package web_test

import (
	"strings"
	"testing"

	"traybell/hub/web"
)

// With an external help desk the start page is not the built-in list, and the list links to it.
func TestListLinksToExternalHelpDesk(t *testing.T) {
	address := ""
	s := newSite(t, func(o *web.Options) {
		o.Traces, o.Elsewhere = o.Tickets.(web.Traces), func() string { return address }
	})
	for _, test := range []struct{ address, begin string }{
		{"", "/tickets"}, {"https://desk.example.com/otrs", "/calls"},
	} {
		address = test.address
		if resp, _ := s.do("GET", "/", nil); resp.Header.Get("Location") != test.begin {
			t.Errorf("with %q the pages begin at %q, want %q", address, resp.Header.Get("Location"), test.begin)
		}
		_, body := s.do("GET", "/tickets", nil)
		if said := strings.Contains(body, "Tickets are created in"); said != (address != "") {
			t.Errorf("with %q the list says %v that tickets are made elsewhere", address, said)
		}
		if !strings.Contains(body, `<a href="/tickets" aria-current="page">Tickets</a>`) || strings.Count(body,
			"aria-current") != 1 {
			t.Error("the page is not marked in the head, or others are")
		}
	}
}
