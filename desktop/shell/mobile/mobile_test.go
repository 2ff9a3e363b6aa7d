package mobile

import (
	"testing"
	"time"

	"traybell/assets/translations"
	"traybell/shared/protocol"
)

// hub answers requests with a failure.
type hub struct {
	failure string
	sent    []any
}

func (h *hub) Request(action string, data any, done func(protocol.Message, string)) {
	h.sent = append(h.sent, action, data)
	done(protocol.Message{}, h.failure)
}

func TestMobileInTheTray(t *testing.T) {
	texts, err := translations.Load("en")
	if err != nil {
		t.Fatal(err)
	}
	h, warned, changed := &hub{}, "", 0
	m := &Mobile{
		Session: h, Texts: texts, Changed: func() { changed++ },
		Warn: func(_, _, text string) { warned = text },
	}
	take := func(name, re string, data any) bool {
		t.Helper()
		in, err := protocol.New(protocol.Event, name, data)
		if err != nil {
			t.Fatal(err)
		}
		in.Re = re
		return m.Take(in)
	}
	if m.Item().Shown {
		t.Error("shown without a mobile")
	}
	number := "8 (916) 111-22-33"
	if !take(protocol.MobileEvent, "", protocol.Mobile{Number: number}) {
		t.Error("the event is for others")
	}
	if item := m.Item(); !item.Shown || item.On || item.Title != "Take calls on my mobile, "+number {
		t.Errorf("%+v", item)
	}
	m.Toggle()
	if h.sent[0] != protocol.MobileSet || h.sent[1] != any(protocol.SetMobile{On: true}) || warned != "" {
		t.Errorf("%v, %q", h.sent, warned)
	}
	until := time.Date(2026, 11, 29, 20, 0, 0, 0, time.Local)
	take(protocol.MobileEvent, "", protocol.Mobile{Number: number, On: true, Until: until})
	if item := m.Item(); !item.On || item.Title != "Take calls on my mobile, "+number+", until 20:00" {
		t.Errorf("%+v", item)
	}
	h.failure = "refused"
	m.Toggle()
	if h.sent[3] != any(protocol.SetMobile{}) || warned != "refused" {
		t.Errorf("%v, %q", h.sent, warned)
	}
	if take(protocol.SessionOpened, "", protocol.OpenedSession{}); !m.Item().Shown {
		t.Error("settings that change in a session hide the mobile")
	}
	if take(protocol.SessionOpened, "1", protocol.OpenedSession{}) || m.Item().Shown || changed != 3 {
		t.Errorf("after another sign-in: %+v, %d changes", m.Item(), changed)
	}
}
