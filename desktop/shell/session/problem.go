package session

import (
	"math"
	"net"
	"strconv"
	"time"

	"traybell/desktop/client"
	"traybell/desktop/settings"
	"traybell/desktop/ui/wording"
	"traybell/shared/protocol"
)

// Why returns why the agent is not signed in, as a sentence.
func (s *Session) Why() string {
	switch {
	case s.asking:
		return s.Texts.Say("state.ask_trust")
	case s.status.Problem == nil:
		return s.Texts.SayWith("state.connecting", map[string]any{"Server": s.to.Server})
	}
	return s.explain(s.status.Problem, s.to.Server)
}

// explain returns, in the agent's language, why there is no connection to a server.
func (s *Session) explain(p *client.Problem, server string) string {
	at := map[string]any{"Server": server}
	switch p.Kind {
	case client.SettingsIncomplete:
		return s.Texts.Say("state.not_set")
	case client.HostUnknown:
		return s.Texts.SayWith("state.host_unknown", at)
	case client.PortClosed:
		return s.Texts.SayWith("state.port_closed", at)
	case client.NoAnswer:
		return s.Texts.SayWith("state.no_answer", at)
	case client.NotAHub:
		return s.Texts.SayWith("state.not_a_hub", at)
	case client.ProxyRefused:
		return s.Texts.SayWith("state.proxy", at)
	case client.PasswordMissing:
		return s.Texts.Say("state.no_password")
	case client.PasswordWrong:
		return s.Texts.Say("state.refused")
	case client.PasswordShared:
		return s.Texts.Say("state.shared")
	case client.CertificateRefused:
		return s.Texts.Say("state.trust_refused")
	case client.CertificateChanged:
		return s.Texts.Say("state.untrusted")
	case client.ProtocolDiffers:
		return s.Texts.Say("state.incompatible")
	case client.Replaced:
		return s.Texts.Say("state.replaced")
	case client.EndedByAdmin:
		return s.Texts.Say("state.ended")
	case client.Maintained:
		return s.Texts.Hub(string(protocol.HubMaintained), p.About, p.Text)
	case client.Busy:
		if p.Wait() > 0 {
			return s.Texts.Count("state.busy", int(math.Ceil(p.Wait().Round(time.Second).Seconds())))
		}
	}
	return s.Texts.SayWith("state.lost", at)
}

// Remedy returns why there is no connection and what to change in the settings; empty if they are
// not the cause.
func (s *Session) Remedy() string {
	p := s.status.Problem
	if p == nil || s.Working() {
		return ""
	}
	switch p.Kind {
	case client.PasswordMissing:
		return s.Texts.Say("settings.type_password")
	case client.PasswordWrong, client.PasswordShared, client.CertificateRefused, client.HostUnknown,
		client.PortClosed, client.NoAnswer, client.NotAHub, client.ProtocolDiffers, client.Busy:
		return s.ExplainProbe(p, s.to)
	}
	return ""
}

// ExplainProbe explains the result of a connection test.
func (s *Session) ExplainProbe(p *client.Problem, to settings.Effective) string {
	at := net.JoinHostPort(to.Server, strconv.Itoa(to.Port))
	certificate := map[string]any{"Server": at, "Fingerprint": "\n" + wording.Fingerprint(p.Fingerprint)}
	switch p.Kind {
	case client.CertificateRefused:
		return s.Texts.SayWith("try.certificate", certificate)
	case client.CertificateChanged:
		return s.Texts.SayWith("try.certificate_changed", certificate)
	case client.PasswordWrong:
		return s.Texts.SayWith("try.password", map[string]any{"Server": at, "Extension": to.Extension})
	case client.PasswordMissing:
		return s.Texts.Say("try.no_password")
	case client.SettingsIncomplete:
		if s.Plain {
			return s.Texts.Say("try.plain")
		}
	}
	return s.explain(p, at)
}
