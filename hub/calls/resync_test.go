package calls_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"traybell/hub/ami/wire"
	"traybell/hub/calls"
	"traybell/shared/protocol"

	"github.com/google/go-cmp/cmp"
)

// pbx is the state of Asterisk after some events, enough to answer Status.
type pbx struct {
	order    []string
	channels map[string]map[string]string
}

func (p *pbx) apply(m wire.Message) {
	if p.channels == nil {
		p.channels = map[string]map[string]string{}
	}
	for _, side := range []string{"", "Dest"} {
		id := m.Get(side + "Uniqueid")
		row := p.channels[id]
		if side == "" && m.Event() == "Newchannel" {
			row = map[string]string{}
			if exten := m.Get("Exten"); exten != "s" {
				row["DNID"] = exten
			}
			p.channels[id] = row
			p.order = append(p.order, id)
		}
		if row == nil {
			continue
		}
		for _, key := range []string{
			"Channel", "ChannelState", "ChannelStateDesc", "CallerIDNum", "CallerIDName", "ConnectedLineNum", "Context",
			"Exten", "Uniqueid", "Linkedid",
		} {
			if value, ok := m.Lookup(side + key); ok {
				row[key] = value
			}
		}
		switch {
		case side == "Dest" && m.Event() == "DialBegin":
			row["Application"], row["Data"] = "AppDial", "(Outgoing Line)"
		case m.Event() == "DialBegin":
			technology, _, _ := strings.Cut(m.Get("DestChannel"), "/")
			destination := technology + "/" + strings.TrimPrefix(m.Get("DialString"), technology+"/")
			if row["Application"] == "Dial" && row["Exten"] == m.Get("Exten") {
				destination = strings.TrimSuffix(row["Data"], ",20,tT") + "&" + destination
			}
			row["Application"], row["Data"] = "Dial", destination+",20,tT"
		case side == "" && m.Event() == "BridgeEnter":
			row["BridgeID"] = m.Get("BridgeUniqueid")
			if creator := m.Get("BridgeCreator"); creator == "ConfBridge" {
				row["Application"] = creator
			}
			p.link(row["BridgeID"], m.Get("BridgeType"))
		case side == "" && m.Event() == "BridgeLeave":
			delete(row, "BridgeID")
		case side == "" && m.Event() == "Hangup":
			delete(p.channels, id)
			p.order = slices.DeleteFunc(p.order, func(s string) bool { return s == id })
		}
	}
}

// link gives all channels in a two-party bridge the oldest Linkedid, as Asterisk does.
func (p *pbx) link(bridge, kind string) {
	if kind != "basic" {
		return
	}
	oldest := ""
	for _, row := range p.channels {
		if row["BridgeID"] == bridge && (oldest == "" || row["Linkedid"] < oldest) {
			oldest = row["Linkedid"]
		}
	}
	for _, row := range p.channels {
		if row["BridgeID"] == bridge {
			row["Linkedid"] = oldest
		}
	}
}

func (p *pbx) status() []wire.Message {
	var out []wire.Message
	for _, id := range p.order {
		fields := []wire.Field{{Key: "Event", Value: "Status"}}
		for _, key := range slices.Sorted(maps.Keys(p.channels[id])) {
			fields = append(fields, wire.Field{Key: key, Value: p.channels[id][key]})
		}
		out = append(out, wire.NewMessage(fields...))
	}
	return append(out, wire.NewMessage(wire.Field{Key: "Event", Value: "StatusComplete"}))
}

// withFirst reports whether each call still has the channel that began it, and a phone if that is a
// Local channel.
func (p *pbx) withFirst() bool {
	for _, row := range p.channels {
		first := p.channels[row["Linkedid"]]
		if first == nil || strings.HasPrefix(first["Channel"], "Local/") && !p.withPhone(row["Linkedid"]) {
			return false
		}
	}
	return true
}

func (p *pbx) withPhone(linked string) bool {
	for _, row := range p.channels {
		if row["Linkedid"] == linked && strings.HasPrefix(row["Channel"], "PJSIP/") &&
			!strings.HasPrefix(row["Channel"], "PJSIP/trunk-") {
			return true
		}
	}
	return false
}

// tick is the time of the message at index i.
func tick(i int) time.Time { return began.Add(time.Duration(i) * time.Second) }

// A snapshot at any moment changes nothing if nothing was lost, and the story goes on unchanged.
func TestResyncChangesNothing(t *testing.T) {
	for name, messages := range traces(t) {
		t.Run(name, func(t *testing.T) {
			messages := wanted(messages)
			_, whole := play(messages)
			for i := range messages {
				tracker, w := testTracker(t, fmt.Sprintf("snapshot at %d", i))
				var asterisk pbx
				told := newStory()
				for j, h := range messages {
					if j == i {
						tracker.Connected(uint64(2), time.Time{})
						changes := tracker.Resync(asterisk.status(), nil, began.Add(h.after))
						if len(changes) > 0 {
							t.Fatalf("snapshot at %d: %+v", i, changes)
						}
					}
					asterisk.apply(h.m)
					changes := tracker.Apply(h.m, began.Add(h.after))
					w.see(tracker, changes)
					told.tell(h.after, changes)
				}
				w.over(tracker)
				if diff := cmp.Diff(whole.String(), told.String()); diff != "" {
					t.Fatalf("snapshot at %d (-without +with):\n%s", i, diff)
				}
			}
		})
	}
}

// A hub that starts at any moment of a call finds out who talks, who rings and who calls. Status
// does not show hold, which reads as talking, and in some moments disagrees with the events
// (Settled).
func TestStartInMidCall(t *testing.T) {
	for name, messages := range traces(t) {
		t.Run(name, func(t *testing.T) { startsInMidCall(t, messages) })
	}
}

func startsInMidCall(t *testing.T, messages []recorded) {
	t.Helper()
	messages = wanted(messages)
	reference, past := testTracker(t, "reference")
	var then []string // the calls before each message, for a hub that was connected throughout
	var settled []bool
	for i, h := range messages {
		then = append(then, liveCalls(reference.Live()))
		settled = append(settled, reference.Settled())
		past.see(reference, reference.Apply(h.m, tick(i)))
	}
	past.over(reference)

	var asterisk pbx
	for i, h := range messages {
		tracker, w := testTracker(t, fmt.Sprintf("start at %d, before %s", i, h.m.Event()))
		w.see(tracker, tracker.Resync(asterisk.status(), nil, tick(i)))
		now := liveCalls(tracker.Live())
		for j, later := range messages[i:] {
			w.see(tracker, tracker.Apply(later.m, tick(i+j)))
		}
		w.over(tracker)
		// Without the caller, the dialled number is unknown too.
		if settled[i] && asterisk.withFirst() {
			if then[i] != now {
				t.Errorf("%s (-connected throughout +started now):\n%s", w.about, cmp.Diff(then[i], now))
			}
			compareEnds(t, w, past.calls, i)
		}
		asterisk.apply(h.m)
	}
}

// compareEnds compares the calls at the end, for a hub that started at message i, with the truth.
func compareEnds(t *testing.T, late *witness, truth map[string]calls.Call, i int) {
	t.Helper()
	for id, c := range late.calls {
		full := truth[id]
		if c.Direction != full.Direction || c.Number != full.Number || c.DID != full.DID || c.Cause != full.Cause ||
			c.Into != full.Into {
			t.Errorf("%s: %s ends as %+v, want %+v", late.about, id, c, full)
		}
		for _, l := range full.Legs {
			if !l.Ended.IsZero() && l.Ended.Before(tick(i)) || l.Answered.IsZero() || full.Into != "" ||
				l.Rang.After(l.Answered) {
				continue // over before the hub started, or rang again without an answer
			}
			if !slices.ContainsFunc(c.Legs, func(seen calls.Leg) bool {
				return seen.Extension == l.Extension && !seen.Answered.IsZero()
			}) {
				t.Errorf("%s: %s: the answer of %s is unknown: %+v", late.about, id, l.Extension, c)
			}
			if c.Missed && !full.Missed {
				t.Errorf("%s: %s counts as missed", late.about, id)
			}
		}
	}
}

// wanted are the messages that a tracker reads.
func wanted(messages []recorded) []recorded {
	names := calls.Events()
	return slices.DeleteFunc(slices.Clone(messages), func(h recorded) bool {
		return !slices.Contains(names, h.m.Event())
	})
}

// liveCalls are the live calls without ended legs, which a hub that started later cannot know.
func liveCalls(live []calls.Call) string {
	var lines []string
	for _, c := range live {
		line := fmt.Sprintf("%s %s %s %q did %q", c.ID, c.Direction, talks(c.State), c.Number, c.DID)
		var legs []string
		for _, l := range c.Legs {
			if l.State != protocol.Ended {
				legs = append(legs, fmt.Sprintf("%s %s calling=%v", l.Extension, talks(l.State), l.Calling))
			}
		}
		slices.Sort(legs)
		lines = append(lines, line+" "+strings.Join(legs, ", "))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// Events are lost for a while: after a snapshot the tracker is right again, and calls keep their
// IDs.
func TestResyncAfterAGap(t *testing.T) {
	for name, messages := range traces(t) {
		t.Run(name, func(t *testing.T) {
			messages := wanted(messages)
			for from := 0; from < len(messages); from += 3 {
				for to := from + 1; to < len(messages); to += 4 {
					tracker, w := testTracker(t, fmt.Sprintf("no events from %d to %d", from, to))
					var asterisk pbx
					for i, h := range messages {
						if i == to {
							tracker.Connected(2, time.Time{})
							w.see(tracker, tracker.Resync(asterisk.status(), nil, tick(i)))
							for _, c := range tracker.Live() {
								for _, l := range c.Legs {
									if l.State == protocol.Ringing && !l.Calling && !rings(asterisk, l.Extension) {
										t.Fatalf("%s: %s rings only in the hub: %+v", w.about, l.Extension, c)
									}
								}
							}
						}
						asterisk.apply(h.m)
						if i < from || i >= to {
							w.see(tracker, tracker.Apply(h.m, tick(i)))
						}
					}
					w.over(tracker)
				}
			}
		})
	}
}

// rings reports whether a phone of an extension has not been connected with another party yet.
func rings(asterisk pbx, extension string) bool {
	for _, row := range asterisk.channels {
		if strings.Contains(row["Channel"], "/"+deviceOf(extension)+"-") && asterisk.parties(row["BridgeID"]) < 2 {
			return true
		}
	}
	return false
}

// parties counts the phones and trunks that a bridge connects, also through Local channels. The
// other halves of these are in bridges, too.
func (p *pbx) parties(bridge string) int {
	bridges := []string{bridge}
	if bridge == "" {
		return 0
	}
	n := 0
	for i := 0; i < len(bridges); i++ {
		for _, row := range p.channels {
			name := row["Channel"]
			switch {
			case row["BridgeID"] != bridges[i]:
			case strings.Contains(name, "SIP/"):
				n++
			case strings.HasPrefix(name, "Local/"):
				for _, half := range p.channels {
					if other := half["BridgeID"]; other != "" && !slices.Contains(bridges, other) &&
						half["Channel"] != name &&
						strings.TrimRight(half["Channel"], "12") == strings.TrimRight(name, "12") {
						bridges = append(bridges, other)
					}
				}
			}
		}
	}
	return n
}

// talks is a state as Status shows it.
func talks(s protocol.State) protocol.State {
	if s == protocol.Held {
		return protocol.Answered
	}
	return s
}
