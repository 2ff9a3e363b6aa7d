package amitest

import (
	"slices"
	"strconv"
	"time"
)

// Busy dials busy extensions; one that rings already rejects the call. If nothing rings then, the
// call ends unless the caller is in a queue.
func (c *Call) Busy(extensions ...string) {
	c.step(func() {
		var quiet []string
		for _, extension := range extensions {
			if c.rung.at(extension) == nil {
				quiet = append(quiet, extension)
			}
		}
		c.try(quiet)
		for _, extension := range extensions {
			c.refuse(c.rung.at(extension))
		}
	})
}

func (c *Call) refuse(busy *leg) {
	if busy == nil || c.ended {
		return
	}
	c.rung = slices.DeleteFunc(c.rung, func(l *leg) bool { return l == busy })
	c.p.emit(with(busy.about("HangupRequest"), "Cause", "17"))
	c.stopped(busy, "BUSY")
	if len(c.rung) > 0 || c.queue != "" || c.with != nil {
		c.p.emit(busy.hangup(17))
		return
	}
	c.p.emit(with(c.from.about("SoftHangupRequest"), "Cause", "16"))
	c.over(17)
	c.p.emit(busy.hangup(17))
}

// NoAnswer ends the ringing by a timeout. A caller in a queue goes on waiting. Ring may ring again,
// and End ends the call.
func (c *Call) NoAnswer() {
	c.step(func() {
		rung := c.rung
		c.rung = nil
		if c.queue != "" {
			for _, l := range rung {
				c.p.emit(with(c.member("AgentRingNoAnswer", l), "RingTime",
					strconv.Itoa(int(time.Since(c.rang).Milliseconds()))))
			}
		}
		for _, l := range rung {
			c.stopped(l, "NOANSWER")
		}
		if c.queue != "" { // a queue sends it twice, the second time with another status
			for _, l := range rung {
				c.stopped(l, "CANCEL")
			}
		}
		for _, l := range rung {
			c.p.emit(l.hangup(0))
		}
	})
}

// End makes the PBX hang up a caller who is not talking, at the end of the dialplan.
func (c *Call) End() {
	c.step(func() {
		if c.with == nil && len(c.rung) == 0 {
			c.leaveQueue()
			c.p.emit(with(c.from.about("SoftHangupRequest"), "Cause", "16"))
			c.over(0)
		}
	})
}

// GiveUp makes the caller hang up before an answer.
func (c *Call) GiveUp() {
	c.step(func() {
		if c.with != nil {
			return
		}
		cause := 127 // as PJSIP sends it
		if c.queue != "" {
			cause = 0
		}
		c.p.emit(with(c.from.about("HangupRequest"), "Cause", strconv.Itoa(cause)))
		rung := c.rung
		c.rung = nil
		for _, l := range rung {
			c.stopped(l, "CANCEL")
		}
		if c.queue != "" {
			for _, l := range rung {
				c.stopped(l, "CANCEL")
			}
			place := c.p.Queues.place(c.queue, c)
			c.p.emit(with(c.from.about("QueueCallerAbandon"), "Queue", c.queue, "Position", place,
				"OriginalPosition", place, "HoldTime", seconds(c.joined)))
		}
		for _, l := range rung {
			c.p.emit(l.hangup(cause))
		}
		c.leaveQueue()
		c.p.emit(with(c.from.about("SoftHangupRequest"), "Cause", "16"))
		c.over(cause)
	})
}
