package shell

import (
	"context"
	"time"

	"traybell/assets/translations"
	"traybell/desktop/client"
	"traybell/desktop/model"
	"traybell/desktop/platform"
	"traybell/desktop/settings"
	"traybell/desktop/ui"
	"traybell/shared/protocol"

	"fyne.io/fyne/v2"
)

// kept are the settings that count on this computer without the command line: the agent's own above
// the computer's.
func (s *shell) kept() settings.Own { return s.own.Inherit(s.computer) }

// administrator are the hub's settings, or the usual ones before it has told any.
func (s *shell) administrator() protocol.Settings {
	if s.terminal.Hub() == "" {
		return settings.Default()
	}
	return s.terminal.Settings()
}

func (s *shell) inForce() settings.Effective {
	return s.opts.over(s.kept()).Over(s.administrator(), systemLanguage())
}

// settingsChanged brings the agent's or the administrator's new settings into force.
func (s *shell) settingsChanged() {
	force := s.inForce()
	s.terminal.HideInternal(force.HideInternal)
	if translations.Match(force.Language) != s.texts.Language() {
		s.texts.Use(force.Language)
		s.tray.Translate()
	}
	s.look.Tickets = s.terminal.May(protocol.RightTicket)
	s.popups.SetDelays(force.Popups)
	s.popups.SetPlace(s.corner(), force.Monitor)
	s.restage()
	s.refresh()
}

// openSettings opens the settings, unless they are open: what was typed is not thrown away.
func (s *shell) openSettings(links bool) {
	if s.windows.Shown(settingsWindow) {
		s.windows.Window(settingsWindow).RequestFocus()
		if links {
			s.form.ShowLinks()
		}
		return
	}
	var in ui.SettingsInput
	var opts Options
	if !s.canOpen() || !s.ask(func() {
		opts = s.opts
		in = ui.SettingsInput{
			Own: opts.over(s.kept()), Hub: s.administrator(), Monitors: s.monitorNames(), Native: nativeNotifications,
		}
		in.Password, in.Problem, in.AskPassword = s.passwordFrom(), s.mendable(), s.passwordFails()
		s.accessFor(&in)
		in.KeyringFailed = s.keyringFails != nil
	}) {
		return
	}
	var err error
	if in.System, err = opts.system(); err != nil {
		s.log.Warn("what the system does with this program cannot be told", "error", err)
	}
	hide := func() { s.windows.Hide(settingsWindow) }
	var form *ui.SettingsForm
	form = ui.NewSettingsForm(s.texts, in, ui.SettingsActions{
		Save: s.save, Cancel: func() { s.post(s.settingsChanged); hide() }, Test: s.testKind, Connect: s.try,
		Export: func() { s.afterKey(func() { s.exportSettings(form) }) },
		Import: func() { s.afterKey(func() { s.importSettings(form) }) },
	})
	s.form = form
	if links {
		form.ShowLinks()
	}
	changed := func() { s.post(s.settingsChanged) } // a test may have changed the delays
	if s.windows.Open(settingsWindow, s.texts.Say("settings.title"), form.Content(), fyne.NewSize(680, 800), changed) && !links {
		form.Begin(s.windows.Window(settingsWindow))
	}
}

// save does what the settings window was left with.
func (s *shell) save(r ui.SettingsResult) error {
	var opts Options
	err := s.adopt(r.Own, func() {
		opts = s.opts
		s.drop(noticeID("settings"), noticeID("keyring"))
		if r.Password != "" {
			s.secret, s.opts.Password, s.passwords = r.Password, "", ui.FromSession
			if !r.SessionOnly {
				s.keep(account(s.inForce()), r.Password)
			}
		}
		s.watchQuiet()
	})
	if err == nil {
		s.work.Go(func() {
			if err := opts.setSystem(r.System); err != nil {
				s.log.Error("the system does not take it", "error", err)
				s.post(func() { s.notice("system", "notice.system", err.Error()) })
			}
		})
		s.windows.Hide(settingsWindow)
		if platform.Tray() != nil { // nothing else of the program is seen then
			s.post(func() { s.notice("saved", model.TitleSaved, s.texts.Say("notice.saved_why")) })
		}
	}
	return err
}

// adopt keeps settings and begins anew with them; also is done in between, where they were kept. It
// belongs to Fyne's goroutine and waits for the shell's, as also does.
func (s *shell) adopt(now settings.Own, also func()) (err error) {
	s.ask(func() {
		opts := s.opts
		own := opts.keep(s.kept(), now).StripInherited(s.computer)
		if err = s.file.Save(own); err != nil {
			return
		}
		s.own, s.opts, s.asked = own, opts, map[client.Kind]bool{}
		also()
		s.settingsChanged()
		s.connect()
	})
	return err
}

// keep gives a password to the keyring, which may ask the agent to unlock it. Until the next start
// it is known anyway.
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
			s.keyringFails = err
			s.notice("keyring", "notice.keyring", s.texts.Say("settings.keyring_failed"))
		})
	}()
}
