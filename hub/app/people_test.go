package app_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"traybell/hub/ami/amitest"
	"traybell/hub/compile"
	"traybell/hub/config"
	"traybell/hub/ldapserver/ldaptest"
	"traybell/hub/people"
	"traybell/shared/protocol"

	"github.com/go-ldap/ldap/v3"
)

// company is the directory of a company.
type company struct {
	mu        sync.Mutex
	entries   []ldaptest.Entry
	passwords map[string]string // by DN
	away      bool
}

func (c *company) change(do func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	do()
}

func (c *company) server() ldaptest.Server {
	return ldaptest.Server{
		Search: func(ldaptest.Request) ldaptest.Answer {
			c.mu.Lock()
			defer c.mu.Unlock()
			if c.away {
				return ldaptest.Answer{Code: ldap.LDAPResultUnavailable}
			}
			return ldaptest.Answer{Entries: c.entries}
		},
		Bind: func(dn, password string) ldaptest.Answer {
			c.mu.Lock()
			defer c.mu.Unlock()
			switch {
			case c.away:
				return ldaptest.Answer{Code: ldap.LDAPResultUnavailable}
			case c.passwords[dn] != password:
				return ldaptest.Answer{Code: ldap.LDAPResultInvalidCredentials}
			}
			return ldaptest.Answer{}
		},
	}
}

func person(login, extension string) ldaptest.Entry {
	return ldaptest.Entry{DN: "cn=" + login + ",dc=x", Attributes: map[string][]string{
		"uid": {login}, "cn": {strings.ToTitle(login)}, "ipPhone": {extension},
	}}
}

func TestAgentsOfTheCompanysDirectory(t *testing.T) {
	c := &company{
		entries:   []ldaptest.Entry{person("olga", "110"), person("anna", "111"), person("thief", "101")},
		passwords: map[string]string{"cn=olga,dc=x": "olga's", "cn=thief,dc=x": "thief's"},
	}
	s := tell(t)
	s.yaml += fmt.Sprintf("sign_in: {ldap: {url: %q, base_dn: dc=x, refresh: 10s, groups: [%s]}}\n",
		c.server().Start(t), `{group: "*", rights: [category]}`)
	s.start()
	s.working()
	s.logs("olga")
	olga := s.signInAs("110", "olga's")
	if a := olga.opened.Agent; a.Login != "olga" || a.Name != "OLGA" || len(a.Rights) != 1 {
		t.Errorf("olga is %+v", a)
	}
	call := s.pbx.Incoming(amitest.Incoming{Number: "84957654321", DID: "74950000009"})
	call.Ring("110")
	olga.sees("the call", func(protocol.Call) bool { return true })

	// hub.yml has precedence
	s.signIn("101")
	s.logs("anna is an agent of hub.yml")
	s.logs("extension 101 of thief is left to the agent")

	// the directory is away: the hub, started again, knows people and passwords
	if err := s.hub.Stop(); err != nil {
		t.Fatal(err)
	}
	c.change(func() { c.away = true })
	s.start()
	s.working()
	olga = s.signInAs("110", "olga's")
	c.change(func() { c.away = false })

	// Olga has left
	c.change(func() { c.entries = c.entries[1:] })
	s.reloaded(func() { s.replaced("refresh: 10s", "refresh: 11s") })
	if bye := olga.closed(); bye.Problem != protocol.AccountRemoved {
		t.Errorf("%+v", bye)
	}

	// and the directory with her
	s.reloaded(func() { s.replaced("sign_in: {ldap", "#") })
}

func TestPeopleOfTheDirectoryAndOfHubYML(t *testing.T) {
	cfg := &config.Config{
		Agents: []config.Agent{{Login: "anna", Extensions: []string{"101"}}},
		Admins: []config.Admin{{Login: "boss"}},
	}
	all, doubts := compile.WithPeople(cfg, []people.Person{
		{Login: "Anna", Extensions: []string{"102"}},
		{Login: "boss", Roles: []string{"admin"}},
		{Login: "lead", Roles: []string{"supervise"}},
		{Login: "olga", Extensions: []string{"101", "boss", "103"}, Roles: []string{"view"}},
		{Login: "piotr", Extensions: []string{"103"}},
		{Login: "walker"},
	})
	var agents, admins []string
	for _, a := range all.Agents {
		agents = append(agents, a.Login+" "+strings.Join(a.Extensions, ","))
	}
	for _, a := range all.Admins {
		admins = append(admins, a.Login+" "+strings.Join(a.Roles, ","))
	}
	if got := strings.Join(agents, "; "); got != "anna 101; olga 103; piotr 103" {
		t.Errorf("agents: %s", got)
	}
	if got := strings.Join(admins, "; "); got != "boss ; lead supervise" {
		t.Errorf("admins: %s", got)
	}
	said := strings.Join(doubts, "\n")
	for _, want := range []string{
		"Anna is an agent", "boss is an admin", "extension 101 of olga is left", "extension boss of olga is left",
		"walker has neither", "extension 103 is shared by olga, piotr",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is missing:\n%s", want, said)
		}
	}
	if len(cfg.Agents) != 1 || len(cfg.Admins) != 1 {
		t.Error("the configuration of hub.yml has changed")
	}
}
