// Package mobile has whether the agent takes calls of queues on a mobile. The hub owns that; this is the
// desktop's copy. It belongs to the shell's goroutine.
package mobile

import (
	"traybell/assets/translations"
	"traybell/desktop/ui"
	"traybell/shared/protocol"
)

// Session sends requests to the hub. done gets the answer, or why there is none.
type Session interface {
	Request(action string, data any, done func(answer protocol.Message, failure string))
}

// Mobile is the agent's mobile. Its fields are set once; the rest follows from messages.
type Mobile struct {
	Session Session
	Texts   *translations.Texts
	Warn    func(name, title, text string) // shows a card
	Changed func()                         // what is shown has changed

	now protocol.Mobile // without a number: none on the white list
}

// Take takes a message of the hub. It reports whether nothing in it is for others.
func (m *Mobile) Take(in protocol.Message) bool {
	if in.Type != protocol.Event {
		return false
	}
	switch in.Name {
	case protocol.SessionOpened: // the event mobile follows, if there is one
		if in.Re != "" {
			m.now = protocol.Mobile{}
			m.Changed()
		}
	case protocol.MobileEvent:
		var now protocol.Mobile
		if in.Decode(&now) == nil {
			m.now = now
			m.Changed()
		}
		return true
	}
	return false
}

// Item is the entry of the tray's menu.
func (m *Mobile) Item() ui.MobileItem {
	item := ui.MobileItem{Shown: m.now.Number != "", On: m.now.On}
	of := map[string]any{"Number": m.now.Number, "Until": m.now.Until.Local().Format("15:04")}
	switch {
	case !item.Shown:
	case m.now.On && !m.now.Until.IsZero():
		item.Title = m.Texts.SayWith("tray.mobile_until", of)
	default:
		item.Title = m.Texts.SayWith("tray.mobile", of)
	}
	return item
}

// Toggle has the mobile take the calls, or the phones again.
func (m *Mobile) Toggle() {
	m.Session.Request(protocol.MobileSet, protocol.SetMobile{On: !m.now.On},
		func(_ protocol.Message, failure string) {
			if failure != "" {
				m.Warn("mobile", "notice.mobile", failure)
			}
		})
}
