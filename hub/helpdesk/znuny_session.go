package helpdesk

import (
	"context"
	"errors"
	"net/http"
	"sync"
)

// session is the help desk's session id. It lives for hours and is renewed when the help desk
// refuses it: by one caller, for whom the others wait.
type session struct {
	mu      sync.Mutex
	current string
	turn    chan struct{} // holds one: whoever signs in
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

// signedIn returns a session that is not stale, the one that the help desk has just refused; empty
// where none has been tried.
func (z *Znuny) signedIn(ctx context.Context, stale string) (string, error) {
	if s := z.session.get(); s != "" && s != stale {
		return s, nil
	}
	select {
	case z.session.turn <- struct{}{}:
		defer func() { <-z.session.turn }()
	case <-ctx.Done():
		return "", &failure{kind: late, err: ctx.Err()}
	}
	if s := z.session.get(); s != "" && s != stale {
		return s, nil // somebody else signed in meanwhile
	}
	var reply struct{ SessionID string }
	err := z.send(ctx, request{
		method: http.MethodPost, route: z.o.Routes.Session,
		body: map[string]any{"UserLogin": z.o.Username, "Password": z.o.Password},
	}, "", &reply)
	if err == nil && reply.SessionID == "" {
		err = &failure{kind: strange, err: errors.New("the reply to the sign-in has no session")}
	}
	if err != nil {
		z.session.set("")
		return "", err
	}
	z.session.set(reply.SessionID)
	z.o.Log.Debug("signed in to the help desk", "user", z.o.Username)
	return reply.SessionID, nil
}

// ask sends a request within the session. A session that ran out is renewed and the same request
// sent once more: it was refused before anything was done.
func (z *Znuny) ask(ctx context.Context, r request, into any) error {
	s, err := z.signedIn(ctx, "")
	if err != nil {
		return err
	}
	err = z.send(ctx, r, s, into)
	var refused *refusal
	if !errors.As(err, &refused) || !refused.auth() {
		return err
	}
	if s, err = z.signedIn(ctx, s); err != nil {
		return err
	}
	return z.send(ctx, r, s, into)
}
