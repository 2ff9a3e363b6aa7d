package duty

import (
	"log/slog"

	"traybell/shared/protocol"
)

// teller sends messages to the agents' desktops.
type teller struct {
	to  func(logins []string, m protocol.Message)
	log *slog.Logger
}

func (t teller) send(logins []string, kind protocol.Type, name string, data any) {
	m, err := protocol.New(kind, name, data)
	if err != nil { // not with these types
		t.log.Error("cannot encode message", "name", name, "error", err)
		return
	}
	t.to(logins, m)
}

// warn warns of a pause.
func (t teller) warn(name string, logins []string, of protocol.AgentNow, pause string) {
	text := "Your pause ends soon."
	if name == protocol.PauseOver {
		text = "The pause of " + of.Name + " was longer than its limit."
	}
	t.send(logins, protocol.Warning, name, protocol.PauseWarning{
		Login: of.Login, Name: of.Name, Until: of.Until, Reason: pause, Text: text,
	})
}
