package calls_test

import (
	"fmt"
	"strings"
	"testing"

	"traybell/hub/ami/wire"
	"traybell/hub/calls"
	"traybell/hub/endpoint"
)

// from starts a channel of the call 1 in a context.
func (s *sequence) from(context, id, name, state, number, exten string) {
	s.channel(id, name, state, number, exten, "1")
	s.channels[id]["Context"] = context
	s.messages[len(s.messages)-1].m = newEvent("Newchannel", s.show("", id)...)
}

// dial is begin by the channel 1, with a DialString.
func (s *sequence) dial(to, number string) {
	s.send("DialBegin", append(append(s.show("", "1"), s.show("Dest", to)...), "DialString", number)...)
}

// last describes the last state of the first call: direction, number, called number and legs.
func (s *sequence) last(rules *endpoint.Rules) string {
	s.t.Helper()
	tracker := calls.NewTracker("main", func() *endpoint.Rules { return rules })
	var last calls.Call
	for i, h := range s.messages {
		for _, change := range tracker.Apply(h.m, tick(i)) {
			if last.ID == "" || last.ID == change.Call.ID {
				last = change.Call
			}
		}
		if err := tracker.Check(); err != nil {
			s.t.Error(err)
		}
	}
	return describe(last)
}

func describe(c calls.Call) string {
	var legs []string
	for _, l := range c.Legs {
		leg := l.Extension
		if l.Calling {
			leg += " calling"
		}
		legs = append(legs, leg)
	}
	return fmt.Sprintf("%s %s to %s: %s", c.Direction, c.Number, c.DID, strings.Join(legs, ", "))
}

// Who is outside is decided by evidence. Agents are 101, 103 and anna.
func TestWhoCalls(t *testing.T) {
	rules := endpoint.NewRules([]string{"gw-*"}, []string{"9910x"}, func(extension string) bool {
		return extension == "101" || extension == "103" || extension == "anna"
	})
	for name, test := range map[string]struct {
		context, caller, number, exten string
		called, want                   string
	}{
		"a trunk of four digits": {
			"default", "PJSIP/1000-00000001", "79161234567", "74950000001", "PJSIP/101-00000002",
			"incoming 79161234567 to 74950000001: 101",
		},
		"a gateway for analog lines that sends the extension": {
			"from-pstn", "SIP/701-00000001", "79161234567", "101", "SIP/101-00000002",
			"incoming 79161234567 to 101: 101",
		},
		"a gateway whose caller withholds the number": {
			"from-pstn", "SIP/701-00000001", "anonymous", "101", "SIP/101-00000002", "incoming anonymous to 101: 101",
		},
		"a gateway in hub.yml": {
			"from-internal", "SIP/gw-1-00000001", "103", "101", "SIP/101-00000002", "incoming 103 to 101: 101",
		},
		"ISDN": {
			"default", "DAHDI/i1/79161234567-1", "79161234567", "74950000001", "PJSIP/101-00000002",
			"incoming 79161234567 to 74950000001: 101",
		},
		"ISDN that presents a colleague's number": {
			"default", "DAHDI/i1/103-1", "103", "74950000001", "PJSIP/101-00000002",
			"incoming 103 to 74950000001: 101",
		},
		"mISDN": {
			"default", "mISDN/1-u12", "23456", "100", "SIP/101-00000002", "incoming 23456 to 100: 101",
		},
		"IAX2": {
			"default", "IAX2/provider-123", "0", "74950000001", "PJSIP/101-00000002",
			"incoming 0 to 74950000001: 101",
		},
		"a GSM modem": {
			"default", "Dongle/dongle0-0100000001", "79161234567", "s", "PJSIP/101-00000002",
			"incoming 79161234567 to s: 101",
		},
		"another GSM modem": {
			"default", "Quectel/quectel0-010000001f", "79161234567", "+79160000000", "PJSIP/101-00000002",
			"incoming 79161234567 to +79160000000: 101",
		},
		"a guest that presents a colleague's number": {
			"from-sip-external", "SIP/203.0.113.7-00000001", "103", "101", "SIP/101-00000002",
			"incoming 103 to 101: 101",
		},
		"a guest that is named like a colleague": {
			"from-sip-external", "SIP/103-00000001", "103", "101", "SIP/101-00000002",
			"incoming 103 to 101: 101",
		},
		"a trunk that presents the emergency number": {
			"from-trunk", "PJSIP/trunk-00000001", "112", "74950000001", "PJSIP/101-00000002",
			"incoming 112 to 74950000001: 101",
		},
		"a colleague": {
			"from-internal", "PJSIP/103-00000001", "103", "101", "PJSIP/101-00000002",
			"internal 103 to 101: 103 calling, 101",
		},
		"a colleague whose phone presents the company": {
			"default", "PJSIP/103-00000001", "74950000001", "101", "PJSIP/101-00000002",
			"internal 74950000001 to 101: 103 calling, 101",
		},
		"a colleague without digits": {
			"default", "PJSIP/anna-00000001", "anna", "101", "PJSIP/101-00000002",
			"internal anna to 101: anna calling, 101",
		},
		"to a colleague without digits": {
			"default", "PJSIP/101-00000001", "101", "anna", "PJSIP/anna-00000002",
			"internal 101 to anna: 101 calling, anna",
		},
		"a phone of a tenant": {
			"default", "SIP/205-tenant-00000001", "205", "101", "SIP/101-00000002",
			"internal 205 to 101: 205-tenant calling, 101",
		},
		"a phone of a tenant, the other way round": {
			"default", "PJSIP/tenant_205-00000001", "205", "206", "PJSIP/tenant_206-00000002",
			"internal 205 to 206: tenant_205 calling, tenant_206",
		},
		"a trunk of a tenant": {
			"default", "PJSIP/tenant-205-00000001", "79161234567", "205", "PJSIP/101-00000002",
			"incoming 79161234567 to 205: 101",
		},
		"a browser's phone": {
			"default", "PJSIP/99101-00000001", "74950000001", "103", "PJSIP/103-00000002",
			"internal 74950000001 to 103: 99101 calling, 103",
		},
		"a door phone": {
			"from-internal", "PJSIP/door-00000001", "300", "101", "PJSIP/101-00000002",
			"internal 300 to 101: door calling, 101",
		},
		"a fax at an analog port": {
			"from-internal", "DAHDI/5-1", "205", "101", "PJSIP/101-00000002",
			"internal 205 to 101: 5 calling, 101",
		},
		"a conference phone": {
			"default", "SIP/300-00000001", "300", "101", "SIP/101-00000002",
			"internal 300 to 101: 300 calling, 101",
		},
		"a queue with Local channels": {
			"from-trunk", "SIP/701-00000001", "23456", "74950000001",
			"Local/101@from-queue-00000001;1 SIP/101-00000002",
			"incoming 23456 to 74950000001: 101",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSequence(t)
			s.from(test.context, "1", test.caller, "Ring", test.number, test.exten)
			called := strings.Fields(test.called)
			s.channel("9", called[len(called)-1], "Down", "", "s", "1")
			if len(called) > 1 {
				s.channel("2", called[0], "Down", "", "101", "1")
				s.channel("3", strings.Replace(called[0], ";1", ";2", 1), "Ring", "", "101", "1")
				s.begin("1", "2")
				s.begin("3", "9")
			} else {
				s.channels["9"]["CallerIDNum"] = test.exten // Dial gives it to a phone without a number
				s.begin("1", "9")
			}
			s.state("9", "Ringing")
			if got := s.last(rules); got != test.want {
				t.Errorf("%s\nwant %s", got, test.want)
			}
		})
	}
}

// A number that goes out is an outside number, however short, and even if the trunk's name and the
// number look like extensions.
func TestShortNumbersOutside(t *testing.T) {
	for _, test := range []struct{ dialled, trunk, presented, dial, want string }{
		{"112", "PJSIP/trunk-00000002", "112", "112@trunk", "outgoing 112 to 112: 101 calling"},
		{"112", "PJSIP/701-00000002", "s", "112@701", "outgoing 112 to 112: 101 calling"},
		{"23456", "SIP/1000-00000002", "23456", "1000/23456", "outgoing 23456 to 23456: 101 calling"},
		{"0112", "DAHDI/i1/112-2", "112", "g0/112", "outgoing 112 to 0112: 101 calling"},
		{"112", "Dongle/dongle0-0100000001", "", "dongle0/112", "outgoing 112 to 112: 101 calling"},
		{"205", "IAX2/branch-77", "205", "branch/205", "outgoing 205 to 205: 101 calling"},
	} {
		s := newSequence(t)
		s.from("from-internal", "1", "PJSIP/101-00000001", "Ring", "101", test.dialled)
		s.channel("2", test.trunk, "Down", "", "s", "1")
		s.channels["2"]["CallerIDNum"] = test.presented
		s.channels["1"]["Exten"] = test.dialled
		s.dial("2", test.dial)
		if got := s.last(nil); got != test.want {
			t.Errorf("%s through %s: %s, want %s", test.dialled, test.trunk, got, test.want)
		}
	}
}

// A guess is corrected within the call, and its leg goes.
func TestWrongGuess(t *testing.T) {
	s := newSequence(t)
	s.channel("1", "SIP/701-00000001", "Ring", "anonymous", "400", "1")
	if got, want := s.last(nil), "internal anonymous to 400: 701 calling"; got != want {
		t.Errorf("guess: %s, want %s", got, want)
	}
	s.channel("2", "SIP/101-00000002", "Down", "101", "s", "1")
	s.send("DialBegin", append(append(s.show("", "1"), s.show("Dest", "2")...),
		"ChanVariable", "FROM_DID=74950000001")...)
	s.state("2", "Ringing")
	if got, want := s.last(nil), "incoming anonymous to 74950000001: 101"; got != want {
		t.Errorf("with FROM_DID: %s, want %s", got, want)
	}
}

// A phone that rang before its DialBegin told that it is a trunk.
func TestWrongGuessOfTheCalled(t *testing.T) {
	s := newSequence(t)
	s.from("from-internal", "1", "SIP/101-00000001", "Ring", "101", "112")
	s.channel("2", "SIP/701-00000002", "Down", "", "", "1")
	s.state("2", "Ringing")
	if got, want := s.last(nil), "internal 101 to 112: 101 calling, 701"; got != want {
		t.Errorf("guess: %s, want %s", got, want)
	}
	s.channels["2"]["CallerIDNum"] = "112"
	s.dial("2", "701/112")
	if got, want := s.last(nil), "outgoing 112 to 112: 101 calling"; got != want {
		t.Errorf("with the dialled number: %s, want %s", got, want)
	}
}

// A colleague was called in vain before the call went out: it stays the call to the colleague.
func TestForwardThroughTrunkNamedLikeAnExtension(t *testing.T) {
	s := newSequence(t)
	s.from("from-internal", "1", "SIP/101-00000001", "Ring", "101", "103")
	s.from("from-internal", "2", "SIP/103-00000002", "Down", "103", "s")
	s.dial("2", "103")
	s.state("2", "Ringing")
	s.end("1", "2", "NOANSWER")
	s.hangup("19", "2")
	s.channel("3", "SIP/701-00000003", "Down", "89161112233", "s", "1")
	s.state("3", "Ringing")
	s.dial("3", "701/89161112233")
	if got, want := s.last(nil), "internal 101 to 103: 101 calling, 103"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// In a snapshot the dialplan has moved the channels and changed their numbers.
func TestWhoCallsInSnapshots(t *testing.T) {
	row := func(id, name, state, number, context, application string, more ...string) wire.Message {
		return newEvent("Status", append([]string{
			"Channel", name, "ChannelStateDesc", state, "CallerIDNum", number, "Context", context, "Exten", "s",
			"Application", application, "Uniqueid", "1." + id, "Linkedid", "1.1",
		}, more...)...)
	}
	for name, test := range map[string]struct {
		rows []wire.Message
		want string
	}{
		"a trunk of six digits": {
			[]wire.Message{
				row("1", "PJSIP/111111-00000001", "Ring", "79161234567", "macro-dial-one", "Dial",
					"DNID", "74950000101", "ChanVariable", "FROM_DID=74950000101"),
				row("2", "PJSIP/101-00000002", "Ringing", "101", "from-internal", "AppDial",
					"ChanVariable", "FROM_DID=74950000101"),
			}, "incoming 79161234567 to 74950000101: 101",
		},
		"a phone that calls with the company's number": {
			[]wire.Message{
				row("1", "PJSIP/101-00000001", "Ring", "74950000001", "macro-dialout-trunk", "Dial", "DNID",
					"89167778899"),
				row("2", "PJSIP/trunk-00000002", "Ringing", "89167778899", "from-trunk", "AppDial"),
			}, "outgoing 89167778899 to 89167778899: 101 calling",
		},
	} {
		tracker := calls.NewTracker("main", nil)
		changes := tracker.Resync(test.rows, nil, began)
		if len(changes) != 1 || describe(changes[0].Call) != test.want {
			t.Errorf("%s: %+v, want %s", name, changes, test.want)
		}
	}
}
