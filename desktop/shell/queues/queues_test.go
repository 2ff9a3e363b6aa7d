package queues

import (
	"testing"
	"time"

	"traybell/desktop/model"
	"traybell/desktop/ui/uitest"
	"traybell/shared/protocol"
)

func TestItemsOfTheMenu(t *testing.T) {
	texts := uitest.English(t)
	since := time.Date(2026, 11, 22, 9, 5, 0, 0, time.Local)
	for want, q := range map[string]model.Queue{
		"Support: 2 waiting since 09:05, 1 of 3 free": {
			Queue: protocol.Queue{Name: "500", Title: "Support", Waiting: 2, Agents: 3, Free: 1}, Since: since,
		},
		"500: no one waits, 0 of 0 free": {Queue: protocol.Queue{Name: "500"}},
		"500: not known":                 {Queue: protocol.Queue{Name: "500", Down: true}},
	} {
		if got := Items(texts, []model.Queue{q})[0].Title; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	items := Items(
		texts,
		[]model.Queue{{Queue: protocol.Queue{Name: "500", Mine: protocol.QueueIn, Members: []protocol.QueueMember{
			{
				Name:  "Anna",
				State: "free",
			}, {Name: "Boris", State: "paused", Reason: "lunch"}, {Name: "New", State: "moon"},
		}}}},
	)
	if m := items[0].Members; !items[0].In || len(m) != 3 || m[0] != "Anna: free" || m[1] != "Boris: paused (lunch)" ||
		m[2] != "New: phone not reachable" {
		t.Errorf("%+v", items[0])
	}
}

// sent is what a hub gets.
type sent struct {
	action  string
	data    any
	failure string
}

func (s *sent) Request(action string, data any, done func(protocol.Message, string)) {
	s.action, s.data = action, data
	done(protocol.Message{}, s.failure)
}

func TestWhatIsPressed(t *testing.T) {
	hub, why := &sent{failure: "No."}, ""
	Control(hub, "main", "500", protocol.QueuePauses, func(reason string) { why = reason })
	if hub.action != protocol.QueuePause || hub.data != (protocol.SetQueue{PBX: "main", Name: "500"}) || why != "No." {
		t.Errorf("%+v, %q", hub, why)
	}
	hub = &sent{}
	Acknowledge(hub, "warning:missed:1")
	if hub.action != "" {
		t.Errorf("another card: %+v", hub)
	}
	Acknowledge(hub, "warning:queue:1.2")
	if hub.action != protocol.QueueAcknowledge || hub.data != (protocol.AcknowledgeAlarm{ID: "1.2"}) {
		t.Errorf("%+v", hub)
	}
}
