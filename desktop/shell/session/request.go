package session

import (
	"context"
	"errors"
	"time"

	"traybell/desktop/client"
	"traybell/shared/protocol"
)

const (
	requestWithin = 45 * time.Second // the hub may query every PBX
	pressWithin   = 5 * time.Minute  // reconnects included
	tellWithin    = time.Minute
)

// Request sends a request. Done is called on the owner's goroutine; failure is a sentence, empty on
// success.
func (s *Session) Request(action string, data any, done func(answer protocol.Message, failure string)) {
	m, err := protocol.New(protocol.Action, action, data)
	if err != nil {
		done(m, err.Error())
		return
	}
	if !s.Working() || s.client == nil {
		done(m, s.Why())
		return
	}
	s.do(m, requestWithin, func(answer protocol.Message, err error) {
		s.Post(func() {
			denied, isDenied := errors.AsType[*client.Denied](err)
			switch {
			case isDenied:
				done(answer, s.Texts.Hub(string(denied.Problem), denied.About, denied.Text))
			case err != nil:
				s.Log.Warn("action not answered", "action", action, "error", err)
				done(answer, s.Texts.Say("notice.no_hub"))
			default:
				done(answer, "")
			}
		})
	})
}

// Press sends the action of a press, also after a reconnect. The answer arrives as a message; fail
// is called, on the owner's goroutine, if there will be none.
func (s *Session) Press(m protocol.Message, fail func(reason string)) {
	if s.status.State == client.Refused || s.client == nil {
		fail(s.Why())
		return
	}
	s.do(m, pressWithin, func(_ protocol.Message, err error) {
		if _, denied := errors.AsType[*client.Denied](err); err == nil || denied {
			return
		}
		s.Log.Warn("action not answered", "action", m.Name, "error", err)
		s.Post(func() { fail(s.Texts.Say("notice.no_hub")) })
	})
}

// TellShown reports a call's popup to the hub, for its trace.
func (s *Session) TellShown(shown protocol.ShownCall) {
	if s.client == nil || !s.Working() {
		return
	}
	m, err := protocol.New(protocol.Action, protocol.CallShown, shown)
	if err != nil {
		return
	}
	s.do(m, tellWithin, func(_ protocol.Message, err error) {
		if err != nil {
			s.Log.Debug("hub does not know of popup", "call", shown.Call, "error", err)
		}
	})
}

// do calls done on a new goroutine.
func (s *Session) do(m protocol.Message, within time.Duration, done func(protocol.Message, error)) {
	c, connected := s.client, s.ctx
	go func() {
		ctx, cancel := context.WithTimeout(connected, within)
		defer cancel()
		done(c.Do(ctx, m))
	}()
}
