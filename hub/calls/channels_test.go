package calls_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"traybell/hub/calls"
	"traybell/shared/protocol"
)

// channelStory lists the channels of each call whenever they change.
func channelStory(messages []recorded) string {
	var b strings.Builder
	told := newStory() // for the calls' names
	last := map[string]string{}
	tracker := calls.NewTracker("main", nil)
	for _, h := range messages {
		for _, c := range tracker.Apply(h.m, began.Add(h.after)) {
			line := told.name(c.Call.ID)
			for _, ch := range c.Call.Channels {
				if ch.Extension == "" {
					line += " outside"
				} else {
					line += " " + ch.Extension
				}
				line += "=" + ch.Name
			}
			if last[c.Call.ID] != line {
				last[c.Call.ID] = line
				fmt.Fprintln(&b, line)
			}
		}
	}
	return b.String()
}

func TestChannelsOfRecordings(t *testing.T) {
	recordings := traces(t)
	for name, want := range map[string]string{
		"asterisk22-direct": `
			A outside=PJSIP/trunk-00000000
			A outside=PJSIP/trunk-00000000 101=PJSIP/101-00000001
			A 101=PJSIP/101-00000001
			A
		`,
		"asterisk22-queue_direct": `
			A outside=PJSIP/trunk-0000000d
			A outside=PJSIP/trunk-0000000d 101=PJSIP/101-0000000e
			A outside=PJSIP/trunk-0000000d 101=PJSIP/101-0000000e 102=PJSIP/102-0000000f
			A outside=PJSIP/trunk-0000000d 102=PJSIP/102-0000000f
			A outside=PJSIP/trunk-0000000d
			A outside=PJSIP/trunk-0000000d 101=PJSIP/101-00000010
			A outside=PJSIP/trunk-0000000d 101=PJSIP/101-00000010 102=PJSIP/102-00000011
			A outside=PJSIP/trunk-0000000d 102=PJSIP/102-00000011
			A outside=PJSIP/trunk-0000000d
			A
		`,
		"asterisk22-queue_local": `
			A outside=PJSIP/trunk-00000015
			A outside=PJSIP/trunk-00000015 101=PJSIP/101-00000016
			A 101=PJSIP/101-00000016
			A
		`,
		"asterisk22-ringgroup": `
			A outside=PJSIP/trunk-00000009
			A outside=PJSIP/trunk-00000009 101=PJSIP/101-0000000a
			A outside=PJSIP/trunk-00000009 101=PJSIP/101-0000000a 102=PJSIP/102-0000000b
			A outside=PJSIP/trunk-00000009 101=PJSIP/101-0000000a 102=PJSIP/102-0000000b 103=PJSIP/103-0000000c
			A outside=PJSIP/trunk-00000009 102=PJSIP/102-0000000b 103=PJSIP/103-0000000c
			A outside=PJSIP/trunk-00000009 102=PJSIP/102-0000000b
			A outside=PJSIP/trunk-00000009
			A
		`,
		"asterisk22-attended": `
			A outside=PJSIP/trunk-00000022
			A outside=PJSIP/trunk-00000022 101=PJSIP/101-00000023
			B 101=PJSIP/101-00000024
			B 101=PJSIP/101-00000024 102=PJSIP/102-00000025
			B
			A outside=PJSIP/trunk-00000022 101=PJSIP/101-00000023 101=PJSIP/101-00000024 102=PJSIP/102-00000025
			A outside=PJSIP/trunk-00000022 101=PJSIP/101-00000024 102=PJSIP/102-00000025
			A outside=PJSIP/trunk-00000022 102=PJSIP/102-00000025
			A 102=PJSIP/102-00000025
			A
		`,
		"asterisk22-multi_contact": `
			A outside=PJSIP/trunk-00000000
			A outside=PJSIP/trunk-00000000 101=PJSIP/101-00000001
			A outside=PJSIP/trunk-00000000 101=PJSIP/101-00000001 101=PJSIP/101-00000002
			A outside=PJSIP/trunk-00000000 101=PJSIP/101-00000001
			A 101=PJSIP/101-00000001
			A
		`,
		"asterisk22-pickup": `
			A outside=PJSIP/trunk-00000032
			A outside=PJSIP/trunk-00000032 101=PJSIP/101-00000033
			B 103=PJSIP/103-00000034
			B
			A outside=PJSIP/trunk-00000032 101=PJSIP/101-00000033 103=PJSIP/103-00000034
			A outside=PJSIP/trunk-00000032 103=PJSIP/103-00000034
			A 103=PJSIP/103-00000034
			A
		`,
		"asterisk22-outbound": `
			A 101=PJSIP/101-00000047
			A 101=PJSIP/101-00000047 outside=PJSIP/trunk-00000048
			A 101=PJSIP/101-00000047
			A
		`,
		"asterisk16-chansip_blind": `
			A outside=SIP/siptrunk-00000002
			A outside=SIP/siptrunk-00000002 201=SIP/201-00000003
			A outside=SIP/siptrunk-00000002
			A outside=SIP/siptrunk-00000002 202=SIP/202-00000004
			A 202=SIP/202-00000004
			A
		`,
	} {
		t.Run(name, func(t *testing.T) {
			want := strings.TrimPrefix(strings.ReplaceAll(want, "\t", ""), "\n")
			if diff := cmp.Diff(want, channelStory(recordings[name])); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// In each recording all live legs have channels, ended legs have none, and no channel has hung up.
func TestOnlyLiveChannels(t *testing.T) {
	for name, messages := range traces(t) {
		t.Run(name, func(t *testing.T) {
			tracker := calls.NewTracker("main", nil)
			up := map[string]bool{} // by name and Uniqueid
			for _, h := range messages {
				id := h.m.Get("Channel") + " " + h.m.Get("Uniqueid")
				up[id] = h.m.Event() != "Hangup" && (up[id] || h.m.Event() == "Newchannel")
				for _, c := range tracker.Apply(h.m, began.Add(h.after)) {
					checkChannels(t, c.Call, up)
				}
			}
		})
	}
}

func checkChannels(t *testing.T, c calls.Call, up map[string]bool) {
	t.Helper()
	for _, ch := range c.Channels {
		if !up[ch.Name+" "+ch.Uniqueid] || strings.HasPrefix(ch.Name, "Local/") {
			t.Errorf("%s: %+v is not live", c.ID, ch)
		}
		if ch.Extension != "" && !slices.ContainsFunc(c.Legs, func(l calls.Leg) bool {
			return l.Extension == ch.Extension && l.State != protocol.Ended
		}) {
			t.Errorf("%s: %+v without a leg", c.ID, ch)
		}
	}
	for _, l := range c.Legs {
		if l.State != protocol.Ended && !slices.ContainsFunc(c.Channels, func(ch calls.Channel) bool {
			return ch.Extension == l.Extension
		}) {
			t.Errorf("%s: %+v without a channel", c.ID, l)
		}
	}
}

// A change is quiet if and only if it changes nothing but channels.
func TestQuietChanges(t *testing.T) {
	quiet := 0
	for name, messages := range traces(t) {
		tracker := calls.NewTracker("main", nil)
		last := map[string]calls.Call{}
		for _, h := range messages {
			for _, c := range tracker.Apply(h.m, began.Add(h.after)) {
				before, now := last[c.Call.ID], c.Call
				last[c.Call.ID] = c.Call
				channels := !slices.Equal(before.Channels, now.Channels)
				before.Channels, now.Channels = nil, nil
				if same := cmp.Equal(before, now); same != c.Quiet || same && !channels {
					t.Errorf("%s: quiet is %v:\n%s", name, c.Quiet, cmp.Diff(before, now))
				}
				if c.Quiet {
					quiet++
				}
			}
		}
	}
	if quiet == 0 {
		t.Error("no change is quiet")
	}
}

// A masquerade renames a channel: commands take the new name.
func TestRenamedChannel(t *testing.T) {
	s := newSequence(t)
	s.answered()
	s.channels["2"]["Channel"] = "PJSIP/101-00000009"
	s.send("Hold", s.show("", "2")...)
	got := channelStory(s.messages)
	if want := "A outside=PJSIP/trunk-00000001 101=PJSIP/101-00000009\n"; !strings.HasSuffix(got, want) {
		t.Errorf("got\n%s", got)
	}
}

// After a lost connection the channels are those of the snapshot.
func TestChannelsAfterResync(t *testing.T) {
	for name, messages := range traces(t) {
		t.Run(name, func(t *testing.T) {
			messages := wanted(messages)
			for i := range messages {
				tracker, w := testTracker(t, fmt.Sprintf("snapshot at %d", i))
				var asterisk pbx
				for _, h := range messages[:i] {
					asterisk.apply(h.m)
				}
				up := map[string]bool{}
				for id, row := range asterisk.channels {
					up[row["Channel"]+" "+id] = true
				}
				changes := tracker.Resync(asterisk.status(), nil, tick(i))
				w.see(tracker, changes)
				for _, c := range changes {
					checkChannels(t, c.Call, up)
				}
			}
		})
	}
}
