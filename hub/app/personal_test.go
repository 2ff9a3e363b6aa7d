package app_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"traybell/hub/ami/amitest"
	"traybell/shared/protocol"
)

// finds returns what the window to dial shows for a text: the names and the agent's own numbers.
func (x *testTerminal) finds(text string) string {
	x.t.Helper()
	var found protocol.NumbersFound
	if err := x.says(protocol.NumbersFind, protocol.FindNumbers{Text: text}).Decode(&found); err != nil {
		x.t.Fatal(err)
	}
	var list []string
	for _, n := range found.Numbers {
		if n.Kind == protocol.NumberPersonal {
			list = append(list, n.Name+" "+n.Number)
		}
	}
	return strings.Join(list, "|")
}

// problem sends an action that fails, and returns why.
func (x *testTerminal) problem(name string, data any) protocol.Problem {
	x.t.Helper()
	var f protocol.Failure
	m := x.says(name, data)
	if m.Type != protocol.Error || m.Decode(&f) != nil {
		x.t.Fatalf("%s: %+v", name, m)
	}
	return f.Problem
}

// json sends JSON as the browser's session.
func (b *browser) json(method, path, body string) (int, string) {
	b.s.t.Helper()
	r, err := http.NewRequestWithContext(b.s.t.Context(), method, "https://"+b.s.hub.Addr()+path,
		strings.NewReader(body))
	if err != nil {
		b.s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	answer, err := b.client.Do(r)
	if err != nil {
		b.s.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		b.s.t.Fatal(err)
	}
	return answer.StatusCode, string(raw)
}

// saving is a story whose agents may dial, with a line that hides its callers.
func saving(t *testing.T) *story {
	t.Helper()
	s := tell(t)
	s.yaml = strings.ReplaceAll(s.yaml, "rights: [ticket]", "rights: [ticket, control]")
	s.yaml = strings.Replace(s.yaml, "ticket: support}", "ticket: support, hide_number: true}", 1)
	s.start()
	s.working()
	return s
}

// An agent saves numbers at one desktop, by REST too, and finds them at the other one, also after the
// hub was started again. Others do not find them.
func TestPersonalNumbers(t *testing.T) {
	s := saving(t)
	anna, boris := s.signIn("101"), s.signIn("102")
	const number = "+74957770011"
	save := func(number, name string) {
		t.Helper()
		m := anna.says(protocol.NumberSave, protocol.PersonalNumber{Number: number, Name: name})
		if m.Name != protocol.Accepted {
			t.Fatalf("%s: %s", m.Name, m.Data)
		}
	}
	save("8 (495) 777-00-11", " Dentist\u202e,\n 2nd floor ")
	save("*21", "Forward")
	for _, text := range []string{"den", "7770011", "8495777", ""} {
		if got := anna.finds(text); !strings.HasPrefix(got, "Dentist, 2nd floor "+number) {
			t.Errorf("%q finds %q", text, got)
		}
	}
	if got := boris.finds("den"); got != "" {
		t.Errorf("another agent finds %q", got)
	}
	if got := s.signIn("201").finds("den"); got != "Dentist, 2nd floor "+number {
		t.Errorf("the agent's other desktop finds %q", got)
	}
	for _, c := range []struct {
		number, name string
		want         protocol.Problem
	}{
		{number, " \n", protocol.NumberUnnamed},
		{number, strings.Repeat("я", 101), protocol.TextTooLong},
		{"102,1,System(id)", "x", protocol.DialInvalid},
		{strings.Repeat("1", 40), "x", protocol.DialInvalid},
		{"", "x", protocol.ActionInvalid},
	} {
		got := anna.problem(protocol.NumberSave, protocol.PersonalNumber{Number: c.number, Name: c.name})
		if got != c.want {
			t.Errorf("%q, %q: %s, want %s", c.number, c.name, got, c.want)
		}
	}

	web := s.browse("101")
	const path = "/api/1/own/numbers"
	status, body := web.json(http.MethodPut, path+"/84957770011", `{"name":"Doctor"}`)
	if status != http.StatusNoContent {
		t.Errorf("%d %s", status, body)
	}
	if got := anna.finds("d"); got != "Doctor "+number {
		t.Errorf("renamed by REST: %q", got)
	}
	if status, body := web.json(http.MethodGet, path, ""); status != http.StatusOK || strings.Join(
		strings.Fields(body), "") != `[{"number":"+74957770011","name":"Doctor"},{"number":"*21","name":"Forward"}]` {
		t.Errorf("%d %s", status, body)
	}
	if status, body := web.json(http.MethodDelete, path+"/*21", ""); status != http.StatusNoContent {
		t.Errorf("%d %s", status, body)
	}
	status, body = web.json(http.MethodPut, path+"/abc", `{"name":"x"}`)
	if status != http.StatusUnprocessableEntity {
		t.Errorf("%d %s", status, body)
	}

	if err := s.hub.Stop(); err != nil {
		t.Fatal(err)
	}
	s.start()
	s.working()
	anna = s.signIn("201")
	if got := anna.finds(""); got != "Doctor "+number {
		t.Errorf("after a restart: %q", got)
	}
	if m := anna.says(protocol.NumberRemove, protocol.RemoveNumber{Number: number}); m.Name != protocol.Accepted {
		t.Errorf("%s: %s", m.Name, m.Data)
	}
	if got := anna.finds(""); got != "" {
		t.Errorf("after it was removed: %q", got)
	}
}

// The alias of a hidden number is not exchanged for the number by saving it. A number that is hidden
// later stays, and is shown as hidden.
func TestHiddenNumberIsNotSaved(t *testing.T) {
	s := saving(t)
	anna := s.signIn("101")
	before := protocol.PersonalNumber{Number: "+74957654321", Name: "Saved before"}
	if m := anna.says(protocol.NumberSave, before); m.Name != protocol.Accepted {
		t.Fatalf("%s: %s", m.Name, m.Data)
	}
	ring := func(number string) protocol.Call {
		call := s.pbx.Incoming(amitest.Incoming{Number: number, DID: "84950000001"})
		call.Ring("101")
		c := anna.sees("a hidden caller", func(c protocol.Call) bool { return c.Hidden && c.State == protocol.Ringing })
		call.Hangup()
		anna.sees("the end", func(e protocol.Call) bool { return e.ID == c.ID && e.State == protocol.Ended })
		return c
	}
	c := ring("84951234567")
	for _, number := range []string{c.Number, "8 495 123-45-67"} {
		got := anna.problem(protocol.NumberSave, protocol.PersonalNumber{Number: number, Name: "x"})
		if got != protocol.NumberHidden {
			t.Errorf("%s: %s", number, got)
		}
	}
	if got := anna.finds(""); got != "Saved before +74957654321" {
		t.Errorf("saved: %q", got)
	}
	c = ring("84957654321")
	if got := anna.finds("saved"); got != "Saved before "+c.Number {
		t.Errorf("hidden later: %q", got)
	}
	if got := anna.finds("765"); got != "" {
		t.Errorf("its digits find %q", got)
	}
	web := s.browse("101")
	if status, body := web.json(http.MethodGet, "/api/1/own/numbers", ""); status != http.StatusOK ||
		!strings.Contains(body, c.Number) {
		t.Errorf("%d %s", status, body)
	}
	path := "/api/1/own/numbers/" + c.Number
	if status, body := web.json(http.MethodPut, path, `{"name":"x"}`); status != http.StatusForbidden {
		t.Errorf("%d %s", status, body)
	}
	if status, body := web.json(http.MethodDelete, path, ""); status != http.StatusNoContent {
		t.Errorf("%d %s", status, body)
	}
	if got := anna.finds(""); got != "" {
		t.Errorf("removed by its alias: %q", got)
	}
}
