package card

import (
	"image/color"
	"slices"

	"traybell/desktop/model"
	"traybell/shared/protocol"
)

// Icons of what can be done with a call.
const (
	iconAnswer = handset
	iconHangup = `<g transform="rotate(135 12 12)">` + handset + `</g>`
	iconResume = `<path d="M8.4 5.6 L18.6 12 L8.4 18.4 Z"` +
		` fill="C" stroke="C" stroke-width="2" stroke-linejoin="round"/>`
	iconTransfer = `<path d="M3.5 12 L19.5 12 M13.6 5.8 L19.8 12 L13.6 18.2"` +
		` fill="none" stroke="C" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round"/>`
	iconCancel = `<path d="M20 17.5 L20 13 C20 10.4 18.2 8.8 15.6 8.8 L4.6 8.8 M9.4 3.8 L4.4 8.8 L9.4 13.8"` +
		` fill="none" stroke="C" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round"/>`
	iconSwap = `<path d="M4.5 8.4 L18.6 8.4 M14.6 4.2 L18.8 8.4 L14.6 12.6` +
		` M19.5 15.8 L5.4 15.8 M9.4 11.6 L5.2 15.8 L9.4 20"` +
		` fill="none" stroke="C" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round"/>`
	iconConference = `<circle cx="12" cy="7.4" r="3.2" fill="none" stroke="C" stroke-width="2"/>` +
		`<circle cx="5" cy="10.6" r="2.1" fill="C"/><circle cx="19" cy="10.6" r="2.1" fill="C"/>` +
		`<path d="M6.6 19.4 C6.6 15.6 8.8 13.6 12 13.6 C15.2 13.6 17.4 15.6 17.4 19.4` +
		` M2 18.6 C2 16.4 2.9 15 4.6 14.6 M22 18.6 C22 16.4 21.1 15 19.4 14.6"` +
		` fill="none" stroke="C" stroke-width="2" stroke-linecap="round"/>`
	microphone = `<rect x="9" y="3.2" width="6" height="11" rx="3" fill="none" stroke="C" stroke-width="2.1"/>` +
		`<path d="M5.6 11.4 C5.6 15.4 8.4 17.6 12 17.6 C15.6 17.6 18.4 15.4 18.4 11.4 M12 17.8 L12 20.8"` +
		` fill="none" stroke="C" stroke-width="2.1" stroke-linecap="round"/>`
	iconMute = microphone
	// shown while the agent is muted: a press ends that
	iconUnmute = microphone + `<path d="M4.2 4.2 L19.8 19.8" fill="none" stroke="C" stroke-width="2.6"` +
		` stroke-linecap="round"/>`
	iconTones = `<circle cx="6" cy="5" r="1.8" fill="C"/><circle cx="12" cy="5" r="1.8" fill="C"/>` +
		`<circle cx="18" cy="5" r="1.8" fill="C"/><circle cx="6" cy="11" r="1.8" fill="C"/>` +
		`<circle cx="12" cy="11" r="1.8" fill="C"/><circle cx="18" cy="11" r="1.8" fill="C"/>` +
		`<circle cx="6" cy="17" r="1.8" fill="C"/><circle cx="12" cy="17" r="1.8" fill="C"/>` +
		`<circle cx="18" cy="17" r="1.8" fill="C"/><circle cx="12" cy="22" r="1.8" fill="C"/>`
	iconPark = `<rect x="3.4" y="3.4" width="17.2" height="17.2" rx="4" fill="none" stroke="C" stroke-width="2.1"/>` +
		`<path d="M9.6 17 L9.6 7.4 L12.9 7.4 C14.8 7.4 15.9 8.5 15.9 10.2 C15.9 11.9 14.8 13 12.9 13 L9.8 13"` +
		` fill="none" stroke="C" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round"/>`
	iconPauseRecording = `<circle cx="12" cy="12" r="8.6" fill="none" stroke="C" stroke-width="2.1"/>` +
		`<circle cx="12" cy="12" r="4.2" fill="C"/>`
	// shown while the recording is paused: a press ends that
	iconResumeRecording = `<circle cx="12" cy="12" r="8.6" fill="none" stroke="C" stroke-width="2.1"/>` +
		`<path d="M9.6 8.6 L9.6 15.4 M14.4 8.6 L14.4 15.4" fill="none" stroke="C" stroke-width="2.4"` +
		` stroke-linecap="round"/>`
	iconPickup = `<path d="M12 3.5 L12 12.5 M8 8.8 L12 12.8 L16 8.8"` +
		` fill="none" stroke="C" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round"/>` +
		`<g transform="translate(12 17) rotate(45) scale(0.62) translate(-12 -12)">` + handset + `</g>`
	iconScript = `<path d="M6 3.5 H14 L18.5 8 V20.5 H6 Z M9 11.5 H15.5 M9 15.5 H15.5" fill="none" stroke="C"` +
		` stroke-width="2" stroke-linejoin="round" stroke-linecap="round"/>`
)

// control is a button: its icon, and its words, which a key of the translations names.
type control struct {
	does        protocol.Control
	icon, words string
}

// controls are the buttons in their order. What an older program does not know has none.
var controls = []control{
	{protocol.ControlAnswer, iconAnswer, "card.answer_call"},
	{protocol.ControlPickup, iconPickup, "card.pickup"},
	{protocol.ControlHold, iconHeld, "card.hold"},
	{protocol.ControlResume, iconResume, "card.resume"},
	{protocol.ControlTransfer, iconTransfer, "card.transfer"},
	{protocol.ControlComplete, iconTransfer, "card.complete"},
	{protocol.ControlSwap, iconSwap, "card.swap"},
	{protocol.ControlConference, iconConference, "card.conference"},
	{protocol.ControlCancel, iconCancel, "card.cancel"},
	{protocol.ControlMute, iconMute, "card.mute"},
	{protocol.ControlUnmute, iconUnmute, "card.unmute"},
	{protocol.ControlDTMF, iconTones, "card.tones"},
	{protocol.ControlPark, iconPark, "card.park"},
	{protocol.ControlPauseRecording, iconPauseRecording, "card.pause_recording"},
	{protocol.ControlResumeRecording, iconResumeRecording, "card.resume_recording"},
	{protocol.ControlHangup, iconHangup, "card.hangup"},
}

// offered returns the buttons of a call. Transfer's window also has the consultation, and a third
// party who joins the call.
func offered(can []protocol.Control) (some []control) {
	has := func(c protocol.Control) bool { return slices.Contains(can, c) }
	for _, c := range controls {
		switch c.does {
		case protocol.ControlTransfer:
			if !has(c.does) && !has(protocol.ControlConsult) {
				continue
			}
		case protocol.ControlConference:
			if !has(c.does) || has(protocol.ControlTransfer) || has(protocol.ControlConsult) {
				continue
			}
		default:
			if !has(c.does) {
				continue
			}
		}
		some = append(some, c)
	}
	return some
}

const controlSize = 34

// controlled draws a button for each thing that the agent may do with the call now, and why the last
// one failed.
func (d drawing) controlled(y float32) float32 {
	if d.model.Kind == model.Warn {
		return y
	}
	x := float32(pad)
	for _, c := range offered(d.model.Call.Can) {
		words := c.words
		switch {
		case c.does == protocol.ControlHangup && d.model.Mine == protocol.Ringing:
			words = "card.decline"
		case c.does == protocol.ControlPickup && ringsAt(d.model.Call) == "":
			words = "card.fetch"
		case c.does == protocol.ControlConference && slices.Contains(d.model.Call.Can, protocol.ControlComplete):
			words = "card.three"
		}
		d.control(x, y, c, d.look.Texts.Say(words))
		x += controlSize + 10
	}
	if d.act.Script != nil && d.model.Call.Line.Script && !d.finished() {
		d.round("script", x, y, iconScript, d.p.text, d.p.hover, func() { d.act.Script(d.model.Call.ID) }).
			setTip(d.look.Texts.Say("card.script"))
		x += controlSize + 10
	}
	if x > pad {
		y += controlSize + 10
	}
	if reason := oneLine(d.model.Control.Reason); reason != "" && !d.model.Done {
		for _, line := range wrap(reason, 13, false, inner, 3) {
			d.sheet.text(pad, y-2, line, 13, false, d.p.red)
			y += 18
		}
		y += 4
	}
	return y
}

// control draws one button. While a control waits for its answer, none can be pressed.
func (d drawing) control(x, y float32, c control, words string) {
	name := "do " + string(c.does)
	ink, fill := d.inkOf(c.does)
	icon := c.icon
	do := d.doing(c.does)
	switch waiting := d.model.Control.Waiting; {
	case waiting == c.does:
		icon, do = iconWaiting, nil
	case waiting != "":
		ink, fill, do = d.p.muted, d.p.hover, nil
	}
	d.round(name, x, y, icon, ink, fill, do).setTip(words)
}

// round draws a round button with an icon.
func (d drawing) round(name string, x, y float32, icon string, ink, fill color.NRGBA, do func()) *zone {
	if d.hover == name && do != nil {
		fill = d.p.pressed(fill)
	}
	d.sheet.rect(x, y, controlSize, controlSize, controlSize/2, fill)
	d.sheet.icon(x+8, y+8, controlSize-16, d.icons.get(icon, ink, fill))
	return d.zone(name, x, y, controlSize, controlSize, do)
}

// doing returns what a button does: some need a number or digits, for which a window asks.
func (d drawing) doing(c protocol.Control) func() {
	call := d.model.Call
	switch {
	case c == protocol.ControlTransfer,
		c == protocol.ControlConference && !slices.Contains(call.Can, protocol.ControlComplete):
		return func() { d.act.Transfer(call.ID) }
	case c == protocol.ControlDTMF:
		return func() { d.act.Tones(call.ID) }
	}
	return func() { d.act.Control(call.ID, c) }
}

// inkOf returns the colours of a button: answering is green and hanging up red, with the icon in the
// colour of text on them.
func (d drawing) inkOf(c protocol.Control) (ink, fill color.NRGBA) {
	switch c {
	case protocol.ControlAnswer, protocol.ControlPickup, protocol.ControlComplete:
		return d.p.onAccent, d.p.green
	case protocol.ControlUnmute, protocol.ControlResumeRecording:
		return d.p.onAccent, d.p.amber
	case protocol.ControlHangup:
		return d.p.onAccent, d.p.red
	}
	return d.p.text, d.p.hover
}
