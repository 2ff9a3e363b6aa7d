package shell

import (
	"cmp"
	"net"
	"strconv"

	"traybell/desktop/client"
	"traybell/desktop/settings"
	"traybell/desktop/ui"
)

// try tries the connection as the settings window has it, saved or not, and says what would happen.
// The session that runs goes on. It belongs to Fyne's goroutine, as done does.
func (s *shell) try(r ui.SettingsResult, done func(outcome ui.Outcome, told string)) {
	tell := func(outcome ui.Outcome, told string) { s.loop.Do(func() { done(outcome, told) }) }
	s.post(func() {
		force := r.Own.Over(s.administrator(), systemLanguage())
		cfg := s.toHub(force, cmp.Or(r.Password, s.secret, s.opts.Password))
		s.work.Go(func() {
			opened, p := client.Probe(s.ctx, cfg)
			if s.ctx.Err() != nil {
				return
			}
			if p == nil {
				tell(ui.Works,
					s.texts.SayWith("settings.try_works", map[string]any{
						"Name": cmp.Or(opened.Agent.Name, opened.Agent.Login), "Version": opened.Hub,
					}))
				return
			}
			s.log.Info("the connection was tried", "problem", p.Kind, "text", p.Text, "error", p.Err)
			outcome := ui.Fails
			if p.Kind == client.CertificateRefused {
				outcome = ui.ToConfirm
			}
			s.post(func() { tell(outcome, s.tried(p, force)) })
		})
	})
}

// tried says what a test of the connection met, and what to do about it. It belongs to the shell's
// goroutine.
func (s *shell) tried(p *client.Problem, force settings.Effective) string {
	at := net.JoinHostPort(force.Server, strconv.Itoa(force.Port))
	switch p.Kind {
	case client.CertificateRefused:
		return s.texts.SayWith("try.certificate", map[string]any{
			"Server": at, "Fingerprint": "\n" + ui.Fingerprint(p.Fingerprint),
		})
	case client.CertificateChanged:
		return s.texts.SayWith("try.certificate_changed", map[string]any{
			"Server": at, "Fingerprint": "\n" + ui.Fingerprint(p.Fingerprint),
		})
	case client.PasswordWrong:
		return s.texts.SayWith("try.password", map[string]any{"Server": at, "Extension": force.Extension})
	case client.PasswordMissing:
		return s.texts.Say("try.no_password")
	case client.SettingsIncomplete:
		if s.opts.Plain {
			return s.texts.Say("try.plain")
		}
	}
	return s.problem(p, at)
}
