package calls_test

import (
	"testing"
	"time"

	"traybell/hub/ami/wire"
	"traybell/hub/calls"
	"traybell/shared/protocol"
)

// breaking is a call of which a tracker misses some events.
type breaking struct {
	*sequence
	tracker *calls.Tracker
	w       *witness
	pbx     pbx
	done    int       // messages that Asterisk has sent
	now     time.Time // of the last one
}

func newBreaking(t *testing.T) *breaking {
	t.Helper()
	b := &breaking{sequence: newSequence(t), now: began}
	b.tracker, b.w = testTracker(t, t.Name())
	b.w.see(b.tracker, b.tracker.Resync(nil, nil, began))
	return b
}

// happens lets Asterisk send the events of do, one per second. seen: they reach the tracker.
func (b *breaking) happens(seen bool, do func()) (sent []wire.Message) {
	do()
	for _, m := range b.messages[b.done:] {
		b.now = b.now.Add(time.Second)
		b.pbx.apply(m.m)
		sent = append(sent, m.m)
		if seen {
			b.w.see(b.tracker, b.tracker.Apply(m.m, b.now))
		}
	}
	b.done = len(b.messages)
	return sent
}

// snapshot applies a snapshot; since are the events since it was requested.
func (b *breaking) snapshot(since ...wire.Message) {
	b.now = b.now.Add(time.Second)
	b.w.see(b.tracker, b.tracker.Resync(b.pbx.status(), since, b.now))
	for _, m := range since {
		b.w.see(b.tracker, b.tracker.Apply(m, b.now))
	}
}

// reconnected is a new connection: the PBX was last heard of at that time.
func (b *breaking) reconnected(heard time.Time, since ...wire.Message) {
	b.now = b.now.Add(time.Minute)
	b.tracker.Connected(2, heard)
	b.snapshot(since...)
}

func (b *breaking) rings() {
	b.channel("1", "PJSIP/trunk-00000001", "Ring", "79161234567", "74950000001", "1")
	b.channel("2", "PJSIP/101-00000002", "Down", "74950000001", "", "1")
	b.begin("1", "2")
	b.state("2", "Ringing")
}

func (b *breaking) answer() {
	b.state("2", "Up")
	b.end("1", "2", "ANSWER")
	b.state("1", "Up")
	b.enter("b", "1", "2")
}

// transferred is a transfer from 101 to 102 without a consultation; taken is its answer.
func (b *breaking) transferred() {
	b.leave("b", "2", "1")
	b.hangup("16", "2")
	b.channel("3", "PJSIP/102-00000003", "Down", "74950000001", "", "1")
	b.begin("1", "3")
	b.state("3", "Ringing")
}

func (b *breaking) taken() {
	b.state("3", "Up")
	b.end("1", "3", "ANSWER")
	b.enter("c", "1", "3")
}

func (b *breaking) call() calls.Call {
	if len(b.w.calls) != 1 {
		b.t.Fatalf("%d calls: %+v", len(b.w.calls), b.w.calls)
	}
	for _, c := range b.w.calls {
		return c
	}
	panic("not reached")
}

// What happens while there is no connection is not written as if it had been seen.
func TestWhatWasNotSeenIsMarked(t *testing.T) {
	gives := func(b *breaking) { b.hangup("16", "2", "1") }
	for name, tell := range map[string]func(t *testing.T, b *breaking){
		"a conversation ends during a break": func(t *testing.T, b *breaking) {
			b.happens(true, b.answer)
			answered, heard := b.call().Answered, b.now
			b.happens(false, func() { gives(b) })
			b.reconnected(heard)
			c := b.call()
			if c.State != protocol.Ended || !c.EndUnseen || !c.Ended.Equal(heard) || c.AnswerUnseen ||
				!c.Answered.Equal(answered) || c.Missed || c.Cause != 0 || !c.Legs[0].Ended.Equal(heard) {
				t.Errorf("%+v", c)
			}
		},
		"a ringing call is gone after a break": func(t *testing.T, b *breaking) {
			heard := b.now
			b.happens(false, func() { gives(b) })
			b.reconnected(heard)
			c := b.call()
			if c.State != protocol.Ended || !c.EndUnseen || !c.Ended.Equal(heard) || c.Missed ||
				c.Rang > heard.Sub(c.Started) {
				t.Errorf("%+v", c)
			}
		},
		"a ringing call is answered during a break": func(t *testing.T, b *breaking) {
			heard := b.now
			b.happens(false, b.answer)
			b.reconnected(heard)
			c := b.call()
			if c.State != protocol.Answered || !c.AnswerUnseen || !c.Answered.Equal(b.now) || c.AnsweredBy() != "101" {
				t.Errorf("%+v", c)
			}
			b.happens(true, func() { gives(b) })
			if c = b.call(); c.EndUnseen || !c.AnswerUnseen || !c.Ended.Equal(b.now) || c.Missed {
				t.Errorf("at its end: %+v", c)
			}
		},
		"a call is up when the hub starts": func(t *testing.T, b *breaking) {
			b.tracker, b.w = testTracker(t, t.Name())
			b.happens(false, b.answer)
			b.snapshot()
			if c := b.call(); c.State != protocol.Answered || !c.AnswerUnseen {
				t.Errorf("%+v", c)
			}
		},
		"the end is among the events of the snapshot": func(t *testing.T, b *breaking) {
			b.happens(true, b.answer)
			b.reconnected(b.now, b.happens(false, func() { gives(b) })...)
			if c := b.call(); c.State != protocol.Ended || c.EndUnseen || c.Cause != 16 || !c.Ended.Equal(b.now) {
				t.Errorf("%+v", c)
			}
		},
		"the answer is among the events of the snapshot": func(t *testing.T, b *breaking) {
			b.snapshot(b.happens(false, b.answer)...)
			if c := b.call(); c.State != protocol.Answered || c.AnswerUnseen {
				t.Errorf("%+v", c)
			}
		},
		"answered during a break, hung up at its end": func(t *testing.T, b *breaking) {
			heard := b.now
			b.happens(false, func() { b.answer(); b.leave("b", "1", "2") })
			b.reconnected(heard, b.happens(false, func() { gives(b) })...)
			if c := b.call(); c.State != protocol.Ended || c.Missed || !c.AnswerUnseen || c.EndUnseen {
				t.Errorf("%+v", c)
			}
		},
		"answered during a break, of the two ends only the caller's is seen": func(t *testing.T, b *breaking) {
			heard := b.now
			b.happens(false, func() { b.answer(); b.leave("b", "1", "2"); b.hangup("16", "2") })
			b.reconnected(heard, b.happens(false, func() { b.hangup("16", "1") })...)
			if c := b.call(); c.State != protocol.Ended || c.Missed || !c.AnswerUnseen || c.EndUnseen {
				t.Errorf("%+v", c)
			}
		},
		"answered during a break, of the two ends only the phone's is seen": func(t *testing.T, b *breaking) {
			heard := b.now
			b.happens(false, func() { b.answer(); b.leave("b", "1", "2"); b.hangup("16", "1") })
			b.reconnected(heard, b.happens(false, func() { b.hangup("16", "2") })...)
			if c := b.call(); c.State != protocol.Ended || c.Missed || !c.AnswerUnseen {
				t.Errorf("%+v", c)
			}
		},
		"a caller in a queue hangs up at the end of a break": func(t *testing.T, b *breaking) {
			b.happens(true, func() { b.state("1", "Up") })
			heard := b.now
			b.happens(false, func() { b.answer(); b.leave("b", "1", "2"); b.hangup("16", "2") })
			b.reconnected(heard, b.happens(false, func() { b.hangup("16", "1") })...)
			if c := b.call(); c.State != protocol.Ended || c.Missed || !c.AnswerUnseen {
				t.Errorf("%+v", c)
			}
		},
		"answered during a break that ends just before the hang-up": func(t *testing.T, b *breaking) {
			heard := b.now
			b.happens(false, func() { b.answer(); b.leave("b", "1", "2") })
			b.reconnected(heard)
			b.happens(true, func() { gives(b) })
			if c := b.call(); c.State != protocol.Ended || c.Missed || !c.AnswerUnseen || c.EndUnseen {
				t.Errorf("%+v", c)
			}
		},
		"a ringing call is given up at the end of a break": func(t *testing.T, b *breaking) {
			heard := b.now
			b.reconnected(heard, b.happens(false, func() { b.end("1", "2", "CANCEL"); gives(b) })...)
			if c := b.call(); !c.Missed || c.AnswerUnseen || c.EndUnseen {
				t.Errorf("%+v", c)
			}
		},
		"a caller in a queue gives up during a snapshot": func(t *testing.T, b *breaking) {
			b.happens(true, func() { b.state("1", "Up") })
			b.snapshot(b.happens(false, func() { b.end("1", "2", "CANCEL"); gives(b) })...)
			if c := b.call(); !c.Missed || c.AnswerUnseen || c.EndUnseen {
				t.Errorf("%+v", c)
			}
		},
		"answered and given up during a snapshot": func(t *testing.T, b *breaking) {
			b.snapshot(b.happens(false, func() { b.answer(); b.leave("b", "1", "2"); gives(b) })...)
			if c := b.call(); c.Missed || c.AnswerUnseen || c.EndUnseen || c.Answered.IsZero() {
				t.Errorf("%+v", c)
			}
		},
		"a hang-up is lost without a break": func(t *testing.T, b *breaking) {
			b.happens(true, b.answer)
			b.snapshot()
			known := b.now
			b.happens(false, func() { gives(b) })
			b.snapshot()
			if c := b.call(); c.State != protocol.Ended || !c.EndUnseen || !c.Ended.Equal(known) {
				t.Errorf("%+v", c)
			}
		},
		"the phone stops during a break, the caller rings on": func(t *testing.T, b *breaking) {
			heard := b.now
			b.happens(false, func() { b.end("1", "2", "NOANSWER"); b.hangup("16", "2") })
			b.reconnected(heard)
			b.happens(true, func() { b.hangup("16", "1") })
			if c := b.call(); !c.Missed || c.AnswerUnseen || c.EndUnseen {
				t.Errorf("%+v", c)
			}
		},
		"the phone stops during a break, the caller is up": func(t *testing.T, b *breaking) {
			heard := b.now
			b.happens(false, func() { b.answer(); b.leave("b", "2", "1"); b.hangup("16", "2") })
			b.reconnected(heard)
			b.happens(true, func() { b.hangup("16", "1") })
			if c := b.call(); c.Missed || !c.AnswerUnseen || c.EndUnseen || !c.Ended.Equal(b.now) {
				t.Errorf("%+v", c)
			}
		},
		"the one who answered has transferred the call before the hub starts": func(t *testing.T, b *breaking) {
			b.tracker, b.w = testTracker(t, t.Name())
			b.happens(false, func() { b.answer(); b.transferred() })
			b.pbx.channels["1795000000.1"]["Application"] = "Dial"
			b.snapshot()
			b.happens(true, b.taken)
			if c := b.call(); c.State != protocol.Answered || !c.AnswerUnseen || c.AnsweredBy() != "102" {
				t.Errorf("%+v", c)
			}
		},
		"a transferred call is answered while the hub takes its first snapshot": func(t *testing.T, b *breaking) {
			b.tracker, b.w = testTracker(t, t.Name())
			b.happens(false, func() { b.answer(); b.transferred() })
			b.snapshot(b.happens(false, func() { b.taken() })...)
			if c := b.call(); c.State != protocol.Answered || !c.AnswerUnseen || c.AnsweredBy() != "102" {
				t.Errorf("%+v", c)
			}
		},
		"a conversation moves to another bridge during the first snapshot": func(t *testing.T, b *breaking) {
			b.tracker, b.w = testTracker(t, t.Name())
			b.happens(false, b.answer)
			b.snapshot(b.happens(false, func() { b.leave("b", "1", "2"); b.enter("c", "1", "2") })...)
			if c := b.call(); c.State != protocol.Answered || !c.AnswerUnseen || c.AnsweredBy() != "101" {
				t.Errorf("%+v", c)
			}
		},
		"a call waits in a queue when the hub starts": func(t *testing.T, b *breaking) {
			b.tracker, b.w = testTracker(t, t.Name())
			b.happens(false, func() { b.answer(); b.transferred() })
			b.pbx.channels["1795000000.1"]["Application"] = "Queue"
			b.snapshot()
			b.happens(true, b.taken)
			if c := b.call(); c.State != protocol.Answered || c.AnswerUnseen || c.AnsweredBy() != "102" {
				t.Errorf("%+v", c)
			}
		},
		"events come late, at unknown times": func(t *testing.T, b *breaking) {
			since := b.now
			b.tracker.Late(since)
			b.happens(true, b.answer)
			if c := b.call(); !c.AnswerUnseen || c.Answered.IsZero() {
				t.Errorf("%+v", c)
			}
			b.tracker.Late(time.Time{})
			b.happens(true, func() { gives(b) })
			if c := b.call(); c.EndUnseen || !c.AnswerUnseen {
				t.Errorf("at its end: %+v", c)
			}
		},
		"the caller gives up at an unknown time": func(t *testing.T, b *breaking) {
			since := b.now
			b.tracker.Late(since)
			b.happens(true, func() { b.end("1", "2", "CANCEL"); b.hangup("127", "2", "1") })
			if c := b.call(); !c.Missed || !c.EndUnseen || !c.Ended.Equal(since) || c.Cause != 127 {
				t.Errorf("%+v", c)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBreaking(t)
			b.happens(true, b.rings)
			tell(t, b)
		})
	}
}
