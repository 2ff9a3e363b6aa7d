//go:build linux

package shell

import (
	"testing"
	"time"

	"traybell/desktop/settings"
	"traybell/shared/protocol"
)

// The hub hears that the agent has closed a popup.
func TestHubHearsThatAPopupWasClosed(t *testing.T) {
	p, d := at(t, settings.Own{Language: "en"}, "dark")
	call := d.ring()
	told := func(want protocol.ShownCall) {
		t.Helper()
		var got protocol.ShownCall
		if err := d.read(protocol.CallShown).Decode(&got); err != nil || got != want {
			t.Errorf("the hub hears %+v, %v; want %+v", got, err, want)
		}
	}
	told(protocol.ShownCall{Call: call.ID})
	p.pressAt("close", 370, 24)
	told(protocol.ShownCall{Call: call.ID, Hidden: protocol.HiddenClosed})
	p.end()
	close(d.done)
}

// The agent selects a call in the calls window and asks why there was no popup. The hub gets the
// agent's language.
func TestAgentAsksWhy(t *testing.T) {
	p, d := at(t, settings.Own{Language: "ru"}, "light")
	k := keep(d, []protocol.Call{{
		ID: "main:1.0", Direction: protocol.Incoming, State: protocol.Ended, Number: "84951234567", Missed: true,
		Started: time.Now().Add(-time.Minute), Ended: time.Now(),
	}})
	if err := p.second("calls").Run(); err == nil {
		t.Error("the program runs twice")
	}
	p.window("^Звонки")
	k.next("the calls", func(in protocol.ListHistory) bool { return !in.Missed })
	p.settled()
	p.tab(3) // all, missed, the list
	p.keys("space")
	p.tab(3) // the caller, the copy, the question
	p.keys("space")
	var m protocol.Message
	select {
	case m = <-k.acts:
	case <-time.After(patience):
		t.Fatal("the hub is not asked")
	}
	var asked protocol.WhyCall
	if err := m.Decode(&asked); err != nil || asked != (protocol.WhyCall{Call: "main:1.0", Language: "ru"}) {
		t.Errorf("asked %s %+v, %v", m.Name, asked, err)
	}
	p.changes(func() {
		d.write(protocol.Notification, protocol.CallExplained, m.ID, protocol.ExplainedCall{
			Call: "main:1.0", Cause: "quiet", Text: "Был включён режим «Не беспокоить».", Remedy: "Выключите его.",
		})
	})
	p.picture("why")
	p.end()
	close(d.done)
}

// The hub places a test call for the agent, at which the phone rings; Settings list the steps.
func TestTestCallFromSettings(t *testing.T) {
	p, d := at(t, settings.Own{Language: "ru"}, "light", protocol.RightTicket, protocol.RightControl)
	if err := p.second("settings").Run(); err == nil {
		t.Error("the program runs twice")
	}
	p.window("^Настройки")
	k := keep(d, nil)
	p.settled()
	p.tab(7) // port, extension, password, this session, test connection, test call, my phone
	p.keys("space", "shift+Tab", "space")
	var m protocol.Message
	select {
	case m = <-k.acts:
	case <-time.After(patience):
		t.Fatal("the hub is not asked")
	}
	var asked protocol.TestCall
	if err := m.Decode(&asked); err != nil || m.Name != protocol.CallTry || asked.Language != "ru" || !asked.Phone {
		t.Errorf("asked %s %+v, %v", m.Name, asked, err)
	}
	p.changes(func() {
		d.write(protocol.Notification, protocol.CallTested, m.ID, protocol.TestedCall{
			Call: "~test:1", Shown: true, Steps: []protocol.TestStep{{Step: "routed", Text: "маршрут найден: 0.4 ms"}},
		})
	})
	p.picture("test-call")
	p.end()
	close(d.done)
}
