package shell

import (
	"cmp"

	"traybell/desktop/client"
	"traybell/desktop/model"
	"traybell/desktop/settings"
	"traybell/desktop/shell/popups"
	"traybell/desktop/shell/preferences"
	"traybell/desktop/system"
	"traybell/desktop/ui/setup"
	"traybell/shared/protocol"
)

// settingsPort is the port of the settings window.
type settingsPort struct{ port }

// Shown returns the settings for the settings window.
func (p settingsPort) Shown() (own settings.Own, ok bool) {
	ok = p.owner.Ask(func(s *state) { own = s.preferences.Shown() })
	return own, ok
}

// Input returns the input of the settings window.
func (p settingsPort) Input() (in setup.Input, ok bool) {
	ok = p.owner.Ask(func(s *state) {
		in = setup.Input{
			Own: s.preferences.Shown(), Hub: s.administrator(), Native: popups.Available,
			Password: s.session.PasswordFrom(), Problem: s.session.Remedy(), AskPassword: s.session.PasswordFails(),
			KeyringFailed: s.session.KeyringFails(), MayRing: s.dialling.MayRing(),
		}
		if s.session.Working() {
			in.ChangedAt = s.terminal.Agent().Password
		}
		if s.popups.HasHotkeys() {
			in.TryHotkey, in.HotkeyFailed = p.tryHotkey, s.popups.HotkeyFailed()
		}
	})
	in.Monitors = p.display.Monitors()
	var err error
	if in.System, err = p.program.System(); err != nil {
		p.owner.Post(func(s *state) { s.log.Warn("cannot read desktop integration", "error", err) })
	}
	return in, ok
}

func (p settingsPort) tryHotkey(text string) (failed string) {
	p.owner.Ask(func(s *state) { failed = s.popups.TryHotkey(text) })
	return failed
}

// Save applies the settings of the settings window.
func (p settingsPort) Save(r setup.Result) (err error) {
	p.owner.Ask(func(s *state) {
		err = s.adopt(r.Own, func() {
			s.notices.Drop("settings", "keyring")
			if r.Password != "" {
				s.session.SetPassword(r.Password, r.SessionOnly, s.merged())
			}
			s.quiet.Watch()
		})
	})
	if err != nil {
		return err
	}
	p.work.Go(func() {
		if err := p.program.SetSystem(r.System); err != nil {
			p.owner.Post(func(s *state) {
				s.log.Error("cannot change desktop integration", "error", err)
				s.warn("system", "notice.system", err.Error())
			})
		}
	})
	return nil
}

// Saved confirms, without a tray, that the program runs on without a window.
func (p settingsPort) Saved() {
	if system.Tray() != nil {
		p.owner.Post(func(s *state) { s.warn("saved", model.TitleSaved, s.texts.Say("notice.saved_why")) })
	}
}

// Adopt applies settings.
func (p settingsPort) Adopt(now settings.Own) (err error) {
	p.owner.Ask(func(s *state) { err = s.adopt(now, func() {}) })
	return err
}

// Showing says whether the settings window is open.
func (p settingsPort) Showing(on bool) {
	p.owner.Post(func(s *state) { s.popups.Settings(on); s.refresh() })
}

// Restore applies the settings again.
func (p settingsPort) Restore() { p.owner.Post((*state).apply) }

// Test shows a test popup with these delays.
func (p settingsPort) Test(kind string, delays protocol.Popups) {
	p.owner.Post(func(s *state) {
		s.popups.SetDelays(delays)
		s.test(kind)
	})
}

// Try tests a connection; the session continues.
func (p settingsPort) Try(r setup.Result, done func(outcome setup.Outcome, text string)) {
	p.owner.Post(func(s *state) {
		to := preferences.Merge(r.Own, s.administrator())
		s.session.Probe(to, r.Password, func(opened protocol.OpenedSession, problem *client.Problem) {
			s.post(func() {
				outcome, text := setup.Works, ""
				switch {
				case problem == nil:
					text = s.texts.SayWith("settings.try_works", map[string]any{
						"Name": cmp.Or(opened.Agent.Name, opened.Agent.Login), "Version": opened.Hub,
					})
				case problem.Kind == client.CertificateRefused:
					outcome, text = setup.ToConfirm, s.session.ExplainProbe(problem, to)
				default:
					outcome, text = setup.Fails, s.session.ExplainProbe(problem, to)
				}
				p.Do(func() { done(outcome, text) })
			})
		})
	})
}

// TestCall has the hub place a test call, and reports its steps.
func (p settingsPort) TestCall(phone bool, done func(outcome setup.Outcome, text string)) {
	p.owner.Post(func(s *state) {
		s.diagnosis.Test(phone, func(shown bool, text string) {
			outcome := setup.Fails
			if shown {
				outcome = setup.Works
			}
			p.Do(func() { done(outcome, text) })
		})
	})
}

// ChangePassword opens the window for it.
func (p settingsPort) ChangePassword() {
	p.owner.Post(func(s *state) { s.front.Post(func(w *windows) { w.password.Open() }) })
}

// Refused reports that a link or file was rejected.
func (p settingsPort) Refused(text string) {
	p.owner.Post(func(s *state) { s.warn("join", "join.refused", text) })
}
