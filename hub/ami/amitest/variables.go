package amitest

import (
	"slices"
	"strings"

	"traybell/hub/ami/wire"
)

// Dialplan is what the dialplan does with the caller's channel apart from dialling.
type Dialplan struct{ *Call }

// Dialplan returns the call's dialplan.
func (c *Call) Dialplan() Dialplan { return Dialplan{c} }

// Set sets a variable of the caller's channel, as Set() in the dialplan does. From now on it is in
// every event about the channel, as with channelvars in manager.conf; the phones that ring later
// inherit it if its name begins with __.
func (c Dialplan) Set(name, value string) { c.step(func() { c.p.set(c.from, name, value) }) }

// SetAt sets a variable of the leg at an extension that rings or has answered.
func (c Dialplan) SetAt(extension, name, value string) {
	c.step(func() {
		at := c.rung.at(extension)
		if at == nil && c.with != nil && c.with.dialled == extension {
			at = c.with
		}
		if at != nil {
			c.p.set(at, name, value)
		}
	})
}

// set sets a variable and sends VarSet; p.mu is held.
func (p *PBX) set(l *leg, name, value string) {
	p.emit(l.varSet(name, value))
	plain := strings.TrimLeft(name, "_")
	l.Variables = slices.DeleteFunc(slices.Clone(l.Variables), func(f wire.Field) bool { return f.Key == plain })
	l.Variables = append(l.Variables, wire.Field{Key: plain, Value: value})
	if strings.HasPrefix(name, "__") {
		l.inherited = append(l.inherited, plain)
	}
}

func (l *leg) varSet(name, value string) Event {
	e := with(l.about("VarSet"), "Variable", name, "Value", value)
	e.Class = "dialplan"
	return e
}

// inherit gives a dialled leg the variables of its caller that are inherited.
func (l *leg) inherit(from *leg) {
	l.inherited = from.inherited
	for _, v := range from.Variables {
		if slices.Contains(from.inherited, v.Key) {
			l.Variables = append(l.Variables, v)
		}
	}
}

// UserEvent sends a user event of the caller's channel, as UserEvent() in the dialplan does; pairs are
// keys and values.
func (c Dialplan) UserEvent(name string, pairs ...string) {
	c.step(func() {
		e := with(with(c.from.about("UserEvent"), "UserEvent", name), pairs...)
		e.Class = "user"
		c.p.emit(e)
	})
}
