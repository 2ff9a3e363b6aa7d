package shell

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"runtime"
	"time"

	"fyne.io/fyne/v2"

	"traybell/desktop/client"
	"traybell/desktop/model"
	"traybell/desktop/settings"
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

// openSettings opens the settings, unless they are open: what was typed is not thrown away.
func (s *shell) openSettings(links bool) {
	if s.windows.Shown(settingsWindow) {
		s.windows.Window(settingsWindow).RequestFocus()
		return
	}
	var in ui.SettingsInput
	if !s.canOpen() || !s.ask(func() {
		in = ui.SettingsInput{Own: s.opts.over(s.kept()), Hub: s.administrator(), Monitors: s.monitorNames(), Native: nativeNotifications}
		in.Password, in.Problem = s.passwordFrom(), s.mendable()
		s.accessFor(&in)
		if s.keyringOK != nil {
			in.KeyringFailed = s.keyringOK.Error()
		}
	}) {
		return
	}
	in.System = s.ofSystem()
	hide := func() { s.windows.Hide(settingsWindow) }
	var form *ui.SettingsForm
	form = ui.NewSettingsForm(s.texts, in, ui.SettingsActions{
		Save: s.save, Cancel: func() { s.post(s.settingsChanged); hide() }, Test: s.testKind, Connect: s.try,
		Export: func() { s.afterKey(func() { s.exportSettings(form) }) }, Import: func() { s.afterKey(func() { s.importSettings(form) }) },
	})
	if links {
		form.ShowLinks()
	}
	s.windows.Open(settingsWindow, s.texts.Say("settings.title"), form.Content(), fyne.NewSize(680, 800), func() { s.post(s.settingsChanged) }) // a test may have changed the delays
}

// save keeps the settings and begins anew with them.
func (s *shell) save(r ui.SettingsResult) error {
	var err error
	s.ask(func() {
		opts := s.opts
		own := opts.keep(s.kept(), r.Own).Apart(s.computer)
		if err = s.file.Save(own); err != nil {
			return
		}
		s.own, s.opts = own, opts
		s.asked = map[client.Kind]bool{}
		s.notices, s.secret = dropSettingsNotice(s.notices), orKept(r.Password, s.secret)
		if r.Password != "" {
			s.opts.Password, s.passwords = "", ui.FromSession
			if !r.SessionOnly {
				s.keep(Account(s.inForce()), r.Password)
			}
		}
		s.watchQuiet()
		s.settingsChanged()
		s.connect()
	})
	if err == nil {
		s.work.Go(func() { s.setSystem(r.System) })
		s.windows.Hide(settingsWindow)
	}
	return err
}

func orKept(typed, kept string) string {
	if typed != "" {
		return typed
	}
	return kept
}

func dropSettingsNotice(notices []model.Card) []model.Card {
	kept := notices[:0:0]
	for _, n := range notices {
		if n.Title != "notice.settings_broken" && n.Title != "notice.keyring" {
			kept = append(kept, n)
		}
	}
	return kept
}

// keep gives a password to the keyring, which may ask the agent to unlock it. Until the next start it is known anyway.
func (s *shell) keep(account, password string) {
	go func() {
		ctx, cancel := context.WithTimeout(s.ctx, time.Minute)
		defer cancel()
		err := s.keyring.Keep(ctx, account, password)
		if err == nil {
			s.post(func() { s.passwords = ui.FromKeyring })
		}
		if err == nil || s.ctx.Err() != nil {
			return
		}
		s.log.Warn("the password is known for this session only", "error", err)
		s.post(func() {
			s.keyringOK = err
			s.notice("keyring", "notice.keyring", s.texts.SayWith("settings.keyring_failed", map[string]any{"Reason": err.Error()}))
		})
	}()
}

func (s *shell) openAbout() {
	if s.canOpen() && s.ask(func() { s.aboutShown = s.about() }) {
		s.windows.Open(aboutWindow, s.texts.Say("about.title"), s.aboutContent(), fyne.NewSize(600, 600), nil)
	}
}

func (s *shell) aboutContent() fyne.CanvasObject {
	return ui.NewAbout(s.texts, s.aboutShown, s.app.Clipboard().SetContent, s.support, func() { s.windows.Hide(aboutWindow) })
}

// about belongs to the shell's goroutine.
func (s *shell) about() ui.About {
	a := ui.About{
		Version: s.opts.Version, Hub: s.screen.Hub(), Connection: s.connection(), PBXs: s.screen.PBXs(), Certificate: ui.Fingerprint(s.inForce().Pin),
		Popups: s.popupMethod(), Settings: s.file.Path(), Log: s.logPath,
	}
	if agent := s.screen.Agent(); agent.Login != "" {
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
		return s.texts.SayWith("about.popups_notifications", map[string]any{"Server": s.notifier.Server()}) + "; " + s.texts.Say("about.popups_no_actions")
	case s.unwilled != nil:
		method += "; " + s.texts.Say("notice.no_native")
	}
	if !s.host.CanFade() {
		method += "; " + s.texts.Say("about.popups_no_fade")
	}
	return method
}

// refreshWindows brings windows up to date that show what changes by itself. It leaves alone what is the same, so that nothing that is
// selected or scrolled is lost.
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

// askTrust shows a certificate's fingerprint and waits for the agent's word. It is called by the connection, which waits.
func (s *shell) askTrust(ctx context.Context, server, fingerprint string) bool {
	s.log.Info("the hub's certificate is new", "server", server, "fingerprint", fingerprint)
	answer := make(chan bool, 1)
	say := func(trusted bool) {
		select {
		case answer <- trusted:
		default:
		}
	}
	s.loop.Do(func() {
		if !s.canOpen() {
			s.post(func() {
				s.notice("trust", "trust.title", s.texts.SayWith("trust.first", map[string]any{"Server": server})+"\ntraybell --trust "+fingerprint)
			})
			fmt.Fprintf(os.Stderr, "traybell --trust %s\n", fingerprint)
			say(false)
			return
		}
		content := ui.NewTrust(s.texts, server, fingerprint, func(trusted bool) {
			s.windows.Hide(trustWindow)
			say(trusted)
		})
		s.windows.Open(trustWindow, s.texts.Say("trust.title"), content, fyne.NewSize(520, 300), func() { say(false) })
	})
	select {
	case trusted := <-answer:
		return trusted
	case <-ctx.Done():
		s.loop.Do(func() { s.windows.Hide(trustWindow) })
		return false
	}
}

// openDistrust says that the hub's certificate has changed. Whoever says that it was renewed trusts the new one from then on.
func (s *shell) openDistrust(server, old, now string) {
	if !s.canOpen() {
		return
	}
	hide := func() { s.windows.Hide(trustWindow) }
	content := ui.NewDistrust(s.texts, server, old, now, func() {
		hide()
		s.post(func() {
			s.pin(now)
			s.asked = map[client.Kind]bool{}
			s.connect()
		})
	}, hide)
	s.windows.Open(trustWindow, s.texts.Say("trust.title"), content, fyne.NewSize(560, 460), nil)
}

// settingsBroken tells that the settings begin anew. It is called before the shell's goroutine runs.
func (s *shell) settingsBroken(err error) {
	s.log.Error("settings", "error", err)
	var broken *settings.Broken
	if errors.As(err, &broken) {
		s.notices = append(s.notices, model.Card{
			ID: "warning:own:settings", Kind: model.Warn, Title: "notice.settings_broken", Since: time.Now(), Sticky: true,
			Text: s.texts.SayWith("notice.settings_broken_why", map[string]any{"Aside": broken.Aside}),
		})
	}
}

// roomForWindows is the smallest of the monitors' work areas, as nobody can tell on which one a window will open; nothing where there is none.
func (s *shell) roomForWindows() (width, height int) {
	for i, m := range s.host.Monitors() {
		if i == 0 {
			width, height = m.Work.Dx(), m.Work.Dy()
		}
		width, height = min(width, m.Work.Dx()), min(height, m.Work.Dy())
	}
	return width, height
}
