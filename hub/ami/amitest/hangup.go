package amitest

import "strconv"

// Hangup makes the caller hang up; before an answer it is GiveUp.
func (c *Call) Hangup() { c.hangup(false) }

// HangupByAgent makes the other side hang up a conversation.
func (c *Call) HangupByAgent() { c.hangup(true) }

func (c *Call) hangup(byAgent bool) {
	talking := false
	c.step(func() {
		if c.with == nil {
			return
		}
		talking = true
		first, second, who := c.from, c.with, "caller"
		if byAgent {
			first, second, who = c.with, c.from, "agent"
		}
		c.p.emit(with(first.about("HangupRequest"), "Cause", "16"))
		c.completed(who)
		c.part(first, second)
		c.p.emit(with(c.from.about("SoftHangupRequest"), "Cause", "16"))
		if byAgent {
			c.p.emit(first.hangup(16))
			c.over(16)
		} else {
			c.over(16)
			c.p.emit(second.hangup(16))
		}
	})
	if !talking && !byAgent {
		c.GiveUp()
	}
}

// part dissolves the bridge.
func (c *Call) part(first, second *leg) {
	c.p.emit(c.bridge.about("BridgeLeave", first, 1), c.bridge.about("BridgeLeave", second, 0),
		c.bridge.about("BridgeDestroy", nil, 0))
	c.with, c.bridge = nil, ""
}

// completed ends a queue's part in an answered call.
func (c *Call) completed(who string) {
	if c.queue != "" {
		c.p.emit(with(c.member("AgentComplete", c.with), "HoldTime", seconds(c.joined), "TalkTime", seconds(c.talked),
			"Reason", who))
		c.queue = ""
	}
}

// leaveQueue takes the caller out of the queue.
func (c *Call) leaveQueue() {
	if c.queue != "" {
		c.p.Queues.leave(c.queue, c)
	}
}

// stopped ends the dialling of a leg.
func (c *Call) stopped(l *leg, status string) {
	c.p.emit(with(c.dial("DialEnd", l), "DialStatus", status))
}

// over ends the caller's channel and the call. In the phones' context the dialplan then runs its
// extension h.
func (c *Call) over(cause int) {
	if c.from.Context == "from-internal" && c.from.State == stateUp {
		c.from.Exten = "h"
	}
	c.p.emit(c.from.hangup(cause))
	c.ended = true
	delete(c.p.steered.calls, c.from.Uniqueid)
}

// hangup is the end of a channel.
func (l *leg) hangup(cause int) Event {
	return with(l.about("Hangup"), "Cause", strconv.Itoa(cause), "Cause-txt", causeText(cause))
}

func causeText(cause int) string {
	switch cause {
	case 16:
		return "Normal Clearing"
	case 17:
		return "User busy"
	case 26:
		return "Answered elsewhere"
	case 127:
		return "Interworking, unspecified"
	}
	return "Unknown"
}
