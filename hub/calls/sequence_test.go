package calls_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"traybell/hub/ami/wire"
	"traybell/hub/calls"
	"traybell/hub/endpoint"
	"traybell/shared/protocol"

	"github.com/google/go-cmp/cmp"
)

// sequence makes events for which there is no recording. Channels are named by the last part of
// their Uniqueid.
type sequence struct {
	t        testing.TB
	messages []recorded
	channels map[string]map[string]string
}

func newSequence(t testing.TB) *sequence {
	return &sequence{t: t, channels: map[string]map[string]string{}}
}

func newEvent(name string, fields ...string) wire.Message {
	out := []wire.Field{{Key: "Event", Value: name}, {Key: "Privilege", Value: "call,all"}}
	for i := 0; i < len(fields); i += 2 {
		out = append(out, wire.Field{Key: fields[i], Value: fields[i+1]})
	}
	return wire.NewMessage(out...)
}

func (s *sequence) send(event string, fields ...string) {
	after := time.Duration(len(s.messages)) * 100 * time.Millisecond
	s.messages = append(s.messages, recorded{after, newEvent(event, fields...)})
}

// show returns a channel's fields with a prefix before each key.
func (s *sequence) show(prefix, id string) []string {
	row := s.channels[id]
	if row == nil {
		s.t.Fatalf("no channel %q", id)
	}
	var out []string
	for _, key := range []string{
		"Channel", "ChannelStateDesc", "CallerIDNum", "CallerIDName", "ConnectedLineNum", "Context", "Exten",
		"Uniqueid", "Linkedid",
	} {
		out = append(out, prefix+key, row[key])
	}
	return out
}

// channel starts a channel; linked is the channel whose Linkedid it has.
func (s *sequence) channel(id, name, state, number, exten, linked string) {
	s.channels[id] = map[string]string{
		"Channel": name, "ChannelStateDesc": state, "CallerIDNum": number, "CallerIDName": "<unknown>",
		"ConnectedLineNum": "<unknown>",
		"Context":          "default", "Exten": exten, "Uniqueid": "1795000000." + id,
		"Linkedid": "1795000000." + linked,
	}
	s.send("Newchannel", s.show("", id)...)
}

func (s *sequence) state(id, state string) {
	s.channels[id]["ChannelStateDesc"] = state
	s.send("Newstate", s.show("", id)...)
}

func (s *sequence) begin(from, to string) {
	var fields []string
	if from != "" {
		fields = s.show("", from)
	}
	s.send("DialBegin", append(fields, s.show("Dest", to)...)...)
}

// end ends a dial; from is empty for an originate.
func (s *sequence) end(from, to, status string) {
	var fields []string
	if from != "" {
		fields = s.show("", from)
	}
	s.send("DialEnd", append(append(fields, s.show("Dest", to)...), "DialStatus", status)...)
}

// local starts the two halves of a Local channel in the call of channel 1.
func (s *sequence) local(one, two, exten string) {
	name := "Local/" + exten + "@from-internal-0000000" + one
	s.channel(one, name+";1", "Down", "<unknown>", exten, "1")
	s.channel(two, name+";2", "Ring", "<unknown>", exten, "1")
}

func (s *sequence) enter(bridge string, ids ...string) {
	for _, id := range ids {
		s.send("BridgeEnter",
			append(s.show("", id),
				"BridgeUniqueid", bridge, "BridgeType", "basic", "BridgeTechnology", "simple_bridge")...)
	}
}

func (s *sequence) leave(bridge string, ids ...string) {
	for _, id := range ids {
		s.send("BridgeLeave",
			append(s.show("", id),
				"BridgeUniqueid", bridge, "BridgeType", "basic", "BridgeTechnology", "simple_bridge")...)
	}
}

func (s *sequence) hangup(cause string, ids ...string) {
	for _, id := range ids {
		s.send("Hangup", append(s.show("", id), "Cause", cause)...)
	}
}

// answered is an incoming call T (1), answered by 101 (2).
func (s *sequence) answered() {
	s.channel("1", "PJSIP/trunk-00000001", "Ring", "79161234567", "74950000001", "1")
	s.channel("2", "PJSIP/101-00000002", "Down", "101", "s", "1")
	s.begin("1", "2")
	s.state("2", "Ringing")
	s.state("2", "Up")
	s.end("1", "2", "ANSWER")
	s.state("1", "Up")
	s.enter("b1", "2", "1")
}

func (s *sequence) tells(want string) {
	s.t.Helper()
	tracker, told := play(s.messages)
	var lines []string
	for line := range strings.Lines(told.String()) {
		_, line, _ = strings.Cut(strings.TrimSpace(line), " ")
		lines = append(lines, strings.TrimSpace(line))
	}
	want = strings.TrimSpace(strings.ReplaceAll(want, "\t", ""))
	if diff := cmp.Diff(want, strings.Join(lines, "\n")); diff != "" {
		s.t.Errorf("-want +told:\n%s", diff)
	}
	if channels, live, bridges := tracker.Remembered(); channels+live+bridges > 0 {
		s.t.Errorf("kept are %d channels, %d calls, %d bridges", channels, live, bridges)
	}
	// A snapshot in between must not make a lasting difference.
	for i := range s.messages {
		tracker, w := testTracker(s.t, "snapshot in a sequence")
		var asterisk pbx
		for j, h := range s.messages {
			if i == j {
				w.see(tracker, tracker.Resync(asterisk.status(), nil, tick(j)))
			}
			asterisk.apply(h.m)
			w.see(tracker, tracker.Apply(h.m, tick(j)))
		}
		w.over(tracker)
	}
}

// *2 and AMI's Atxfer: the consultation goes through a Local channel in the same call, which is
// optimised away. The order is that of Asterisk's bridge_basic.c.
func TestAttendedTransferByCode(t *testing.T) {
	s := newSequence(t)
	s.answered()
	s.send("MusicOnHoldStart", s.show("", "1")...)
	s.channel("3", "Local/102@from-internal-00000001;1", "Down", "<unknown>", "102", "1")
	s.channel("4", "Local/102@from-internal-00000001;2", "Ring", "101", "102", "1")
	s.send("LocalBridge", "LocalOneUniqueid", "1795000000.3", "LocalTwoUniqueid", "1795000000.4")
	s.leave("b1", "2")
	s.enter("b2", "2")
	s.channel("5", "PJSIP/102-00000003", "Down", "102", "s", "1")
	s.begin("4", "5")
	s.state("5", "Ringing")
	s.state("5", "Up")
	s.end("4", "5", "ANSWER")
	s.state("4", "Up")
	s.enter("b3", "5", "4")
	s.state("3", "Up")
	s.enter("b2", "3")
	s.leave("b3", "5")
	s.leave("b2", "3")
	s.send("BridgeEnter",
		append(s.show("", "5"), "BridgeUniqueid", "b2", "BridgeType", "basic", "SwapUniqueid", "1795000000.3")...)
	s.hangup("16", "3")
	s.leave("b3", "4")
	s.hangup("16", "4")
	s.leave("b2", "2")
	s.send("BridgeMerge", "ToBridgeUniqueid", "b1", "FromBridgeUniqueid", "b2")
	s.send("AttendedTransfer", "Result", "Success", "OrigTransfererUniqueid", "1795000000.2",
		"SecondTransfererUniqueid", "1795000000.2",
		"TransfereeUniqueid", "1795000000.1", "TransferTargetUniqueid", "1795000000.5", "DestType", "Bridge")
	s.hangup("16", "2")
	s.send("NewConnectedLine", s.show("", "5")...)
	s.leave("b1", "1", "5")
	s.hangup("16", "5", "1")
	s.tells(`
	A incoming from or to "79161234567" "", dialled "74950000001"
	A is ringing
	A 101 ringing
	A 101 answered
	A is answered
	A 102 ringing
	A 102 answered
	A 101 ended transferred
	A 102 ended
	A is ended missed=false cause=16 rang=0.6s`)
}

// The consultation began before the customer called: its Linkedid is older, but the customer's call
// is the one that goes on.
func TestConsultationOlderThanCall(t *testing.T) {
	s := newSequence(t)
	s.channel("1", "PJSIP/101-00000001", "Ring", "101", "102", "1")
	s.channel("2", "PJSIP/102-00000002", "Down", "102", "s", "1")
	s.begin("1", "2")
	s.end("1", "2", "ANSWER")
	s.enter("b1", "2", "1")
	s.channel("3", "PJSIP/trunk-00000003", "Ring", "79161234567", "74950000001", "3")
	s.channel("4", "PJSIP/101-00000004", "Down", "101", "s", "3")
	s.begin("3", "4")
	s.end("3", "4", "ANSWER")
	s.enter("b2", "4", "3")
	s.leave("b1", "1")
	s.leave("b2", "3")
	s.channels["3"]["Linkedid"] = "1795000000.1"
	s.enter("b1", "3")
	s.send("AttendedTransfer", "Result", "Success", "OrigTransfererUniqueid", "1795000000.4",
		"SecondTransfererUniqueid", "1795000000.1")
	s.hangup("16", "1")
	s.leave("b2", "4")
	s.hangup("16", "4")
	s.leave("b1", "2", "3")
	s.hangup("16", "3", "2")
	s.tells(`
	A internal from or to "101" "", dialled "102"
	A 101 ringing (calling)
	A is ringing
	A 102 ringing
	A 101 answered (calling)
	A 102 answered
	A is answered
	B incoming from or to "79161234567" "", dialled "74950000001"
	B is ringing
	B 101 ringing
	B 101 answered
	B is answered
	A 101 ended (calling) transferred
	A 102 ended transferred
	A is ended into B
	B 102 answered
	B 101 ended transferred
	B 102 ended
	B is ended missed=false cause=16 rang=0.3s`)
}

// Two phones of an extension: one is busy or declines while the other rings; both go up at once,
// and one of them loses.
func TestSeveralPhonesOfOneExtension(t *testing.T) {
	s := newSequence(t)
	s.channel("1", "PJSIP/trunk-00000001", "Ring", "79161234567", "74950000001", "1")
	for _, id := range []string{"2", "3", "4"} {
		s.channel(id, "PJSIP/101-0000000"+id, "Down", "101", "s", "1")
	}
	s.begin("1", "2")
	s.begin("1", "3")
	s.begin("1", "4")
	s.end("1", "2", "BUSY")
	s.hangup("17", "2")
	s.state("3", "Ringing")
	s.state("4", "Ringing")
	s.state("3", "Up")
	s.state("4", "Up")
	s.end("1", "4", "CANCEL")
	s.end("1", "3", "ANSWER")
	s.hangup("26", "4")
	s.enter("b1", "3", "1")
	s.leave("b1", "3", "1")
	s.hangup("16", "1", "3")
	s.tells(`
	A incoming from or to "79161234567" "", dialled "74950000001"
	A is ringing
	A 101 ringing
	A 101 answered
	A is answered
	A 101 ended
	A is ended missed=false cause=16 rang=1.3s`)
}

// An IVR, music, voicemail: the dialplan answers, but no extension.
func TestAnsweredByTheDialplanOnly(t *testing.T) {
	s := newSequence(t)
	s.channel("1", "PJSIP/trunk-00000001", "Ring", "anonymous", "74950000001", "1")
	s.state("1", "Up")
	s.hangup("16", "1")
	s.tells(`
	A incoming from or to "anonymous" "", dialled "74950000001"
	A is ringing
	A is ended missed=true cause=16 rang=0.0s`)
}

// A call forwarded to a mobile phone is answered, though not by an extension.
func TestForwardedToAMobile(t *testing.T) {
	s := newSequence(t)
	s.channel("1", "PJSIP/trunk-00000001", "Ring", "79161234567", "74950000001", "1")
	s.channel("2", "PJSIP/101-00000002", "Down", "101", "s", "1")
	s.channel("3", "PJSIP/trunk-00000003", "Down", "79031112233", "s", "1")
	s.begin("1", "2")
	s.begin("1", "3")
	s.end("1", "2", "CANCEL")
	s.end("1", "3", "ANSWER")
	s.hangup("26", "2")
	s.enter("b1", "3", "1")
	s.hangup("16", "3", "1")
	s.tells(`
	A incoming from or to "79161234567" "", dialled "74950000001"
	A is ringing
	A 101 ringing
	A 101 ended CANCEL
	A is answered
	A is ended missed=false cause=16 rang=0.6s`)
}

// Asterisk sends the events of two channels independently: late events of a hung-up channel do not
// recreate it.
func TestLateEvents(t *testing.T) {
	s := newSequence(t)
	s.channel("1", "PJSIP/trunk-00000001", "Ring", "79161234567", "74950000001", "1")
	s.channel("2", "PJSIP/101-00000002", "Down", "101", "s", "1")
	s.begin("1", "2")
	s.hangup("127", "1", "2")
	s.end("1", "2", "CANCEL")
	s.begin("1", "2")
	s.leave("b1", "1", "2")
	s.tells(`
	A incoming from or to "79161234567" "", dialled "74950000001"
	A is ringing
	A 101 ringing
	A 101 ended
	A is ended missed=true cause=127 rang=0.2s`)
}

// A phone rings before its DialBegin comes: the caller is still taken from the DialBegin.
func TestRingingBeforeDialBegin(t *testing.T) {
	s := newSequence(t)
	s.channel("1", "PJSIP/trunk-00000001", "Ring", "79161234567", "74950000001", "1")
	s.channel("2", "PJSIP/101-00000002", "Down", "101", "s", "1")
	s.state("2", "Ringing")
	s.channels["1"]["CallerIDNum"] = "+79161234567"
	s.begin("1", "2")
	s.hangup("127", "2", "1")
	s.tells(`
	A incoming from or to "79161234567" "", dialled "74950000001"
	A is ringing
	A 101 ringing
	A incoming from or to "+79161234567" "", dialled "74950000001"
	A 101 ended
	A is ended missed=true cause=127 rang=0.3s`)
}

// Parked callers or a conference share one bridge, but remain separate calls.
func TestOneBridgeSeveralCalls(t *testing.T) {
	for _, kind := range []string{"parking", "base"} {
		s := newSequence(t)
		s.channel("1", "PJSIP/trunk-00000001", "Ring", "79161234567", "74950000001", "1")
		s.channel("2", "PJSIP/trunk-00000002", "Ring", "79167654321", "74950000001", "2")
		for _, id := range []string{"1", "2"} {
			s.send("BridgeEnter",
				append(s.show("", id), "BridgeUniqueid", "b1", "BridgeType", kind, "BridgeTechnology", "softmix")...)
		}
		s.hangup("16", "1", "2")
		_, told := play(s.messages)
		if strings.Contains(told.String(), "into") || !strings.Contains(told.String(), "B is ended") {
			t.Errorf("%s:\n%s", kind, told)
		}
	}
}

// With channelvars=FROM_DID in manager.conf that number counts, not the dialplan's position.
func TestDIDFromTheChannelVariable(t *testing.T) {
	tracker := calls.NewTracker("main", nil)
	m := newEvent("Newchannel", "Channel", "PJSIP/trunk-00000001", "ChannelState", "4", "Exten", "s", "Uniqueid", "1.1",
		"Linkedid", "1.1", "ChanVariable", "OTHER=1", "ChanVariable", "FROM_DID=74950000001")
	if changes := tracker.Apply(m, began); len(changes) != 1 || changes[0].Call.DID != "74950000001" {
		t.Errorf("%+v", changes)
	}
}

// Callers control their name and number. Agents, tickets and logs get one short line of text.
func TestHostileCallerIDs(t *testing.T) {
	tracker := calls.NewTracker("main", nil)
	for i, c := range []struct{ wrote, reads string }{
		{"Ivan Ivanov", "Ivan Ivanov"},
		{"Иван <script>{{.}}%s", "Иван <script>{{.}}%s"}, // markup is text; escaping it is up to the display
		{"a\rb\tc\x1b[31m\x00\x7f", "a b c [31m  "},
		{"a\u0085b\u2028c\u2029d", "a b c d"},
		{"\u202eIvan\u2066", " Ivan "},
		{"\xcf\xf0\xe8 cp1251", "При cp1251"},
		{strings.Repeat("A", 10_000), strings.Repeat("A", 200)},
		{"x" + strings.Repeat("ы", 5_000), "x" + strings.Repeat("ы", 99)},
	} {
		id := fmt.Sprint("1.", i)
		changes := tracker.Apply(newEvent("Newchannel", "Channel", "PJSIP/trunk-00000001", "ChannelState", "4",
			"CallerIDNum", c.wrote, "CallerIDName", c.wrote, "Exten", c.wrote, "Uniqueid", id, "Linkedid", id), began)
		if len(changes) != 1 {
			t.Fatalf("%.40q: %d changes", c.wrote, len(changes))
		}
		got, name := changes[0].Call, strings.TrimSpace(c.reads)
		if got.Number != c.reads || got.Name != name || got.DID != c.reads {
			t.Errorf("%.40q reads as number %q, name %q, called %q", c.wrote, got.Number, got.Name, got.DID)
		}
	}
}

// The configuration decides which endpoints are extensions.
func TestExtensionsByConfiguration(t *testing.T) {
	s := newSequence(t)
	s.channel("1", "PJSIP/trunk-00000001", "Ring", "79161234567", "74950000001", "1")
	s.channel("2", "PJSIP/anna-desk-00000002", "Down", "101", "s", "1")
	s.begin("1", "2")
	rules := endpoint.NewRules(nil, nil, func(extension string) bool { return extension == "anna-desk" })
	tracker := calls.NewTracker("main", func() *endpoint.Rules { return rules })
	var last []calls.Change
	for _, h := range s.messages {
		if changes := tracker.Apply(h.m, began); changes != nil {
			last = changes
		}
	}
	if len(last) != 1 || len(last[0].Call.Legs) != 1 || last[0].Call.Legs[0].Extension != "anna-desk" {
		t.Errorf("%+v", last)
	}
}

// Missed means called here: a colleague, an agent through a queue or from outside; not what an
// agent called that is no colleague.
func TestMissedMeansCalledHere(t *testing.T) {
	phone := func(s *sequence, exten string) {
		s.channel("1", "PJSIP/101-00000001", "Ring", "101", exten, "1")
	}
	alone := func(exten string) func(s *sequence) {
		return func(s *sequence) { phone(s, exten); s.state("1", "Up"); s.hangup("16", "1") }
	}
	for name, c := range map[string]struct {
		play   func(s *sequence)
		missed bool
	}{
		"a colleague": {func(s *sequence) {
			phone(s, "103")
			s.channel("2", "PJSIP/103-00000002", "Down", "103", "s", "1")
			s.begin("1", "2")
			s.end("1", "2", "NOANSWER")
			s.hangup("19", "2", "1")
		}, true},
		"a queue whose members ring": {func(s *sequence) {
			phone(s, "400")
			s.channel("2", "PJSIP/103-00000002", "Down", "103", "s", "1")
			s.begin("1", "2")
			s.end("1", "2", "CANCEL")
			s.hangup("16", "2", "1")
		}, true},
		"from outside": {func(s *sequence) {
			s.channel("1", "PJSIP/trunk-00000001", "Ring", "79161234567", "74950000001", "1")
			s.hangup("16", "1")
		}, true},
		"a queue without members": {alone("400"), false},
		"the mailbox":             {alone("*97"), false},
		"a conference":            {alone("900"), false},
		"outside": {func(s *sequence) {
			phone(s, "89161234567")
			s.channel("2", "PJSIP/trunk-00000002", "Down", "89161234567", "s", "1")
			s.begin("1", "2")
			s.end("1", "2", "BUSY")
			s.hangup("17", "2", "1")
		}, false},
		"click to call, not picked up": {func(s *sequence) {
			s.channel("1", "PJSIP/101-00000001", "Down", "101", "s", "1")
			s.begin("", "1")
			s.state("1", "Ringing")
			s.hangup("19", "1")
		}, false},
	} {
		s := newSequence(t)
		c.play(s)
		tracker := newTracker()
		var last []calls.Change
		for _, h := range s.messages {
			if changes := tracker.Apply(h.m, began.Add(h.after)); changes != nil {
				last = changes
			}
		}
		if len(last) != 1 || last[0].Call.State != protocol.Ended || last[0].Call.Missed != c.missed {
			t.Errorf("%s: %+v, want missed %t", name, last, c.missed)
		}
	}
}
