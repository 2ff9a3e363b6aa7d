package queues

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"traybell/hub/ami/wire"

	"github.com/google/go-cmp/cmp"
)

var noon = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// message makes a message of lines such as "Event: QueueMember".
func message(lines ...string) wire.Message {
	var fields []wire.Field
	for _, line := range lines {
		key, value, _ := strings.Cut(line, ":")
		fields = append(fields, wire.Field{Key: key, Value: strings.TrimPrefix(value, " ")})
	}
	return wire.NewMessage(fields...)
}

// counted is a board with the queues, that counts what it asks for.
type counted struct {
	*Board
	changed, stale int
}

func newBoard(names ...string) *counted {
	c := &counted{}
	c.Board = NewBoard(Options{
		Wanted: func() []string { return names }, Changed: func() { c.changed++ }, Stale: func() { c.stale++ },
	})
	return c
}

func (c *counted) connect(rows ...wire.Message) {
	c.Connected(1, time.Time{})
	c.Resync(rows, nil, noon)
}

// text describes a queue: its members, then who waits for how long.
func (c *counted) text(name string) string {
	q, ok := c.Queue(name)
	if !ok {
		return "unknown"
	}
	var parts []string
	for _, m := range q.Members {
		parts = append(parts, strings.TrimSpace(m.Interface+" "+string(m.State())+" "+m.Reason))
	}
	for _, w := range q.Callers {
		parts = append(parts, "caller "+w.Number+" "+noon.Sub(w.Since).String())
	}
	return strings.Join(parts, ", ")
}

var (
	params = message("Event: QueueParams", "Queue: 500", "Calls: 1")
	anna   = message("Event: QueueMember", "Queue: 500", "Name: Anna", "Location: Local/101@from-queue/n",
		"StateInterface: hint:101@ext-local", "Membership: dynamic", "Penalty: 2", "LastPause: 1795871932",
		"LoginTime: 1795871900", "InCall: 0", "Status: 1", "Paused: 1", "PausedReason: lunch")
	boris = message("Event: QueueMember", "Queue: 500", "Name: PJSIP/102", "Location: PJSIP/102",
		"StateInterface: PJSIP/102", "Membership: static", "Status: 6", "Paused: 0", "PausedReason: ")
	waits = message("Event: QueueEntry", "Queue: 500", "Position: 1", "Uniqueid: 1.1", "CallerIDNum: 89161234567",
		"CallerIDName: unknown", "Wait: 90")
	other = message("Event: QueueMember", "Queue: 600", "Location: PJSIP/103")
)

func TestSnapshotOfQueues(t *testing.T) {
	b := newBoard("500")
	if got := b.text("500"); got != "unknown" {
		t.Errorf("without a connection: %s", got)
	}
	b.connect(params, anna, boris, waits, other)
	const want = "Local/101@from-queue/n paused lunch, PJSIP/102 ringing, caller 89161234567 1m30s"
	if got := b.text("500"); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got := b.text("600"); got != "unknown" {
		t.Errorf("a queue that hub.yml lacks: %s", got)
	}
	q, _ := b.Queue("500")
	first := q.Members[0]
	if !first.Dynamic || first.Penalty != 2 || !first.PausedAt.Equal(time.Unix(1795871932, 0)) ||
		!first.Added.Equal(time.Unix(1795871900, 0)) || q.Callers[0].Name != "" {
		t.Errorf("%+v", q)
	}
	b.Resync(
		[]wire.Message{params, anna, boris, message("Event: QueueEntry", "Queue: 500", "Uniqueid: 1.1", "Wait: 95")},
		nil,
		noon.Add(4*time.Second),
	)
	if got := b.text("500"); !strings.HasSuffix(got, " 1m30s") {
		t.Errorf("the caller seems to come again: %s", got)
	}
	b.Lost()
	if got := b.text("500"); got != "unknown" {
		t.Errorf("after the connection was lost: %s", got)
	}
}

func TestEventsOfQueues(t *testing.T) {
	join := message("Event: QueueCallerJoin", "Queue: 500", "Uniqueid: 1.2", "CallerIDNum: <unknown>", "Count: 1")
	leave := message("Event: QueueCallerLeave", "Queue: 500", "Uniqueid: 1.2")
	member := func(event string, more ...string) wire.Message {
		return message(append([]string{
			"Event: " + event, "Queue: 500", "MemberName: Anna", "Interface: PJSIP/101", "Membership: dynamic",
		}, more...)...)
	}
	for name, test := range map[string]struct {
		events []wire.Message
		want   string
	}{
		"a caller comes":          {[]wire.Message{join}, "caller  0s"},
		"a caller comes and goes": {[]wire.Message{join, leave}, ""},
		"an older event again":    {[]wire.Message{join, leave, leave}, ""},
		"a member joins":          {[]wire.Message{member("QueueMemberAdded", "Status: 1")}, "PJSIP/101 free"},
		"a member leaves": {
			[]wire.Message{member("QueueMemberAdded", "Status: 1"), member("QueueMemberRemoved")}, "",
		},
		"a pause and another": {[]wire.Message{
			member("QueueMemberPause", "Paused: 1", "PausedReason: lunch"),
			member("QueueMemberPause", "Paused: 1", "PausedReason: Обед", "Reason: Обед"),
		}, "PJSIP/101 paused Обед"},
		"a pause of Asterisk 12": {
			[]wire.Message{member("QueueMemberPaused", "Paused: 1", "Reason: lunch")}, "PJSIP/101 paused lunch",
		},
		"the end of a pause": {[]wire.Message{
			member("QueueMemberPause", "Paused: 1", "PausedReason: lunch"),
			member("QueueMemberPause", "Paused: 0", "PausedReason: ", "Reason: lunch", "Status: 1"),
		}, "PJSIP/101 free"},
		"talks":         {[]wire.Message{member("QueueMemberStatus", "Status: 2")}, "PJSIP/101 talking"},
		"not reachable": {[]wire.Message{member("QueueMemberStatus", "Status: 5")}, "PJSIP/101 unavailable"},
		"another queue": {[]wire.Message{message("Event: QueueCallerJoin", "Queue: 700", "Uniqueid: 1.3")}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBoard("500")
			b.connect(params)
			for _, m := range test.events {
				b.Event(m, noon)
			}
			if got := b.text("500"); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

// A manager user without read=agent hears of queues by the states of their devices only.
func TestQueuesWithoutTheirEvents(t *testing.T) {
	b := newBoard("500")
	b.connect(params, anna)
	b.Event(message("Event: DeviceStateChange", "Device: PJSIP/101", "State: INUSE"), noon)
	if b.stale != 0 {
		t.Error("a phone makes the queues stale")
	}
	b.Event(message("Event: DeviceStateChange", "Device: Queue:500", "State: RINGING"), noon)
	if b.stale != 1 || b.Stale() {
		t.Errorf("asked %d times", b.stale)
	}
	b.Read([]wire.Message{params, anna, waits}, noon)
	if got := b.text("500"); got != "Local/101@from-queue/n paused lunch, caller 89161234567 1m30s" || !b.Stale() {
		t.Errorf("after another read: %s", got)
	}
	b.Event(message("Event: QueueCallerLeave", "Queue: 500", "Uniqueid: 1.1"), noon)
	b.Read([]wire.Message{params, waits}, noon) // asked for before the event
	if got := b.text("500"); got != "Local/101@from-queue/n paused lunch" || b.Stale() || !b.Heard() {
		t.Errorf("once events come: %s", got)
	}
}

// A PBX that starts answers before it has loaded its queues.
func TestQueuesOfAPBXThatStarts(t *testing.T) {
	b := newBoard("500")
	b.connect()
	if got := b.text("500"); got != "unknown" || !b.Stale() || b.Connects() != 0 {
		t.Errorf("before: %s", got)
	}
	b.Event(message("Event: QueueMemberAdded", "Queue: 500", "Interface: PJSIP/101"), noon)
	b.Read(nil, noon)
	if !b.Stale() {
		t.Error("the board no longer asks")
	}
	b.Read([]wire.Message{params, boris}, noon)
	if got := b.text("500"); got != "PJSIP/102 ringing" || b.Stale() || b.Connects() != 1 {
		t.Errorf("then: %s", got)
	}
}

func TestWithoutQueuesNoEventsAreWanted(t *testing.T) {
	if b := newBoard(); b.Events() != nil || b.Snapshots() != nil {
		t.Errorf("%v, %v", b.Events(), b.Snapshots())
	}
	if b := newBoard("500"); !slices.Contains(b.Events(), "QueueMemberPause") ||
		!slices.Equal(b.Snapshots(), []string{"QueueStatus"}) {
		t.Errorf("%v, %v", b.Events(), b.Snapshots())
	}
}

func TestPhonesOfMembers(t *testing.T) {
	for iface, want := range map[string][]string{
		"Local/101@from-queue/n hint:101@ext-local":                 {"101"},
		"PJSIP/99101 PJSIP/99101":                                   {"99101"},
		"Local/FMPR-101@from-internal PJSIP/101":                    {"FMPR-101", "101"},
		"Local/79161234567@traybell-mobile/n Custom:mob79161234567": {"79161234567"},
		"Agent/1001 ": nil,
		"101 ":        nil,
	} {
		name, state, _ := strings.Cut(iface, " ")
		if diff := cmp.Diff(want, Member{Interface: name, StateInterface: state}.Phones()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", iface, diff)
		}
	}
}

// The recording of Asterisk 22 adds, pauses and removes members of q4 and others, and is refused some of it.
func TestRecordedMembers(t *testing.T) {
	raw, err := os.ReadFile("testdata/asterisk22-q_member.txt")
	if err != nil {
		t.Fatal(err)
	}
	b := newBoard("q4")
	b.connect(message("Event: QueueParams", "Queue: q4"))
	var seen []string
	for block := range strings.SplitSeq(string(raw), "\n\n") {
		lines := strings.Split(strings.TrimSpace(block), "\n")
		if len(lines) < 2 || !slices.Contains(b.Events(), strings.TrimPrefix(lines[1], "Event: ")) {
			continue
		}
		b.Event(message(lines[1:]...), noon)
		if now := b.text("q4"); len(seen) == 0 || seen[len(seen)-1] != now {
			seen = append(seen, now)
		}
	}
	want := []string{
		"", "PJSIP/101 paused starting", "PJSIP/101 free", "PJSIP/101 paused Обед", "PJSIP/101 paused Meeting",
		"PJSIP/101 paused all queues", "PJSIP/101 free", "PJSIP/101 paused", "", // what follows is no phone
		"101 unavailable",
		"101 unavailable, pjsip/101 free",
		"101 unavailable, Nope/101 unavailable, pjsip/101 free",
		"101 unavailable, Nope/101 unavailable, PJSIP/999 unavailable, pjsip/101 free",
		"101 unavailable, Nope/101 unavailable, PJSIP/105 unavailable, PJSIP/999 unavailable, pjsip/101 free",
		"Nope/101 unavailable, PJSIP/105 unavailable, PJSIP/999 unavailable, pjsip/101 free",
		"Nope/101 unavailable, PJSIP/105 unavailable, PJSIP/999 unavailable",
		"PJSIP/105 unavailable, PJSIP/999 unavailable",
		"PJSIP/105 unavailable", "",
	}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
