package shell

import (
	"errors"
	"os"
	"strings"
	"time"

	"traybell/desktop/platform"
	"traybell/desktop/settings"
	"traybell/desktop/ui"

	"fyne.io/systray"
)

// trayWithin is how long a desktop that has just begun may take until it shows trays.
const trayWithin = 10 * time.Second

// startTray puts the icon into the system's tray and returns what takes it out again.
func (s *shell) startTray() (end func()) {
	err := platform.Tray()
	if err != nil {
		time.AfterFunc(trayWithin, s.noTray)
	}
	if errors.Is(err, platform.ErrNoBus) {
		return func() {} // systray cannot even be asked
	}
	do := func(f func()) func() { return func() { s.loop.Do(f) } }
	systray.SetTitle("traybell")
	start, end := systray.RunWithExternalLoop(func() {
		s.tray.Attach(ui.Systray{}, ui.Commands{
			Calls: do(s.openCalls), Settings: do(func() { s.openSettings(false) }), About: do(s.openAbout),
			Test: func() { s.post(s.testPopup) }, Reset: func() { s.post(s.resetPosition) }, Exit: s.exit,
			Quiet: func(c settings.QuietFor) { s.post(func() { s.beQuiet(c) }) },
		})
	}, nil)
	start()
	return end
}

// noTray tells, once in the life of these settings, how to reach the program on a desktop without a
// tray, and what would bring one. No window is opened for that: a second start opens the one from
// which everything is reached.
func (s *shell) noTray() {
	err := platform.Tray()
	if err == nil {
		return // it came
	}
	if s.app == nil {
		s.log.Warn("no tray icon, and no display for windows", "reason", err)
		return // whatever is done, no window comes
	}
	s.log.Warn("no tray icon: start traybell again to open its window", "reason", err)
	s.post(func() {
		if s.own.ToldNoTray {
			return
		}
		s.own.ToldNoTray = true
		if err := s.file.Save(s.own); err != nil {
			s.log.Error("settings", "error", err)
		}
		s.notice("tray", "notice.no_tray", s.texts.Say(noTrayWhy(os.Getenv("XDG_CURRENT_DESKTOP"))))
	})
}

// noTrayWhy says what to do for a tray on a desktop, as XDG_CURRENT_DESKTOP names it
// ("ubuntu:GNOME").
func noTrayWhy(desktop string) string {
	if strings.Contains(strings.ToUpper(desktop), "GNOME") {
		return "notice.no_tray_gnome"
	}
	return "notice.no_tray_why"
}
