// Package popups shows cards as windows or as notifications of the desktop.
package popups

import (
	"context"
	"log/slog"
	"runtime"
	"slices"

	"traybell/assets/translations"
	"traybell/desktop/model"
	"traybell/desktop/popup"
	"traybell/desktop/settings"
	"traybell/desktop/shell/display"
	"traybell/desktop/system"
	"traybell/desktop/ui/card"
	"traybell/desktop/ui/screen"
	"traybell/shared/protocol"
)

// Available reports whether the system's notifications can replace cards, which needs buttons.
const Available = runtime.GOOS != "windows" && runtime.GOOS != "darwin"

// Preferences are the settings of popups.
type Preferences interface {
	Kept() settings.Own
	Corner() popup.Corner
	Hotkey() string
	Native() bool
}

// Config configures popups.
type Config struct {
	Context     context.Context //nolint:containedctx // lifetime of the program
	Log         *slog.Logger
	Texts       *translations.Texts
	Display     *display.Display
	Preferences Preferences
	Post        func(func()) // runs a function on the owner's goroutine
	Events      screen.Events
	Restaged    func()          // the cards must be shown again
	Refused     func(err error) // notifications are chosen but not available
}

// shower shows cards.
type shower interface {
	SetCards(cards []model.Card)
	SetDelays(d protocol.Popups)
	SetLook(l card.Look)
	SetPlace(c popup.Corner, monitor string)
	Close()
}

// Popups belong to one goroutine.
type Popups struct {
	Config

	now      shower
	notifier system.Notifier
	native   bool  // shown as notifications
	refused  error // why notifications are not available, if chosen
	delays   protocol.Popups
	look     card.Look
	access   access
	settings bool // are open
}

// New shows popups with what the display has.
func New(c Config, delays protocol.Popups) *Popups {
	p := &Popups{
		Config: c, notifier: c.Display.Notifier, delays: delays, look: card.Look{Dark: c.Display.Dark, Texts: c.Texts},
	}
	if !c.Display.HasWindows() {
		p.Events.Copy = nil // the clipboard is the display's
	} else if c.Preferences.Native() {
		if p.notifier, p.refused = system.Notifications(c.Context, c.Log); p.refused != nil {
			p.notifier = nil
			c.Log.Warn("notifications not available, popups are windows", "reason", p.refused)
		}
	}
	p.setAccess()
	p.now = p.open()
	return p
}

func (p *Popups) open() shower {
	o := screen.Options{
		Look: p.look, Popups: p.delays, Corner: p.Preferences.Corner(), Monitor: p.Preferences.Kept().Monitor,
		Do: p.Display.Do, Log: p.Log, Events: p.Events,
	}
	p.native = p.notifier != nil && (p.Display.Host == nil || p.Preferences.Native())
	if p.native {
		return screen.NewNotifications(p.notifier, o)
	}
	return screen.New(p.Display.Host, o)
}

// Show replaces the shown cards. While the settings are open there is none about the connection: the
// settings show it, and the card would cover their buttons on a small screen.
func (p *Popups) Show(cards []model.Card) {
	if p.settings {
		cards = slices.DeleteFunc(slices.Clone(cards), func(c model.Card) bool { return c.Title == model.TitleHubAway })
	}
	p.now.SetCards(cards)
}

// Settings says whether the settings are open. It takes effect with the next Show.
func (p *Popups) Settings(open bool) { p.settings = open }

// SetDelays changes the delays of all popups.
func (p *Popups) SetDelays(d protocol.Popups) {
	p.delays = d
	p.now.SetDelays(d)
}

// SetPlace moves popups to the place in the preferences.
func (p *Popups) SetPlace(monitor string) { p.now.SetPlace(p.Preferences.Corner(), monitor) }

// SetTickets sets whether cards have a button for tickets.
func (p *Popups) SetTickets(on bool) { p.look.Tickets = on }

// Look returns the look of cards.
func (p *Popups) Look() card.Look { return p.look }

// Update applies the preferences: the look, the hotkey, windows or notifications. It does not wait
// for the desktop.
func (p *Popups) Update() {
	p.setAccess()
	p.now.SetLook(p.look)
	want := p.Preferences.Native()
	switch {
	case p.Display.Host == nil || want == p.native:
		return
	case want && p.notifier == nil:
		go func() {
			n, err := system.Notifications(p.Context, p.Log)
			p.Post(func() {
				if p.refused = err; err != nil {
					p.Log.Warn("notifications not available", "reason", err)
					p.Refused(err)
					return
				}
				p.notifier = n
				p.Update()
			})
		}()
		return
	}
	old := p.now
	p.now = p.open()
	old.Close()
	p.Restaged()
}

// Close removes all cards from the screen.
func (p *Popups) Close() {
	p.now.Close()
	if p.notifier != nil {
		_ = p.notifier.Close()
	}
}

// Method describes for the user how popups are shown.
func (p *Popups) Method() string {
	method := p.Texts.Say("about.popups_x11")
	switch runtime.GOOS {
	case "windows":
		method = p.Texts.Say("about.popups_windows")
	case "darwin":
		method = p.Texts.Say("about.popups_macos")
	}
	switch {
	case p.native:
		method = p.Texts.SayWith("about.popups_notifications", map[string]any{"Server": p.notifier.Server()})
		if !p.notifier.CanAct() {
			method += "; " + p.Texts.Say("about.popups_no_actions")
		}
		return method
	case p.refused != nil:
		method += "; " + p.Texts.Say("notice.no_native")
	}
	if !p.Display.Host.CanFade() {
		method += "; " + p.Texts.Say("about.popups_no_fade")
	}
	return method
}
