package history

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"traybell/desktop/settings"
	"traybell/shared/protocol"
)

// kept is preferences without a file.
type kept struct{ own settings.Own }

func (k *kept) Own() settings.Own                 { return k.own }
func (k *kept) Update(change func(*settings.Own)) { change(&k.own) }

// The warning after a reconnect counts only calls missed without a connection: not earlier ones,
// with or without do-not-disturb, nor old ones after a restart. The hub's clock is an hour ahead.
func TestMissedWithoutConnection(t *testing.T) {
	hub := time.Now().Add(time.Hour)
	missed := func(minute int) protocol.Call {
		at := hub.Add(time.Duration(minute) * time.Minute)
		return protocol.Call{State: protocol.Ended, Missed: true, Started: at, Ended: at.Add(20 * time.Second)}
	}
	told := ""
	fresh := func() *Missed {
		return &Missed{
			Preferences: &kept{settings.Own{Seen: hub.Add(-time.Hour)}}, Log: slog.New(slog.DiscardHandler),
			Fresh: func(n int) { told += fmt.Sprint(n) }, Changed: func() {},
		}
	}
	m := fresh()
	tells := func(want string) {
		t.Helper()
		if told != want {
			t.Errorf("told %q, want %q", told, want)
		}
		told = ""
	}
	m.came([]protocol.Call{missed(2), missed(1)})
	tells("") // a restart
	m.Ended(nil, protocol.Call{State: protocol.Ended, Ended: missed(3).Ended})
	m.came([]protocol.Call{missed(3), missed(2), missed(1)})
	tells("")
	m.Reconnected(time.Now())
	m.came([]protocol.Call{missed(3), missed(2), missed(1)})
	tells("") // nothing was missed meanwhile
	m.Reconnected(time.Now())
	m.came([]protocol.Call{missed(5), missed(4), missed(3), missed(2), missed(1)})
	tells("2")
	if m.Count() != 5 {
		t.Errorf("the mark counts %d", m.Count())
	}
	// Without a connection since the start, calls missed since the start count.
	m = fresh()
	m.Reconnected(hub.Add(150 * time.Second))
	m.came([]protocol.Call{missed(3), missed(2), missed(1)})
	tells("1")
	if !m.Look() || m.Count() != 0 || m.Look() {
		t.Errorf("after a look the mark counts %d", m.Count())
	}
	// A first connection that broke before the hub had answered: what was missed since counts.
	m = fresh()
	m.Preferences = &kept{}
	m.Reconnected(hub.Add(150 * time.Second))
	m.came([]protocol.Call{missed(3), missed(2), missed(1)})
	tells("1")
	if m.Count() != 1 {
		t.Errorf("after the first break the mark counts %d", m.Count())
	}
}
