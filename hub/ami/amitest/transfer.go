package amitest

import "time"

// Hold puts the caller on hold, from the phone that answered.
func (c *Call) Hold() {
	c.step(func() {
		if c.with != nil {
			c.p.emit(with(c.with.about("Hold"), "MusicClass", "default"))
		}
	})
}

// BlindTransfer transfers the caller to another extension, which rings.
func (c *Call) BlindTransfer(extension string) {
	moved := false
	c.step(func() {
		if c.with == nil {
			return
		}
		moved = true
		agent := c.with
		c.p.emit(agent.about("Unhold")) // transfers send it, though nothing was held
		e := NewEvent("BlindTransfer", "call", "Result", "Success")
		e.Fields = append(e.Fields, agent.fields("Transferer")...) //nolint:misspell // as in Asterisk
		e.Fields = append(e.Fields, c.from.fields("Transferee")...)
		e.Fields = append(e.Fields, bridgeFields("", c.bridge, 2)...)
		c.p.emit(with(e, "IsExternal", "Yes", "Context", "from-internal", "Extension", extension))
		c.completed("transfer")
		c.from.Context, c.from.Exten, c.from.Priority = "from-internal", extension, "1"
		c.part(c.from, agent)
		c.p.emit(agent.hangup(16))
	})
	if moved {
		c.Ring(extension)
	}
}

// AttendedTransfer calls another extension from the phone that answered, and transfers the caller
// once that extension has answered. The consultation is a separate call with its own Linkedid.
func (c *Call) AttendedTransfer(extension string) {
	c.mu.Lock()
	agent := c.with
	usable := agent != nil && !c.ended && agent.dialled != ""
	c.mu.Unlock()
	if !usable {
		return
	}
	c.Hold()
	consultation := c.p.Outgoing(agent.dialled, extension, false)
	consultation.Answer(extension)
	c.step(func() {
		second, target := consultation.from, consultation.with
		if c.with != agent || target == nil {
			return
		}
		c.p.emit(agent.about("Unhold"), second.about("Unhold"))
		c.p.emit(c.bridge.about("BridgeLeave", c.from, 1))
		c.p.emit(consultation.bridge.about("BridgeLeave", second, 1))
		e := consultation.bridge.about("BridgeEnter", c.from, 2)
		c.p.emit(with(e, "SwapUniqueid", second.Uniqueid))

		e = NewEvent("AttendedTransfer", "call", "Result", "Success")
		e.Fields = append(e.Fields, agent.fields("OrigTransferer")...)
		e.Fields = append(e.Fields, bridgeFields("Orig", c.bridge, 1)...)
		e.Fields = append(e.Fields, second.fields("SecondTransferer")...)
		e.Fields = append(e.Fields, bridgeFields("Second", consultation.bridge, 2)...)
		e.Fields = append(e.Fields, c.from.fields("Transferee")...)
		e.Fields = append(e.Fields, target.fields("TransferTarget")...)
		c.p.emit(with(e, "IsExternal", "No", "DestType", "Bridge", "DestBridgeUniqueid", string(consultation.bridge)))

		target.Linkedid = c.from.Linkedid // without an event
		target.ConnectedNum, target.ConnectedName = c.from.CallerNum, c.from.CallerName
		c.p.emit(target.about("NewConnectedLine"))
		c.completed("transfer")
		c.from.ConnectedNum, c.from.ConnectedName = target.CallerNum, target.CallerName
		c.p.emit(c.from.about("NewConnectedLine"))
		c.p.emit(c.bridge.about("BridgeLeave", agent, 0), c.bridge.about("BridgeDestroy", nil, 0))
		c.p.emit(agent.hangup(16))
		second.Exten = "h"
		c.p.emit(second.hangup(16))
		c.with, c.bridge, c.talked = target, consultation.bridge, time.Now()
	})
	consultation.mu.Lock()
	consultation.ended = true
	consultation.mu.Unlock()
}
