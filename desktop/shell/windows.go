package shell

import (
	"fmt"
	"os"
	"reflect"

	"traybell/desktop/ui"
)

// The kinds of window.
const (
	settingsWindow = "settings"
	aboutWindow    = "about"
	callsWindow    = "calls"
	trustWindow    = "trust"
	callerWindow   = "caller"
)

// What follows belongs to Fyne's goroutine.

// openNamed opens a window by the command line's name for it.
func (s *shell) openNamed(window string) {
	switch window {
	case "settings":
		s.openSettings(false)
	case "links":
		s.openSettings(true)
	case "calls":
		s.openCalls()
	case "about":
		s.openAbout()
	case "test":
		s.post(s.testPopup)
	}
}

// refreshWindows brings windows up to date that show what changes by itself. It leaves alone what
// is the same, so that nothing that is selected or scrolled is lost.
func (s *shell) refreshWindows() {
	s.refreshCalls()
	if !s.windows.Shown(aboutWindow) {
		return
	}
	var about ui.About
	if !s.ask(func() { about = s.about() }) {
		return
	}
	if !reflect.DeepEqual(about, s.aboutShown) {
		s.aboutShown = about
		s.windows.Replace(aboutWindow, s.aboutContent())
	}
}

// noWindows says what to do where windows cannot be opened: popups and tray go on.
func (s *shell) noWindows(err error) {
	s.log.Error("windows cannot be opened", "error", err)
	why := s.texts.SayWith("notice.no_opengl_why", map[string]any{"File": s.file.Path()})
	fmt.Fprintln(os.Stderr, why)
	s.post(func() { s.notice("opengl", "notice.no_opengl", why) })
}

// roomForWindows is the smallest of the monitors' work areas, as nobody can tell on which one a
// window will open; nothing where there is none.
func (s *shell) roomForWindows() (width, height int) {
	for i, m := range s.host.Monitors() {
		if i == 0 {
			width, height = m.Work.Dx(), m.Work.Dy()
		}
		width, height = min(width, m.Work.Dx()), min(height, m.Work.Dy())
	}
	return width, height
}

// openMain opens what a second start shows that asks for nothing: what is to be set up first, or
// the window from which everything is reached. It belongs to Fyne's goroutine.
func (s *shell) openMain() {
	var incomplete bool
	if !s.ask(func() {
		force := s.inForce()
		incomplete = force.Server == "" || force.Extension == ""
	}) {
		return
	}
	if incomplete {
		s.openSettings(false)
		return
	}
	s.openCalls()
}
