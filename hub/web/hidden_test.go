package web_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"traybell/hub/caller"
	"traybell/hub/desk"
	"traybell/hub/hidden"
	"traybell/hub/tracking"
	"traybell/hub/web"
)

// endless is a body that does not end. It counts what was sent.
type endless struct{ sent int64 }

func (e *endless) Read(p []byte) (int, error) {
	if e.sent >= 32<<20 {
		return 0, io.EOF
	}
	for i := range p {
		p[i] = 'x'
	}
	e.sent += int64(len(p))
	return len(p), nil
}

// Forms of agents are bounded also where numbers are hidden from them.
func TestFormsOfHiddenNumbersAreBounded(t *testing.T) {
	s := newSite(t, func(o *web.Options, h *hub) {
		o.People = []web.Person{agent("anna", hash(t, "anna's"))}
		lines, err := tracking.New([]tracking.Line{{Number: "*", HideNumber: true}}, h.numbers)
		if err != nil {
			t.Fatal(err)
		}
		rules := &desk.Rules{Company: caller.Company{Staff: h.staff}, Lines: lines, Numbers: h.numbers}
		o.Numbers, err = hidden.New(t.Context(), h.store, func() *desk.Rules { return rules },
			slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
	})
	anna := s.signIn("101", "anna's")
	body := &endless{}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/missed/claim", body)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	anna(r)
	answer := httptest.NewRecorder()
	s.pages.ServeHTTP(answer, r)
	if answer.Code != http.StatusBadRequest || body.sent > 1<<20 {
		t.Errorf("%d after %d bytes: %s", answer.Code, body.sent, answer.Body)
	}
}
