package web_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"traybell/hub/trace"
	"traybell/hub/web"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

func newCallsSite(t *testing.T) *site {
	t.Helper()
	numbers, err := phone.NewReader("RU", nil)
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t, nil)
	traced := newSite(t, func(o *web.Options) { o.Tickets, o.Traces, o.Numbers = s.store, s.store, numbers })
	traced.store = s.store
	return traced
}

func (s *site) trace(i int, number, party string, steps ...trace.Step) {
	s.t.Helper()
	at := time.Date(2026, 11, 22, 9, i/60, i%60, 123_000_000, time.UTC)
	for j := range steps {
		steps[j].At = at
	}
	if err := s.store.KeepTraces(s.t.Context(), []trace.Trace{{
		CallID: fmt.Sprintf("main:%d.0", i), PBX: "main", Direction: protocol.Incoming, Number: number,
		Name: "<b>IVANOVA</b>", DID: "74950000001", Party: party, At: at, Steps: steps,
	}}); err != nil {
		s.t.Fatal(err)
	}
}

func TestAdministratorsReadWhyACallMadeAPopup(t *testing.T) {
	s := newCallsSite(t)
	resp, body := s.do("GET", "/calls", nil)
	wantPage(t, resp, body, 200, "No calls yet", `href="/tickets"`, `href="/directories"`)
	for i := range 60 {
		s.trace(i, "84951234567", "+74951234567", trace.Step{
			What: trace.Told, Agents: []string{"anna"}, Why: "their phone rings",
		})
	}
	s.trace(60, "", "", trace.Step{What: trace.Number},
		trace.Step{What: trace.Looked, Words: []string{"A <i>", "B"}, After: 300 * time.Microsecond},
		trace.Step{What: trace.Shown, Agents: []string{"anna"}, After: 39 * time.Millisecond})

	resp, body = s.do("GET", "/calls", nil)
	wantPage(t, resp, body, 200, `href="/calls/main:60.0"`, "no number", "on the screen of anna", "sent to anna",
		"&lt;b&gt;IVANOVA&lt;/b&gt;", "2026-11-22 09:01", "Older")
	if strings.Contains(body, "main:35.0") || strings.Contains(body, "Newest") || strings.Contains(body, "<b>IVANOVA") {
		t.Error("the first page is not the newest 25 alone, or shows a name as HTML")
	}
	_, older, _ := strings.Cut(body, `rel="next" href="`)
	older, _, _ = strings.Cut(older, `"`)
	resp, body = s.do("GET", older, nil)
	wantPage(t, resp, body, 200, `href="/calls/main:35.0"`, `href="/calls/main:11.0"`, "Newest")
	if strings.Contains(body, "main:36.0") {
		t.Error("the second page has a call of the first")
	}

	resp, body = s.do("GET", "/calls?number="+url.QueryEscape("8 (495) 123-45-67"), nil)
	wantPage(t, resp, body, 200, `href="/calls/main:59.0"`, "number=8")
	if strings.Contains(body, "main:60.0") {
		t.Error("another caller's call is shown")
	}
	for _, none := range []string{"84957654321", "anonymous", "<script>"} {
		resp, body = s.do("GET", "/calls?number="+url.QueryEscape(none), nil)
		wantPage(t, resp, body, 200, "No call with this number")
	}

	resp, body = s.do("GET", "/calls/main:60.0", nil)
	wantPage(t, resp, body, 200, "The PBX presents no number.", "Found 2 customers after 0.3 ms:",
		"<li>A &lt;i&gt;</li>", "On the screen of anna, 39.0 ms after it was sent.", "09:01:00.123")
	resp, body = s.do("GET", "/calls/main:999.0", nil)
	wantPage(t, resp, body, 404, "No such call")
	resp, body = s.do("GET", "/calls?before=x", nil)
	wantPage(t, resp, body, 200, "main:60.0")
}
