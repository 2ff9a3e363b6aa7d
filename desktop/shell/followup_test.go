package shell

import (
	"testing"
	"time"

	"traybell/desktop/model"
	"traybell/desktop/settings"
	"traybell/desktop/shell/popups"
	"traybell/shared/protocol"
)

// records is a hub with one missed call, which another agent claims first.
type records struct {
	t    *testing.T
	call protocol.Call
}

func (r *records) Request(action string, _ any, done func(protocol.Message, string)) {
	if action != protocol.HistoryList {
		done(protocol.Message{}, "Boris is already calling back.")
		return
	}
	m, err := protocol.New(protocol.Notification, protocol.HistoryAnswer, protocol.History{
		Calls: []protocol.Call{r.call},
	})
	if err != nil {
		r.t.Fatal(err)
	}
	done(m, "")
}

// What the hub says about missed calls is in the window of calls.
func TestCallsShowWhoCallsBack(t *testing.T) {
	s := lone(t, settings.Own{})
	s.popups, s.earlier.Changed = &popups.Popups{}, func() {}
	at := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	s.earlier.Hub = &records{t, protocol.Call{
		ID: "main:1", Number: "84951234567", E164: "+74951234567", State: protocol.Ended, Missed: true, Started: at,
		FollowUp: &protocol.FollowUp{State: protocol.FollowUpOpen},
	}}
	s.earlier.Search("", false)
	m, err := protocol.New(protocol.Event, protocol.MissedFollowUp, protocol.MissedEvent{
		Number: "+74951234567", Until: at,
		FollowUp: protocol.FollowUp{State: protocol.FollowUpClaimed, By: "Boris", Login: "boris", At: at},
	})
	if err != nil {
		t.Fatal(err)
	}
	event, err := model.Decode(m)
	followed, ok := event.(model.MissedFollowed)
	if err != nil || !ok {
		t.Fatalf("the event is %+v, %v", event, err)
	}
	s.earlier.Followed(followed.MissedEvent)
	list := view{s}.calls()
	if len(list.Calls) != 1 || list.Calls[0].FollowUp == nil || list.Calls[0].FollowUp.By != "Boris" {
		t.Fatalf("the calls are %+v", list.Calls)
	}
	s.earlier.Follow(protocol.MissedClaim, "main:1")
	if told := (view{s}.calls()).Told["main:1"]; told != "Boris is already calling back." {
		t.Errorf("the agent is not told why: %q", told)
	}
}
