package calls

import (
	"slices"
	"time"

	"traybell/hub/ami/wire"
)

// lose ends a channel that is gone although no Hangup was received.
func (t *Tracker) lose(ch *channel) {
	c := ch.call
	if ch.real && !ch.answered && !ch.closed && c.call.Answered.IsZero() && (ch == c.first ||
		ch.dialled && !c.first.waits()) {
		c.call.AnswerUnseen = true
	}
	if l := c.leg(ch.extension); l != nil && ch.extension != "" && !ch.closed {
		l.lasted = latest(t.since, l.Rang, l.Answered)
	}
	t.hangup(ch, 0)
	c.lost = c.ended
}

// waits reports whether a caller is known to wait for an answer still.
func (ch *channel) waits() bool {
	return ch != nil && ch.phase < phaseUp && slices.Contains(ch.call.channels, ch)
}

// endUnseen notes that the call has ended, at some time after since.
func (c *live) endUnseen(since time.Time) {
	c.lasted = latest(since, c.call.Started, c.rang, c.call.Answered)
}

// latest returns the latest of the times.
func latest(times ...time.Time) time.Time { return slices.MaxFunc(times, time.Time.Compare) }

// reported is what events say, by the Uniqueid of the channel.
type reported struct {
	met, up map[string]bool  // in a bridge; up, as a Newstate says
	hungUp  map[string]phase // the state at the Hangup
}

func reportedBy(events []wire.Message) reported {
	r := reported{met: map[string]bool{}, up: map[string]bool{}, hungUp: map[string]phase{}}
	for _, m := range events {
		id := m.Get("Uniqueid")
		switch m.Event() {
		case evBridgeEnter:
			r.met[id] = true
		case evNewstate:
			r.up[id] = r.up[id] || phaseIn(m) == phaseUp
		case evHangup:
			r.hungUp[id] = phaseIn(m)
		}
	}
	return r
}

func phaseIn(m wire.Message) phase {
	return max(parsePhase(m.Get("ChannelState")), parsePhase(m.Get("ChannelStateDesc")))
}

// left doubts that a call was never answered if a channel was up at its Hangup and nothing says
// since when, or if its caller waited, already up, during a break in the connection.
func (ch *channel) left(told reported, afterBreak bool) {
	c := ch.call
	if !ch.real || ch.answered || ch.closed || !c.call.Answered.IsZero() || told.hungUp[ch.id] < phaseUp ||
		told.met[ch.id] || ch != c.first && !ch.dialled {
		return
	}
	if ch.phase < phaseUp && !told.up[ch.id] || ch.phase == phaseUp && ch == c.first && afterBreak {
		c.call.AnswerUnseen = true
	}
}
