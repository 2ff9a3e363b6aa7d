package session

import (
	"errors"
	"time"

	"traybell/desktop/client"
	"traybell/desktop/ui/setup"
	"traybell/shared/protocol"
)

// changeWithin is how long a change of the password may take, reconnects included.
const changeWithin = time.Minute

// change is a change of the agent's password.
type change struct {
	next  string
	tried bool // the connection broke before the answer, the old password was refused, the new one is tried
	done  func(problem protocol.Problem, failure string)
}

// ChangePassword changes the agent's password at the hub, and keeps the new one where the old one is.
// Done is called on the owner's goroutine; failure is a sentence, empty on success.
func (s *Session) ChangePassword(current, next string, done func(problem protocol.Problem, failure string)) {
	m, err := protocol.New(protocol.Action, protocol.PasswordSet, protocol.SetPassword{Current: current, New: next})
	switch {
	case err != nil:
		done("", err.Error())
		return
	case !s.Working() || s.client == nil || s.change != nil:
		done("", s.Why())
		return
	}
	of := &change{next: next, done: done}
	s.change = of
	s.do(m, changeWithin, func(_ protocol.Message, err error) {
		s.Post(func() {
			if s.change == of && !of.tried {
				s.changed(err)
			}
		})
	})
}

// changed ends the change of the password; err is nil if the hub has the new one.
func (s *Session) changed(err error) {
	of := s.change
	s.change = nil
	denied, isDenied := errors.AsType[*client.Denied](err)
	switch {
	case isDenied:
		of.done(denied.Problem, s.Texts.Hub(string(denied.Problem), denied.About, denied.Text))
	case err != nil:
		s.Log.Warn("change of the password not answered", "error", err)
		of.done("", s.Texts.Say("notice.no_hub"))
	default:
		s.SetPassword(of.next, s.passwords != setup.FromKeyring, s.to)
		of.done("", "")
	}
}

// changing looks at the state of the connection during a change. If the hub refuses the old password,
// it may have the new one: the connection broke before its answer. It reports whether the state is
// not for the owner.
func (s *Session) changing(st client.Status) bool {
	of := s.change
	switch {
	case of == nil:
	case of.tried && st.State == client.Working:
		s.changed(nil)
	case st.State != client.Refused || st.Problem == nil:
	case of.tried:
		s.changed(st.Problem)
	case st.Problem.Kind == client.PasswordWrong:
		of.tried = true
		was := s.secret
		s.secret = of.next
		s.Connect(s.to)
		s.secret = was
		return true
	}
	return false
}
