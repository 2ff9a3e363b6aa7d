// Package announcement has what callers hear when the agent does not answer: the tray shows whether it
// is on, and switches it. The hub owns the state; this is the desktop's copy. It belongs to the
// shell's goroutine.
package announcement

import (
	"traybell/assets/translations"
	"traybell/desktop/ui"
	"traybell/shared/protocol"
)

// Session sends requests to the hub. done gets the answer, or why there is none.
type Session interface {
	Request(action string, data any, done func(answer protocol.Message, failure string))
}

// Announcement is that of the agent. Its fields are set once; the rest follows from messages.
type Announcement struct {
	Session Session
	Texts   *translations.Texts
	Post    func(func())                   // runs a function on the shell's goroutine
	Warn    func(name, title, text string) // shows a card
	Changed func()                         // what is shown has changed

	now *protocol.Announcements // nil: the agent has none
}

// Take takes a message of the hub. It reports whether nothing else in it is for others.
func (a *Announcement) Take(m protocol.Message) bool {
	switch {
	case m.Type == protocol.Event && m.Name == protocol.SessionOpened:
		var opened protocol.OpenedSession
		if m.Re != "" && m.Decode(&opened) == nil { // again during a session, it has none
			a.now = opened.Announcements
			a.Changed()
		}
		return false
	case m.Type == protocol.Event && m.Name == protocol.AnnouncementsEvent:
		var now *protocol.Announcements
		if m.Decode(&now) == nil {
			a.now = now
			a.Changed()
		}
		return true
	}
	return false
}

// Menu is what the tray shows; nil: the agent has no announcement. Several are told apart by extension
// and PBX.
func (a *Announcement) Menu() *ui.Submenu {
	if a.now == nil || len(a.now.List) == 0 {
		return nil
	}
	title, menu := "announcement.title", &ui.Submenu{}
	for _, one := range a.now.List {
		if one.On {
			title = "announcement.title_on"
		}
	}
	menu.Title = a.Texts.Say(title)
	for _, one := range a.now.List {
		a.entries(menu, one)
	}
	return menu
}

func (a *Announcement) entries(menu *ui.Submenu, of protocol.RecordedAnnouncement) {
	name := protocol.OneAnnouncement{PBX: of.PBX, Extension: of.Extension}
	about := map[string]any{"Extension": of.Extension, "PBX": of.PBX, "Code": a.now.Code}
	add := func(key string, checked bool, action string, data any) {
		text := a.Texts.SayWith(key, about)
		switch {
		case len(a.now.List) == 1:
		case a.severalPBXs():
			text = of.Extension + " (" + of.PBX + "): " + text
		default:
			text = of.Extension + ": " + text
		}
		menu.Items = append(menu.Items, ui.SubmenuItem{Title: text, Checked: checked, Do: func() {
			a.Post(func() { a.send(action, data) })
		}})
	}
	on := "announcement.on"
	switch {
	case of.Recorded:
	case of.Default:
		on = "announcement.on_default"
	default:
		on = "announcement.on_none"
	}
	add(on, of.On, protocol.AnnouncementSet, protocol.SetAnnouncement{OneAnnouncement: name, On: !of.On})
	add("announcement.record", false, protocol.AnnouncementRing,
		protocol.RingAnnouncement{OneAnnouncement: name, Record: true})
	add("announcement.listen", false, protocol.AnnouncementRing, protocol.RingAnnouncement{OneAnnouncement: name})
	if of.Recorded {
		add("announcement.delete", false, protocol.AnnouncementDelete, name)
	}
}

func (a *Announcement) severalPBXs() bool {
	for _, one := range a.now.List {
		if one.PBX != a.now.List[0].PBX {
			return true
		}
	}
	return false
}

func (a *Announcement) send(action string, data any) {
	a.Session.Request(action, data, func(_ protocol.Message, failure string) {
		if failure != "" {
			a.Warn("announcement", "notice.announcement", failure)
		}
	})
}
