package amitest

import (
	"slices"
	"strconv"
	"time"
)

// Busy dials extensions that are busy; one that rings already refuses the call. If nothing rings
// any more the call ends, unless the caller is in a queue.
func (c *Call) Busy(extensions ...string) {
	c.step(func() {
		var quiet []string
		for _, extension := range extensions {
			if c.ringingAt(extension) == nil {
				quiet = append(quiet, extension)
			}
		}
		c.try(quiet)
		for _, extension := range extensions {
			c.refuse(c.ringingAt(extension))
		}
	})
}

func (c *Call) refuse(busy *leg) {
	if busy == nil || c.ended {
		return
	}
	c.rung = slices.DeleteFunc(c.rung, func(l *leg) bool { return l == busy })
	c.p.emit(with(c.about("HangupRequest", busy), "Cause", "17"))
	c.stopped(busy, "BUSY")
	if len(c.rung) > 0 || c.queue != "" || c.with != nil {
		c.gone(busy, 17)
		return
	}
	c.p.emit(with(c.about("SoftHangupRequest", c.from), "Cause", "16"))
	c.over(17)
	c.gone(busy, 17)
}

// NoAnswer ends the ringing because nobody answered in time. A caller in a queue goes on waiting,
// and Ring may ring again; so it may for any other call, or End ends it.
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
		if c.queue != "" { // a queue says it twice, and the second time something else
			for _, l := range rung {
				c.stopped(l, "CANCEL")
			}
		}
		for _, l := range rung {
			c.gone(l, 0)
		}
	})
}

// End lets the PBX hang up a caller who was not, or no longer, talking: nobody answered and the
// dialplan is at its end.
func (c *Call) End() {
	c.step(func() {
		if c.with == nil && len(c.rung) == 0 {
			c.leaveQueue()
			c.p.emit(with(c.about("SoftHangupRequest", c.from), "Cause", "16"))
			c.over(0)
		}
	})
}

// GiveUp lets the caller hang up before anybody has answered.
func (c *Call) GiveUp() {
	c.step(func() {
		if c.with != nil {
			return
		}
		cause := 127 // what PJSIP says
		if c.queue != "" {
			cause = 0
		}
		c.p.emit(with(c.about("HangupRequest", c.from), "Cause", strconv.Itoa(cause)))
		rung := c.rung
		c.rung = nil
		for _, l := range rung {
			c.stopped(l, "CANCEL")
		}
		if c.queue != "" {
			for _, l := range rung {
				c.stopped(l, "CANCEL")
			}
			place := strconv.Itoa(c.p.waiting[c.queue])
			c.p.emit(with(c.about("QueueCallerAbandon", c.from), "Queue", c.queue, "Position", place,
				"OriginalPosition", place, "HoldTime", seconds(c.joined)))
		}
		for _, l := range rung {
			c.gone(l, cause)
		}
		c.leaveQueue()
		c.p.emit(with(c.about("SoftHangupRequest", c.from), "Cause", "16"))
		c.over(cause)
	})
}
