package mobile

import "traybell/shared/protocol"

// screens are what agents' desktops show.
type screens struct {
	sent map[string]protocol.Mobile // by login; guarded by Service.mu
}

// Opened sends what an agent who has signed in needs to know.
func (s *Service) Opened(login string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.listed.byLogin[login]) > 0 {
		delete(s.sent, login)
		s.send(login, s.mobileOf(login), s.o)
	}
}

// show sends what has changed.
func (s *Service) show() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for login := range s.listed.byLogin {
		s.send(login, s.mobileOf(login), s.o)
	}
	for login := range s.sent {
		if len(s.listed.byLogin[login]) == 0 { // the number was taken off the list
			s.send(login, protocol.Mobile{}, s.o)
			delete(s.sent, login)
		}
	}
}

// mobileOf is an agent's mobile for the desktop. s.mu is held.
func (s *Service) mobileOf(login string) (now protocol.Mobile) {
	now.Number = s.listed.byLogin[login][0].display
	if n := s.used(login); n != nil {
		use := s.kept.On[login]
		now.Number, now.On, now.Since = n.display, true, use.Since.UTC()
		if until := s.o.Rules().end(use.Since); !until.IsZero() {
			now.Until = until.UTC()
		}
	}
	return now
}

// send sends an agent's mobile, if it has changed. Service.mu is held, so that no message overtakes
// another.
func (s screens) send(login string, now protocol.Mobile, o Options) {
	if before, ok := s.sent[login]; ok && before == now {
		return
	}
	m, err := protocol.New(protocol.Event, protocol.MobileEvent, now)
	if err != nil { // not with this type
		o.Log.Error("cannot encode message", "name", protocol.MobileEvent, "error", err)
		return
	}
	s.sent[login] = now
	o.Send([]string{login}, m)
}
