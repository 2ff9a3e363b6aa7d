package shell

import (
	"net"
	"runtime"
	"strconv"

	"traybell/desktop/client"
	"traybell/desktop/ui"

	"fyne.io/fyne/v2"
)

func (s *shell) openAbout() {
	if s.canOpen() && s.ask(func() { s.aboutShown = s.about() }) {
		s.windows.Open(aboutWindow, s.texts.Say("about.title"), s.aboutContent(), fyne.NewSize(600, 600), nil)
	}
}

func (s *shell) aboutContent() fyne.CanvasObject {
	return ui.NewAbout(s.texts, s.aboutShown, s.app.Clipboard().SetContent, s.support, func() {
		s.windows.Hide(aboutWindow)
	})
}

// about belongs to the shell's goroutine.
func (s *shell) about() ui.About {
	a := ui.About{
		Version: s.opts.Version, Hub: s.terminal.Hub(), Connection: s.connection(), PBXs: s.terminal.PBXs(),
		Certificate: ui.Fingerprint(s.inForce().Pin),
		Popups:      s.popupMethod(), Settings: s.file.Path(), Log: s.logPath,
	}
	if agent := s.terminal.Agent(); agent.Login != "" {
		a.Agent = agent.Name + " (" + agent.Login + ")"
	}
	return a
}

// popupMethod tells how popups are shown here.
func (s *shell) popupMethod() string {
	method := s.texts.Say("about.popups_x11")
	switch runtime.GOOS {
	case "windows":
		method = s.texts.Say("about.popups_windows")
	case "darwin":
		method = s.texts.Say("about.popups_macos")
	}
	switch {
	case s.native && s.notifier.CanAct():
		return s.texts.SayWith("about.popups_notifications", map[string]any{"Server": s.notifier.Server()})
	case s.native:
		return s.texts.SayWith("about.popups_notifications", map[string]any{"Server": s.notifier.Server()}) + "; " +
			s.texts.Say("about.popups_no_actions")
	case s.unwilled != nil:
		method += "; " + s.texts.Say("notice.no_native")
	}
	if !s.host.CanFade() {
		method += "; " + s.texts.Say("about.popups_no_fade")
	}
	return method
}

// connection says for About how the connection is, and to what.
func (s *shell) connection() string {
	force := s.inForce()
	if s.status.State != client.Working || s.asking {
		return s.tooltip()
	}
	return s.texts.SayWith("about.connected", map[string]any{
		"Server": net.JoinHostPort(force.Server, strconv.Itoa(force.Port)), "Extension": force.Extension,
	})
}
