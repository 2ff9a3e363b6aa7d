package web

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"traybell/hub/signin"
	"traybell/shared/phone"
)

// Notice is shown to administrators on every page.
type Notice struct {
	Title string
	At    time.Time
	Text  string // preformatted
}

func (s *Server) notices() []Notice {
	if s.o.Notices == nil {
		return nil
	}
	return s.o.Notices()
}

// SetAdmins replaces the administrators. After an error nothing has changed.
func (s *Server) SetAdmins(list []Admin) error { return s.guard.setAdmins(list) }

// SetNumbers replaces the reader of numbers.
func (s *Server) SetNumbers(numbers *phone.Reader) { s.reader.Store(numbers) }

func (g *guard) setAdmins(list []Admin) error {
	accounts := make([]signin.Account, len(list))
	for i, a := range list {
		if a.Login == "" {
			return errors.New("an admin needs a login")
		}
		accounts[i] = signin.Account{Login: a.Login, Hash: a.Password, Names: []string{a.Login}}
	}
	if err := g.SetAccounts(accounts); err != nil {
		return fmt.Errorf("admin %w", err)
	}
	g.none.Store(len(list) == 0)
	return nil
}

// admitScrapers admits programs on the hub's computer without a password, and administrators.
func (g *guard) admitScrapers(next http.Handler) http.Handler {
	others := g.admit(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if ownComputer(r) {
			next.ServeHTTP(w, r)
			return
		}
		others.ServeHTTP(w, r)
	})
}
