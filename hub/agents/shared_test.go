package agents

import (
	"slices"
	"strings"
	"testing"

	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// Three agents share a phone: each signs in with their own password and gets only their own
// messages.
func TestThreeShareAnExtension(t *testing.T) {
	p := start(t, Options{Agents: []Account{
		{staff.Agent{Login: "anna", Extensions: []string{"200"}}, cheap(t, "anna's")},
		{staff.Agent{Login: "boris", Extensions: []string{"200", "201"}}, cheap(t, "spring")},
		{staff.Agent{Login: "vera", Extensions: []string{"200"}}, cheap(t, "spring")},
	}}, &fakeHub{})
	open := func(extension, login, password string) *testTerminal {
		k := p.terminal()
		k.send(protocol.SessionOpen, "open", protocol.OpenSession{
			Protocol: protocol.Version, Extension: extension, Login: login, Password: password,
			Client: protocol.Client{Desktop: login + password},
		})
		return k
	}
	in := func(k *testTerminal) *testTerminal {
		t.Helper()
		if m := k.receive(); m.Name != protocol.SessionOpened {
			t.Fatalf("%s %s", m.Name, m.Data)
		}
		return k
	}
	anna := in(open("200", "", "anna's"))
	boris := in(open("200", "boris", "spring"))
	vera := in(open("200", "vera", "spring"))
	for login, k := range map[string]*testTerminal{"anna": anna, "boris": boris, "vera": vera} {
		m, err := protocol.New(protocol.Notification, protocol.TextMessage, map[string]string{"text": "for " + login})
		if err != nil {
			t.Fatal(err)
		}
		p.server.Send([]string{login}, m)
		if m := k.receive(); !strings.Contains(string(m.Data), "for "+login) {
			t.Errorf("%s reads %s", login, m.Data)
		}
	}
	for range 2 { // a shared password stays ambiguous even if one of its agents is signed in
		k := open("200", "", "spring")
		if f := k.failed(protocol.AuthShared, "open"); f.Retry || strings.Contains(f.Text, "spring") ||
			strings.Contains(f.Text, "vera") {
			t.Errorf("%+v", f)
		}
		k.closed(protocol.CloseRefused)
	}
	k := open("201", "vera", "spring") // belongs to boris alone
	k.failed(protocol.AuthFailed, "open")
	k.closed(protocol.CloseRefused)
	in(open("201", "", "spring"))
	phones := p.server.Phones("boris")
	slices.Sort(phones)
	if !slices.Equal(phones, []string{"200", "201"}) || !slices.Equal(p.server.Phones("vera"), []string{"200"}) ||
		p.server.Phones("stranger") != nil {
		t.Errorf("boris is at %v, vera at %v", phones, p.server.Phones("vera"))
	}
}
