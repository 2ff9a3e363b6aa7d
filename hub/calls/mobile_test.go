package calls_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"traybell/hub/ami/wire"
	"traybell/hub/calls"
)

// mobileOf101 is the mobile of the recording.
func mobileOf101(number string) string {
	if number == "79161234567" {
		return "101"
	}
	return ""
}

// A queue calls an agent's mobile, who presses 1: the trunk's channel is the agent's phone.
func TestQueueCallsAMobile(t *testing.T) {
	for name, mobiles := range map[string]func(string) string{"known": mobileOf101, "unknown": nil} {
		t.Run(name, func(t *testing.T) {
			tracker := calls.NewTracker("main", nil)
			tracker.Mobiles.Extension = mobiles
			var seen []string
			for _, r := range traces(t)["asterisk22-mobile_call"] {
				for _, c := range tracker.Apply(r.m, began.Add(r.after)) {
					if c.Quiet {
						continue
					}
					text := fmt.Sprint(c.Call.Direction, " ", c.Call.State)
					for _, l := range c.Call.Legs {
						text += fmt.Sprint(", ", l.Extension, " ", l.State)
					}
					if slices.ContainsFunc(c.Call.Channels, func(ch calls.Channel) bool { return ch.Mobile != "" }) {
						text += ", mobile"
					}
					if len(seen) == 0 || seen[len(seen)-1] != text {
						seen = append(seen, text)
					}
				}
			}
			want := "incoming ringing; incoming answered; incoming ended"
			if mobiles != nil {
				want = "incoming ringing; incoming ringing, 101 ringing, mobile; " +
					"incoming answered, 101 answered, mobile; incoming answered, 101 ended; incoming ended, 101 ended"
			}
			if got := strings.Join(seen, "; "); got != want {
				t.Errorf("%s\nwant %s", got, want)
			}
		})
	}
}

// A hub that starts while the agent talks on the mobile finds it by what Status shows.
func TestSnapshotOfACallOnAMobile(t *testing.T) {
	row := func(channel, unique, application, data, bridge string) wire.Message {
		return message([]string{
			"Event: Status", "Channel: " + channel, "ChannelState: 6", "ChannelStateDesc: Up",
			"CallerIDNum: 74951234567",
			"Uniqueid: " + unique, "Linkedid: 1700000000.1", "Application: " + application, "Data: " + data,
			"BridgeID: " + bridge, "Context: from-trunk", "DNID: 74950000008",
		})
	}
	tracker := calls.NewTracker("main", nil)
	tracker.Mobiles.Extension = mobileOf101
	tracker.Connected(1, began)
	changes := tracker.Resync([]wire.Message{
		row("PJSIP/trunk-00000001", "1700000000.1", "Queue", "q5,tT", "b1"),
		row("Local/79161234567@traybell-mobile-00000001;1", "1700000000.2", "AppQueue", "(Outgoing Line)", "b1"),
		row("Local/79161234567@traybell-mobile-00000001;2", "1700000000.3", "Dial",
			"Local/79161234567@traybell-mobile-out/n,30", "b2"),
		row("Local/79161234567@traybell-mobile-out-00000002;1", "1700000000.4", "AppDial", "(Outgoing Line)", "b2"),
		row("Local/79161234567@traybell-mobile-out-00000002;2", "1700000000.5", "Dial",
			"PJSIP/79161234567@trunk,30", "b3"),
		row("PJSIP/trunk-00000002", "1700000000.6", "AppDial", "(Outgoing Line)", "b3"),
	}, nil, began)
	if len(changes) != 1 {
		t.Fatalf("%+v", changes)
	}
	c := changes[0].Call
	if fmt.Sprint(c.Direction, " ", c.State, " ", c.Number) != "incoming answered 74951234567" || len(c.Legs) != 1 ||
		c.Legs[0].Extension != "101" || c.Legs[0].State != "answered" {
		t.Errorf("%+v", c)
	}
}
