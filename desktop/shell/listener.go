package shell

import (
	"cmp"
	"context"
	"time"

	"traybell/desktop/client"
	"traybell/desktop/model"
	"traybell/desktop/shell/translate"
	"traybell/shared/protocol"
)

// listener handles events of the session with the hub.
type listener struct {
	*state

	askTrust func(ctx context.Context, server, fingerprint string) bool
}

// Received applies a message.
func (l listener) Received(m protocol.Message) {
	if l.duty.Take(m) || l.announced.Take(m) || l.mobile.Take(m) || l.pages.Take(m) {
		return
	}
	event, err := model.Decode(m)
	if err != nil {
		l.log.Warn("cannot read message from hub", "name", m.Name, "error", err)
		return
	}
	event = translate.Event(l.texts, event)
	l.terminal.Apply(event, time.Now())
	switch e := event.(type) {
	case nil:
		return
	case model.SessionOpened:
		l.updating.Offer(e.Desktop)
		l.apply()
		l.connected(e.Agent)
		l.missed.Ask()
		l.newestCalls()
	case model.SettingsChanged:
		l.apply()
	case model.CategoryChanged:
		l.earlier.Categorized(e.Category)
	case model.MissedFollowed:
		l.earlier.Followed(e.MissedEvent)
	case model.BlockChanged:
		l.earlier.Blocked(e.BlockedCaller)
	case model.TicketCreated:
		l.earlier.Ticketed(e.Call, protocol.Ticket{Number: e.Number, URL: e.URL, By: e.By})
	case model.CallMissed:
		l.ended(protocol.Call{Missed: true})
	case model.CallChanged:
		if e.State == protocol.Ended {
			l.ended(e.Call)
		}
	}
	l.refresh()
}

// connected tells an agent who waits for the connection that it works.
func (l listener) connected(agent protocol.Agent) {
	if l.awaited {
		l.awaited = false
		l.warn("connected", model.TitleConnected, l.texts.SayWith("notice.connected_why", map[string]any{
			"Name": cmp.Or(agent.Name, agent.Login), "Extension": l.merged().Extension,
		}))
	}
}

// ended queries the hub after a call has ended or was missed.
func (l listener) ended(c protocol.Call) {
	l.missed.Ended(l.post, c)
	l.earlier.Ended(l.post, l.newestCalls)
}

// newestCalls reloads the newest calls if their window is open.
func (l listener) newestCalls() {
	l.front.Post(func(w *windows) {
		if w.calls.Shown() {
			w.owner.Post(func(s *state) { s.earlier.Newest() })
		}
	})
}

// Changed shows the new state of the connection.
func (l listener) Changed() { l.refresh() }

// Reconnected counts the calls missed meanwhile.
func (l listener) Reconnected(lost time.Time) { l.missed.Reconnected(lost) }

// Away warns that the connection was lost.
func (l listener) Away() {
	if l.terminal.Hub() != "" {
		l.away()
	}
}

func (l listener) away() {
	l.terminal.HubAway(view{l.state}.tooltip(), time.Now())
	l.refresh()
}

// Refused opens the window for the problem.
func (l listener) Refused(p *client.Problem) {
	switch p.Kind {
	case client.SettingsIncomplete, client.PasswordMissing, client.PasswordWrong:
		l.front.Post(func(w *windows) { w.setup.Repair() })
	case client.CertificateChanged:
		in := l.merged()
		server, old, now := in.Server, in.Pin, p.Fingerprint
		l.front.Post(func(w *windows) { w.trust.Changed(server, old, now) })
	}
	if l.terminal.Hub() != "" || p.Kind != client.SettingsIncomplete {
		l.away()
	}
}

// Trusted stores a certificate.
func (l listener) Trusted(fingerprint string) { l.preferences.Trust(fingerprint) }

// KeyringFailed warns that the password is not stored.
func (l listener) KeyringFailed() {
	l.warn("keyring", "notice.keyring", l.texts.Say("settings.keyring_failed"))
}

// AskTrust asks the agent in a window. It runs on the client's goroutine.
func (l listener) AskTrust(ctx context.Context, server, fingerprint string) bool {
	l.log.Info("hub certificate is new", "server", server, "fingerprint", fingerprint)
	return l.askTrust(ctx, server, fingerprint)
}
