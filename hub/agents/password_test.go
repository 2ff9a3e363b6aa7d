package agents

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"traybell/hub/access"
	"traybell/hub/fail"
	"traybell/hub/signin"
	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// keeper keeps passwords as a hub does that writes and reloads hub.yml.
type keeper struct {
	server *Server
	agents []Account
	by     []access.Principal
	err    error
}

func (k *keeper) SetPassword(_ context.Context, by access.Principal, hash string) error {
	if k.err != nil {
		return k.err
	}
	k.by = append(k.by, by)
	for i := range k.agents {
		if k.agents[i].Login == by.Name {
			k.agents[i].Password = hash
		}
	}
	return k.server.SetAgents(k.agents)
}

// shared is a hub with Anna and Boris at one extension.
func shared(t *testing.T) (*place, *keeper) {
	k := &keeper{agents: []Account{
		{staff.Agent{Login: "anna", Extensions: []string{"101"}, Password: protocol.PasswordHub}, cheap(t, "anna's")},
		{staff.Agent{Login: "boris", Extensions: []string{"101"}, Password: protocol.PasswordHub}, cheap(t, "boris's")},
	}}
	p := start(t, Options{Agents: k.agents}, &fakeHub{passwords: k})
	k.server = p.server
	return p, k
}

func TestAgentChangesThePassword(t *testing.T) {
	p, kept := shared(t)
	old := annas
	old.Token = p.opened(annas).Token // it is replaced below, and its token counts
	k := p.terminal().in()
	home := annas
	home.Client.Desktop = "home"
	elsewhere := p.terminal()
	elsewhere.send(protocol.SessionOpen, "open", home)
	elsewhere.receive()
	for id, c := range map[string]struct {
		change protocol.SetPassword
		code   protocol.ErrorCode
		want   protocol.Problem
	}{
		"wrong": {
			protocol.SetPassword{Current: "nonsense", New: "a new one"},
			protocol.Forbidden, protocol.PasswordWrong,
		},
		"short": {protocol.SetPassword{Current: "anna's", New: "short"}, protocol.Invalid, protocol.PasswordShort},
		"control": {
			protocol.SetPassword{Current: "anna's", New: "two\nlines"},
			protocol.Invalid, protocol.PasswordControl,
		},
		"taken": {protocol.SetPassword{Current: "anna's", New: "boris's"}, protocol.Conflict, protocol.PasswordTaken},
		"same":  {protocol.SetPassword{Current: "anna's", New: "anna's"}, protocol.Invalid, protocol.PasswordSame},
		"none":  {protocol.SetPassword{New: "a new one"}, protocol.Invalid, protocol.ActionInvalid},
	} {
		k.send(protocol.PasswordSet, id, c.change)
		if f := k.failed(c.code, id); f.Problem != c.want {
			t.Errorf("%s: %+v", id, f)
		}
	}
	if len(kept.by) > 0 {
		t.Fatalf("kept: %+v", kept.by)
	}
	k.send(protocol.PasswordSet, "do", protocol.SetPassword{Current: "anna's", New: "a new one"})
	var renewed protocol.SessionToken
	if m := k.receive(); m.Name != protocol.TokenEvent || m.Decode(&renewed) != nil || renewed.Token == "" {
		t.Fatalf("%s %s", m.Name, m.Data)
	}
	if m := k.receive(); m.Name != protocol.Accepted || m.Re != "do" {
		t.Fatalf("%s %s", m.Name, m.Data)
	}
	if len(kept.by) != 1 || kept.by[0].Name != "anna" || kept.by[0].From != "127.0.0.1" {
		t.Errorf("kept: %+v", kept.by)
	}
	elsewhere.closed(protocol.CloseRestart)
	kept.agents[1].Rights = protocol.Rights() // a reload of another cause
	if err := p.server.SetAgents(kept.agents); err != nil {
		t.Fatal(err)
	}
	k.send(protocol.PasswordSet, "here", protocol.SetPassword{Current: "anna's", New: "another one"})
	if f := k.failed(protocol.Forbidden, "here"); f.Problem != protocol.PasswordWrong {
		t.Errorf("the session that stays: %+v", f)
	}
	refused := p.terminal()
	refused.send(protocol.SessionOpen, "open", old)
	refused.failed(protocol.AuthFailed, "open")

	verified := p.server.Counters().Hashes
	now := annas
	now.Password, now.Token = "a new one", renewed.Token
	p.opened(now)
	if n := p.server.Counters().Hashes; n != verified {
		t.Errorf("%d passwords were compared: the new token does not count", n-verified)
	}
	on := p.terminal()
	nameless := now // it gets no token
	nameless.Client.Desktop = ""
	on.send(protocol.SessionOpen, "open", nameless)
	on.receive()
	on.send(protocol.PasswordSet, "do", protocol.SetPassword{Current: "a new one", New: "the third one"})
	if m := on.receive(); m.Name != protocol.Accepted {
		t.Errorf("%s %s", m.Name, m.Data)
	}
}

// An unlocked desktop is no place to guess: neither the agent's password nor those of colleagues.
func TestGuessesAtPasswordsAreLimited(t *testing.T) {
	for name, guess := range map[string]func(i int) protocol.SetPassword{
		"own": func(i int) protocol.SetPassword {
			return protocol.SetPassword{Current: fmt.Sprint("x", i), New: "a new one"}
		},
		"a colleague": func(int) protocol.SetPassword {
			return protocol.SetPassword{Current: "anna's", New: "boris's"}
		},
	} {
		p, _ := shared(t)
		k := p.terminal().in()
		for i := 0; ; i++ {
			k.send(protocol.PasswordSet, "guess", guess(i))
			m := k.receive()
			var f protocol.Failure
			if err := m.Decode(&f); err != nil {
				t.Fatal(err)
			}
			if f.Problem == protocol.PasswordWait {
				if i != 10 || f.Code != protocol.Limit || !f.Retry || f.About == "" {
					t.Errorf("%s: after %d guesses: %+v", name, i, f)
				}
				break
			}
			if i > 20 {
				t.Fatalf("%s: %d guesses", name, i)
			}
		}
		if name == "own" {
			if n := p.server.Counters(); n.Refused != 10 || n.Limited != 1 {
				t.Errorf("counted: %+v", n)
			}
		}
	}
}

// What the hub does not keep, or cannot write, stays as it is.
func TestPasswordStays(t *testing.T) {
	p, kept := shared(t)
	k := p.terminal().in()
	set := protocol.SetPassword{Current: "anna's", New: "a new one"}
	kept.err = fail.New(protocol.PasswordUnwritten, "")
	k.send(protocol.PasswordSet, "full", set)
	if f := k.failed(protocol.Forbidden, "full"); f.Problem != protocol.PasswordUnwritten {
		t.Errorf("%+v", f)
	}
	kept.err = errors.New("disk full")
	k.send(protocol.PasswordSet, "broken", set)
	k.failed(protocol.Broken, "broken")
	for at, want := range map[protocol.PasswordAt]protocol.Problem{
		protocol.PasswordDirectory: protocol.PasswordElsewhere, protocol.PasswordFixed: protocol.PasswordUnwritten,
		"": protocol.PasswordUnwritten,
	} {
		kept.agents[0].Agent.Password = at
		if err := p.server.SetAgents(kept.agents); err != nil {
			t.Fatal(err)
		}
		k.send(protocol.PasswordSet, "no", set)
		if f := k.failed(protocol.Forbidden, "no"); f.Problem != want {
			t.Errorf("%q: %+v", at, f)
		}
	}
	p.opened(annas)
}

// On the pages the same counts, and all desktops sign in again.
func TestPasswordOnThePages(t *testing.T) {
	p, kept := shared(t)
	k := p.terminal().in()
	anna := access.Principal{Kind: access.Agent, Name: "anna", From: "192.0.2.1"}
	set := func(by access.Principal, current, next string) protocol.Problem {
		err := p.server.SetPassword(t.Context(), by, current, next)
		if err == nil {
			return ""
		}
		return fail.Of(err).Problem
	}
	stranger := access.Principal{Kind: access.Agent, Name: "vera"}
	if a, b := set(anna, "wrong", "a new one"), set(stranger, "anna's", "a new one"); a != protocol.PasswordWrong ||
		b != protocol.AccountRemoved {
		t.Errorf("%q, %q", a, b)
	}
	if problem := set(anna, "anna's", "a new one"); problem != "" || len(kept.by) != 1 ||
		kept.by[0].From != "192.0.2.1" {
		t.Errorf("%q, %+v", problem, kept.by)
	}
	k.closed(protocol.CloseRestart)
	if !signin.Fits("a new one", kept.agents[0].Password) {
		t.Error("the hash is of another password")
	}
}
