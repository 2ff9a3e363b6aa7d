package znuny

import (
	"context"
	"errors"
	"net/http"
	"sync"

	"traybell/hub/helpdesk/httpclient"
)

// session is the session id. It is valid for hours; when the help desk refuses it, one caller
// renews it while the others wait.
type session struct {
	mu      sync.Mutex
	current string
	turn    chan struct{} // a semaphore: held while signing in
}

func (s *session) get() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current
}

func (s *session) set(value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current = value
}

// signedIn returns a session other than stale, which the help desk has just refused; stale is empty
// on the first try.
func (h *HelpDesk) signedIn(ctx context.Context, stale string) (string, error) {
	if s := h.session.get(); s != "" && s != stale {
		return s, nil
	}
	select {
	case h.session.turn <- struct{}{}:
		defer func() { <-h.session.turn }()
	case <-ctx.Done():
		return "", &httpclient.Error{Cause: httpclient.TimedOut, Err: ctx.Err()}
	}
	if s := h.session.get(); s != "" && s != stale {
		return s, nil // another caller signed in
	}
	var reply struct{ SessionID string }
	err := h.send(ctx, request{
		method: http.MethodPost, route: h.o.Routes.Session,
		body: map[string]any{"UserLogin": h.o.Username, "Password": h.o.Password},
	}, "", &reply)
	if err == nil && reply.SessionID == "" {
		err = &httpclient.Error{Cause: httpclient.BadReply, Err: errors.New("no session in the reply to the sign-in")}
	}
	if err != nil {
		h.session.set("")
		return "", err
	}
	h.session.set(reply.SessionID)
	h.o.Log.Debug("signed in to help desk", "user", h.o.Username)
	return reply.SessionID, nil
}
