package shell

import (
	"errors"
	"os"
	"time"

	"traybell/desktop/settings"
	"traybell/desktop/shell/notices"
	"traybell/desktop/shell/queues"
	"traybell/desktop/system"
	"traybell/desktop/ui"
	"traybell/shared/protocol"

	"fyne.io/systray"
)

// trayWithin is how long a desktop may take to show trays after the start of a session.
const trayWithin = 10 * time.Second

// startTray shows the icon and returns a function that removes it.
func startTray(s *state, p port) (end func()) {
	err := system.Tray()
	if err != nil {
		time.AfterFunc(trayWithin, func() { p.withoutTray() })
	}
	if errors.Is(err, system.ErrNoBus) {
		return func() {} // systray cannot report it
	}
	open := func(f func(*windows)) func() { return func() { s.front.Post(f) } }
	post := func(f func(*state)) func() { return func() { p.owner.Post(f) } }
	systray.SetTitle("traybell")
	start, end := systray.RunWithExternalLoop(func() {
		s.tray.Attach(ui.Systray{}, ui.Commands{
			Calls: open(func(w *windows) { w.calls.Open() }),
			Dial:  open((*windows).openDial), Colleagues: open(func(w *windows) { w.others.Open() }),
			Settings: open(func(w *windows) { w.setup.Open(false) }), About: open(func(w *windows) { w.about.Open() }),
			Test: post(testAll), Reset: post((*state).resetPosition), Exit: p.exit,
			Update: post(func(s *state) { s.updating.Press() }), Mobile: post(func(s *state) { s.mobile.Toggle() }),
			Queue: func(pbx, name string, do protocol.QueueControl) {
				p.owner.Post(func(s *state) {
					queues.Control(s.session, pbx, name, do, func(why string) { s.warn("queue", "notice.queue", why) })
				})
			},
			Quiet: func(c settings.QuietFor) { p.owner.Post(func(s *state) { s.quiet.Set(c) }) },
		})
	}, nil)
	start()
	return end
}

// withoutTray shows, once for these settings, how to reach the program on a desktop without a tray,
// and how to get one. It opens no window: a second start does.
func (p port) withoutTray() {
	err := system.Tray()
	if err == nil {
		return // it was late
	}
	p.owner.Post(func(s *state) {
		if !p.display.HasWindows() {
			s.log.Warn("no tray icon and no display for windows", "reason", err)
			return
		}
		s.log.Warn("no tray icon: start traybell again to open its window", "reason", err)
		if s.preferences.Own().ToldNoTray {
			return
		}
		s.preferences.Update(func(own *settings.Own) { own.ToldNoTray = true })
		s.warn("tray", "notice.no_tray", s.texts.Say(notices.NoTrayWhy(os.Getenv("XDG_CURRENT_DESKTOP"))))
	})
}
