package httpclient

import (
	"context"
	"sync"
)

// Session is a session id, or a token that expires. It is valid for a while; when the help desk
// refuses it, one caller renews it while the others wait. Use NewSession.
type Session struct {
	open    func(context.Context) (string, error)
	turn    chan struct{} // a semaphore: held while a session is opened
	mu      sync.Mutex
	current string
}

// NewSession returns a session that is not open yet; open opens it. Its errors are *Error.
func NewSession(open func(context.Context) (string, error)) *Session {
	return &Session{open: open, turn: make(chan struct{}, 1)}
}

// ID is the current session; empty if there is none.
func (s *Session) ID() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current
}

func (s *Session) set(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current = id
}

// Open returns a session other than stale, which the help desk has just refused; stale is empty on
// the first try.
func (s *Session) Open(ctx context.Context, stale string) (string, error) {
	if id := s.ID(); id != "" && id != stale {
		return id, nil
	}
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return "", &Error{Cause: TimedOut, Err: ctx.Err()}
	}
	if id := s.ID(); id != "" && id != stale {
		return id, nil // another caller opened it
	}
	id, err := s.open(ctx)
	s.set(id)
	return id, err
}
