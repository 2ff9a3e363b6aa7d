package shell

import (
	"traybell/desktop/client"
	"traybell/desktop/ui"
)

// passwordFrom is where the password is that this run uses, as far as it is known.
func (s *shell) passwordFrom() ui.PasswordFrom {
	switch {
	case s.passwords == ui.FromKeyring:
		return ui.FromKeyring
	case s.secret != "":
		return ui.FromSession
	case s.opts.Password != "":
		return ui.FromEnvironment
	}
	return ""
}

// mendable is why there is no connection, where the agent can mend that in the settings.
func (s *shell) mendable() string {
	p := s.status.Problem
	if p == nil || s.status.State == client.Working {
		return ""
	}
	switch p.Kind {
	case client.PasswordMissing:
		return s.texts.Say("settings.type_password")
	case client.PasswordWrong, client.PasswordShared, client.CertificateRefused, client.HostUnknown,
		client.PortClosed, client.NoAnswer, client.NotAHub, client.ProtocolDiffers, client.Busy:
		return s.tried(p, s.inForce())
	}
	return ""
}

// passwordFails tells whether there is no connection for want of the right password.
func (s *shell) passwordFails() bool {
	p := s.status.Problem
	return p != nil && (p.Kind == client.PasswordMissing || p.Kind == client.PasswordWrong)
}
