package shell

import (
	"log/slog"
	"testing"
	"time"

	"traybell/assets/translations"
	"traybell/desktop/client"
	"traybell/desktop/settings"
	"traybell/shared/protocol"
)

// What is told at the connection's return is what was missed without it: neither what was missed
// through it, do-not-disturb or not, nor at a mere restart what nobody has looked at yet. The hub's
// clock is an hour ahead of this computer's.
func TestTheWarningTellsWhatWasMissedWithoutAConnection(t *testing.T) {
	texts, err := translations.Load("en")
	if err != nil {
		t.Fatal(err)
	}
	hub := time.Now().Add(time.Hour)
	missed := func(minute int) protocol.Call {
		at := hub.Add(time.Duration(minute) * time.Minute)
		return protocol.Call{State: protocol.Ended, Missed: true, Started: at, Ended: at.Add(20 * time.Second)}
	}
	s := &shell{
		texts: texts, log: slog.New(slog.DiscardHandler), file: settings.In(t.TempDir()),
		asked: map[client.Kind]bool{},
	}
	s.own.Seen = hub.Add(-time.Hour)
	s.frame.due = true // nothing is shown here
	tells := func(want string) {
		t.Helper()
		got := ""
		for _, n := range s.notices {
			got += n.Text
		}
		s.notices = nil
		if got != want {
			t.Errorf("told %q, want %q", got, want)
		}
	}
	s.missedCame([]protocol.Call{missed(2), missed(1)})
	tells("") // a mere restart
	s.missed.hear(missed(3))
	s.missedCame([]protocol.Call{missed(3), missed(2), missed(1)})
	tells("")
	s.missed.connectedAgain(time.Now())
	s.missedCame([]protocol.Call{missed(3), missed(2), missed(1)})
	tells("") // nothing was missed meanwhile
	s.missed.connectedAgain(time.Now())
	s.missedCame([]protocol.Call{missed(5), missed(4), missed(3), missed(2), missed(1)})
	tells("2 missed calls")
	if s.missed.count != 5 {
		t.Errorf("the mark counts %d", s.missed.count)
	}
	// A program that had no connection from its start tells what was missed since.
	s.missed = missedCalls{}
	s.missed.connectedAgain(hub.Add(150 * time.Second))
	s.missedCame([]protocol.Call{missed(3), missed(2), missed(1)})
	tells("1 missed call")
}
