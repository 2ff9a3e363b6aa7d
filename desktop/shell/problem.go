package shell

import (
	"math"
	"time"

	"traybell/desktop/client"
)

// problem says in the agent's language why there is no connection to a server.
func (s *shell) problem(p *client.Problem, server string) string {
	at := map[string]any{"Server": server}
	switch p.Kind {
	case client.SettingsIncomplete:
		return s.texts.Say("state.not_set")
	case client.HostUnknown:
		return s.texts.SayWith("state.host_unknown", at)
	case client.PortClosed:
		return s.texts.SayWith("state.port_closed", at)
	case client.NoAnswer:
		return s.texts.SayWith("state.no_answer", at)
	case client.NotAHub:
		return s.texts.SayWith("state.not_a_hub", at)
	case client.ProxyRefused:
		return s.texts.SayWith("state.proxy", at)
	case client.PasswordMissing:
		return s.texts.Say("state.no_password")
	case client.PasswordWrong:
		return s.texts.Say("state.refused")
	case client.PasswordShared:
		return s.texts.Say("state.shared")
	case client.CertificateRefused:
		return s.texts.Say("state.trust_refused")
	case client.CertificateChanged:
		return s.texts.Say("state.untrusted")
	case client.ProtocolDiffers:
		return s.texts.Say("state.incompatible")
	case client.Replaced:
		return s.texts.Say("state.replaced")
	case client.EndedByAdmin:
		return s.texts.Say("state.ended")
	case client.Busy:
		if p.Wait() > 0 {
			return s.texts.Count("state.busy", int(math.Ceil(p.Wait().Round(time.Second).Seconds())))
		}
	}
	return s.texts.SayWith("state.lost", at)
}
