package calls

import (
	"strings"
	"time"
	"unicode/utf8"

	"traybell/hub/ami/wire"
	"traybell/hub/calldata"
)

// Data gathers call data from the events of a Tracker.
type Data struct {
	// Fields says which variables and user events are call data, for each event again; nil: none are.
	Fields func() *calldata.Fields

	of   *Tracker
	held map[*live]struct{} // calls with data that are shown later
}

func (d *Data) hold(c *live) {
	if d.held == nil {
		d.held = map[*live]struct{}{}
	}
	d.held[c] = struct{}{}
}

// release returns the changes by data that were held back and may be shown now.
func (d *Data) release(at time.Time) []Change {
	for c := range d.held {
		if !c.ended && c.call.Into == "" {
			d.of.dirty.add(c)
		}
	}
	clear(d.held)
	return d.of.flush(at)
}

func (d *Data) fields() *calldata.Fields {
	if d.Fields == nil {
		return nil
	}
	return d.Fields()
}

// came takes the variables that came with a channel.
func (d *Data) came(s *snapshot) {
	for _, v := range s.variables {
		name, text, _ := strings.Cut(v, "=")
		d.set(s.unique, name, text)
	}
}

func (d *Data) set(unique, name, text string) {
	ch, fields := d.of.channels[unique], d.fields()
	if ch == nil || !fields.Has(name) {
		return
	}
	if ch.call.data.Set(fields, &ch.data, name, datum(text)) {
		d.of.dirty.add(ch.call)
	}
}

// said takes a variable when it is set, not only with the next event of its channel, or a user
// event.
func (d *Data) said(event string, m wire.Message) {
	if event == evUser {
		d.userEvent(m)
	} else if name := m.Get("Variable"); d.fields().Has(name) {
		d.set(m.Get("Uniqueid"), name, m.Get("Value"))
	}
}

func (d *Data) userEvent(m wire.Message) {
	fields, name := d.fields(), m.Get("UserEvent")
	ch := d.of.channels[m.Get("Uniqueid")]
	if ch == nil || !fields.HasEvent(name) {
		return
	}
	if ch.call.data.Event(fields, name, func(key string) string {
		for k, value := range m.Each() {
			if strings.EqualFold(k, key) {
				return datum(value)
			}
		}
		return ""
	}) {
		d.of.dirty.add(ch.call)
	}
}

// datum makes one line of a text that a caller may have chosen. It is a copy.
func datum(text string) string {
	if len(text) > maxText {
		end := maxText
		for end > maxText-utf8.UTFMax && !utf8.RuneStart(text[end]) {
			end--
		}
		text = text[:end]
	}
	return strings.Clone(strings.Join(strings.Fields(plain(text)), " "))
}
