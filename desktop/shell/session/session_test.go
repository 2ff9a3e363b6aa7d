package session

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"traybell/desktop/client"
	"traybell/desktop/settings"
	"traybell/desktop/ui/setup"
	"traybell/desktop/ui/uitest"
	"traybell/shared/protocol"
)

// owner records its calls.
type owner struct {
	refused []client.Kind
}

func (*owner) Received(protocol.Message)                     {}
func (*owner) Changed()                                      {}
func (*owner) Reconnected(time.Time)                         {}
func (*owner) Away()                                         {}
func (o *owner) Refused(p *client.Problem)                   { o.refused = append(o.refused, p.Kind) }
func (*owner) Trusted(string)                                {}
func (*owner) KeyringFailed()                                {}
func (*owner) AskTrust(context.Context, string, string) bool { return false }

func newSession(t *testing.T, o *owner) *Session {
	t.Helper()
	texts := uitest.English(t)
	return New(Config{
		Context: t.Context(), Log: slog.New(slog.DiscardHandler), Texts: texts, Post: func(f func()) { f() },
		Password: "geheim",
	}, o)
}

// Without a server the agent is asked for one, and requests fail with a reason.
func TestWithoutServer(t *testing.T) {
	o := &owner{}
	s := newSession(t, o)
	defer s.Close()
	s.Connect(settings.Effective{})
	if len(o.refused) != 1 || o.refused[0] != client.SettingsIncomplete {
		t.Errorf("refused %q", o.refused)
	}
	why := s.Texts.Say("state.not_set")
	failed := 0
	s.Request(protocol.HistoryList, protocol.ListHistory{}, func(_ protocol.Message, failure string) {
		if failed++; failure != why {
			t.Errorf("request: %q", failure)
		}
	})
	s.Press(protocol.Message{}, func(reason string) {
		if failed++; reason != why {
			t.Errorf("press: %q", reason)
		}
	})
	s.TellShown(protocol.ShownCall{})
	if failed != 2 {
		t.Errorf("%d of 2 failed", failed)
	}
}

// A problem opens a window once, until the agent connects again.
func TestRefusedOnce(t *testing.T) {
	o := &owner{}
	s := newSession(t, o)
	defer s.Close()
	s.Connect(settings.Effective{})
	for range 3 {
		s.statusIs(client.Status{State: client.Refused, Problem: &client.Problem{Kind: client.PasswordWrong}})
	}
	if len(o.refused) != 2 || !s.PasswordFails() || s.Remedy() == "" {
		t.Errorf("refused %q, remedy %q", o.refused, s.Remedy())
	}
	s.Connect(settings.Effective{})
	if len(o.refused) != 3 {
		t.Errorf("after a new connection refused %q", o.refused)
	}
}

func TestPasswordFrom(t *testing.T) {
	s := newSession(t, &owner{})
	if got := s.PasswordFrom(); got != setup.FromEnvironment {
		t.Errorf("from %q", got)
	}
	s.SetPassword("typed", true, settings.Effective{})
	if got := s.PasswordFrom(); got != setup.FromSession || s.Password != "" {
		t.Errorf("from %q", got)
	}
}
